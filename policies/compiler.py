"""Compile a rule once, and never serve a compiled rule whose source has changed.

All that numba does not promise to keep is used here and nowhere else: `_nrt` and the wrappers in
`compiled`, the cache's class, and its way to pickle by value. tests/engines/test_canaries.py says
of each what breaks without it.
"""

import hashlib
import os
import pickle
import platform
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import llvmlite.binding
import numba
from numba import cloudpickle as cloudpickle
from numba.core import serialize as serialize
from numba.core.caching import FunctionCache, IndexDataCacheFile

P = ParamSpec("P")
R = TypeVar("R")

COMPILED = ("policies", "sim.world", "sim.rules", "sim.engines")
"""Packages whose functions are compiled, so that an edit in another need not compile anew."""


def source_digest() -> str:
    """Return a digest of all sources that are compiled, the compiler's version and the processor.

    A compiled function is only as fresh as the functions it calls, which the compiler's own
    cache does not watch; a cache folder named by this digest cannot serve stale code.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for package in COMPILED:
        for path in sorted((root / package.replace(".", "/")).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    processor = f"{platform.machine()} {llvmlite.binding.get_host_cpu_name()}"
    digest.update(f"{numba.__version__} {platform.python_version()} {processor}".encode())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return a writable folder for compiled rules, the user's cache where there is one."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "partnersim"
    temporary = Path(tempfile.gettempdir()) / "partnersim"
    for root in (os.environ.get("NUMBA_CACHE_DIR"), home, temporary):
        try:
            folder = Path(root or home).expanduser() / source_digest()
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, RuntimeError):
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="partnersim-"))


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]


def is_off() -> bool:
    """Return whether the compiler is off, so that rules are plain Python."""
    return bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]


def is_cold() -> bool:
    """Return whether nothing has been compiled yet for these sources on this machine."""
    return not any(Path(numba.config.CACHE_DIR).rglob("*.nbi"))  # type: ignore[attr-defined]


def rule(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a pure function as a rule: compiled at first use, the same bits in every engine.

    A rule uses numbers, comparisons and other rules only: no ``**`` (spell the product), no text;
    it may fill an array it is given but makes none. Compilation does not change the order of
    arithmetic; a division by zero gives an infinity. Rules are merged into whoever calls them.
    """
    merged: Callable[P, R] = compiled(function, is_cached=is_ours(function))
    return merged


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a rule that only compiled code calls, which spares making it callable from Python."""
    merged: Callable[P, R] = compiled(function, is_cached=is_ours(function), is_inner=True)
    return merged


def compiled(
    function: Callable[P, R], *, is_cached: bool, is_merged: bool = True, is_inner: bool = False
) -> Any:
    """Return a function compiled when it is first called, which lets other threads run meanwhile.

    Parameters
    ----------
    is_cached : keep the compiled code on disk for later processes.
    is_merged : merge the code into that of every compiled caller.
    is_inner : nobody calls it from Python.
    """
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",  # no checks for a division by zero
        "_nrt": False,  # no counting of references to arrays, which took half the time of a month
        "no_cpython_wrapper": is_inner,
        "boundscheck": not is_ours(function),  # somebody else's table may be too short
        "no_cfunc_wrapper": True,
    }
    dispatcher = numba.njit(forceinline=is_merged, **options)(function)
    if is_cached and not is_off():
        dispatcher._cache = OwnCache(function)
    return dispatcher


class OwnCache(FunctionCache):
    """The compiler's cache on disk, which mends itself when its files are damaged.

    What was compiled for anybody else's terms is left out: their type may have changed when it is
    read again, or be unknown to the process that reads.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        locator = self._impl.locator
        stamp, base = locator.get_source_stamp(), self._impl.filename_base
        self._cache_file = SoundFiles(self._cache_path, base, stamp)  # type: ignore[no-untyped-call]

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for one signature, if there is room."""
        args = data.signature.args
        if all(is_ours(arg.instance_class) for arg in args if hasattr(arg, "instance_class")):
            with suppress(OSError):
                super().save_overload(sig, data)  # type: ignore[no-untyped-call]


class SoundFiles(IndexDataCacheFile):
    """The files of a compiled function; one that is damaged is as good as none, and replaced.

    A bit that has changed in machine code would not be noticed before the machine runs it, so the
    code is kept with its digest.
    """

    def _load_index(self) -> Any:
        """Return the names of the files by what they were compiled for."""
        try:
            return super()._load_index()  # type: ignore[no-untyped-call]
        except Exception:  # whatever a decoder makes of damaged bytes
            return {}

    def _save_data(self, name: str, data: Any) -> None:
        """Keep compiled code with its digest."""
        code = self._dump(data)  # type: ignore[no-untyped-call]
        super()._save_data(name, (hashlib.sha256(code).digest(), code))  # type: ignore[no-untyped-call]

    def _load_data(self, name: str) -> Any:
        """Return compiled code; None, as if it were not there, if it is not what was kept."""
        try:
            digest, code = super()._load_data(name)  # type: ignore[no-untyped-call]
        except Exception:  # as above
            return None
        return pickle.loads(code) if hashlib.sha256(code).digest() == digest else None


def is_ours(part: Any) -> bool:
    """Return whether the digest of our sources covers a function or type, so it may be cached.

    Anybody else's rule is compiled anew in each process: what it calls may have changed.
    """
    return f"{part.__module__}.".startswith(tuple(f"{package}." for package in COMPILED))
