"""Compile a rule once, and never serve a compiled rule whose source has changed."""

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import llvmlite.binding
import numba

P = ParamSpec("P")
R = TypeVar("R")

SOURCE_FOLDERS = (Path(__file__).parent, Path(__file__).parent.parent / "sim")


def source_digest() -> str:
    """Return a digest of every source file, the compiler's version and the processor.

    A compiled function is only as fresh as the functions it calls, which the compiler's own
    cache does not watch; a cache folder named by this digest cannot serve stale code.
    """
    digest = hashlib.sha256()
    for folder in SOURCE_FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder.parent).as_posix().encode())
            digest.update(path.read_bytes())
    processor = f"{platform.machine()} {llvmlite.binding.get_host_cpu_name()}"
    digest.update(f"{numba.__version__} {platform.python_version()} {processor}".encode())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return a writable folder for compiled rules, the user's cache where there is one."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    for root in (Path(home).expanduser(), Path(tempfile.gettempdir())):
        folder = root / "partnersim" / source_digest()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, RuntimeError):
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="partnersim-"))


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]


def rule(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a pure function as a rule: compiled at first use, the same bits in every engine.

    A rule uses numbers, comparisons and other rules only: no ``**`` (spell the product), no
    text, no containers that grow. Compilation does not change the order of arithmetic. Rules are
    merged into whoever calls them, and a division by zero gives an infinity, not an error: both
    are what makes a month of many small rules as fast as one long loop.
    """
    compiled = numba.njit(cache=is_ours(function), error_model="numpy", forceinline=True)
    return cast("Callable[P, R]", compiled(function))


def is_ours(function: Callable[P, R]) -> bool:
    """Return whether the digest of our sources covers a function, so that it may be cached.

    Anybody else's rule is compiled anew in each process: what it calls may have changed.
    """
    return function.__module__.partition(".")[0] in ("policies", "sim")
