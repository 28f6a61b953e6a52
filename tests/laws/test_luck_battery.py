"""Luck passes TestU01 as the simulation asks for it: key by key, not as one stream.

Source: L'Ecuyer, Simard (2007), TestU01: a C library for empirical testing of random number
generators. It is used where it is installed, else unpacked from Debian's package.
"""

import ctypes
import ctypes.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import numba
import numpy as np
import pytest

from sim.world.luck import Draw, draw, stream

pytestmark = pytest.mark.slow

DEPTH = os.environ.get("PARTNERSIM_SLOW", "usual")
LIBRARIES = ("testu01mylib", "testu01probdist", "testu01")
LEAST = 1e-6
"""A p-value this near to 0 or 1 is refused."""

# --- the battery -----------------------------------------------------------------------------


def unpacked(folder):
    """Unpack Debian's package of TestU01 into a folder; return where its libraries are."""
    sources, lists = folder / "sources", folder / "lists"
    for made in (sources, lists / "partial", folder / "cache" / "archives" / "partial"):
        made.mkdir(parents=True)
    lines = re.compile(r"^((?:deb |Components:).*?)\smain\b.*$", re.MULTILINE)
    apt = Path("/etc/apt")
    for path in (apt / "sources.list", *apt.glob("sources.list.d/debian.*")):
        if path.is_file():
            text = lines.sub(r"\1 non-free", path.read_text(encoding="utf-8"))
            (sources / path.name).write_text(text, encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": sources / "sources.list",
        "Dir::Etc::sourceparts": sources,
        "Dir::State::lists": lists,
        "Dir::Cache": folder / "cache",
    }
    command = ["apt-get", *(f"-o{name}={value}" for name, value in options.items())]
    for step in ([*command, "update"], [*command, "download", "libtestu01-0"]):
        subprocess.run(step, cwd=folder, check=True, capture_output=True, text=True)
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "--extract", package, folder / "root"], check=True)
    return next((folder / "root").rglob("libtestu01.so.0")).parent


@pytest.fixture(scope="session")
def testu01(tmp_path_factory):
    """The library TestU01, quiet but for its closing summary."""
    found = [ctypes.util.find_library(name) for name in LIBRARIES]
    if not all(found):
        if not shutil.which("apt-get"):
            pytest.skip("TestU01 is neither installed (libtestu01) nor can Debian's be had")
        folder = unpacked(tmp_path_factory.mktemp("testu01"))
        found = [folder / f"lib{name}.so.0" for name in LIBRARIES]
    library = [ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL) for path in found][-1]
    ctypes.c_int.in_dll(library, "swrite_Basic").value = 0
    return library


WRITE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Generator(ctypes.Structure):
    """TestU01's `unif01_Gen`."""

    _fields_ = (
        ("state", ctypes.c_void_p),
        ("param", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("uniform", ctypes.c_void_p),
        ("bits", ctypes.c_void_p),
        ("write", WRITE),
    )


# --- orders in which draws are asked for -------------------------------------------------------

SEED, MONTH, DECISION, ENTITY = range(4)
DECISIONS = np.array(Draw)
SIZES = {SEED: 32, MONTH: 180, DECISION: len(DECISIONS), ENTITY: 3_000}
"""Of a usual study; what changes last goes on without end."""

ORDERS = {
    "decision, account, month, seed": (DECISION, ENTITY, MONTH, SEED),  # as a month asks
    "account, decision, month, seed": (ENTITY, DECISION, MONTH, SEED),
    "month, decision, account, seed": (MONTH, DECISION, ENTITY, SEED),  # an account's life
    "seed, decision, month, account": (SEED, DECISION, MONTH, ENTITY),  # its other lives
    "seed, account, decision, month": (SEED, ENTITY, DECISION, MONTH),
}
"""What changes first to what changes last."""


def walk(order):
    """The state of a walk in some order: the place reached, the sizes, the roles; shape (3, 4)."""
    return np.array([[0] * 4, [SIZES[role] for role in order[:-1]] + [2**62], order], np.int64)


@numba.njit
def step(state):
    """Return seed, month, decision and entity at the place reached; go on to the next place."""
    places, sizes, roles = numba.carray(state, (3, 4), np.int64)
    at = np.empty(4, np.int64)
    for i in range(4):
        at[roles[i]] = places[i]
    for i in range(4):
        places[i] += 1
        if places[i] < sizes[i]:
            break
        places[i] = 0
    return at[SEED], at[MONTH], DECISIONS[at[DECISION]], at[ENTITY]


@numba.njit
def luck(state):
    """The draw at the place reached."""
    seed, month, decision, entity = step(state)
    return draw(stream(seed, month, decision), entity)


@numba.njit
def low_part(state):
    """A uniform number from the 32 lowest of the draw's 53 bits."""
    return (luck(state) * 2.0**21) % 1.0


@numba.njit
def luck_of_sums(state):
    """What luck would be if keys were added up, not hashed one after another."""
    seed, month, decision, entity = step(state)
    return draw(np.uint64(seed + month + decision), entity)


def judged(library, battery, name, number, order):
    """Run a battery over a walk that gives numbers in [0, 1); return p-values by test."""

    @numba.cfunc("float64(voidptr, voidptr)")
    def uniform(_, state):
        return number(state)

    @numba.cfunc("uint64(voidptr, voidptr)")
    def bits(_, state):
        return np.uint64(number(state) * 2.0**32)

    state = walk(order)
    generator = Generator(
        state=state.ctypes.data,
        name=name.encode(),
        uniform=uniform.address,
        bits=bits.address,
        write=WRITE(lambda state: None),
    )
    getattr(library, f"bbattery_{battery}")(ctypes.byref(generator))
    tests = ctypes.c_int.in_dll(library, "bbattery_NTests").value
    names = (ctypes.c_char_p * tests).in_dll(library, "bbattery_TestNames")
    values = (ctypes.c_double * tests).in_dll(library, "bbattery_pVal")
    return {f"{i} {names[i].decode()}": values[i] for i in range(tests)}


def refused(values):
    """The p-values too near to 0 or 1."""
    return {name: p for name, p in values.items() if not LEAST < p < 1 - LEAST}


@pytest.mark.parametrize("order", ORDERS)
def test_draws_pass_in_any_order(testu01, order):
    assert not refused(judged(testu01, "SmallCrush", order, luck, ORDERS[order]))


def test_a_weaker_key_would_be_refused(testu01):
    order = ORDERS["seed, decision, month, account"]
    assert refused(judged(testu01, "SmallCrush", "sums", luck_of_sums, order))


@pytest.mark.skipif(DEPTH == "reduced", reason="decisions rest on the high bits")
@pytest.mark.parametrize("order", ORDERS)
def test_low_bits_of_draws_pass_in_any_order(testu01, order):
    assert not refused(judged(testu01, "SmallCrush", f"{order}, low", low_part, ORDERS[order]))


@pytest.mark.skipif(DEPTH != "long", reason="PARTNERSIM_SLOW=long: half an hour for each order")
@pytest.mark.parametrize("order", ORDERS)
def test_draws_pass_the_long_battery_in_any_order(testu01, order):
    assert not refused(judged(testu01, "Crush", order, luck, ORDERS[order]))
