"""What numba does not promise to keep and `policies.compiler` uses: each says what breaks."""

import importlib
import sys
from typing import NamedTuple

import numba
from numba.core.caching import FunctionCache

from policies.compiler import cloudpickle, compiled, serialize
from policies.registry import load

OWN = """
from policies.compiler import rule

@rule
def doubled(x):
    return other(x) * 2.0

@rule
def other(x):
    return x
"""


class Strange(NamedTuple):
    """Terms of somebody else's."""

    rate: float = 0.1


def doubled_rate(terms):
    return terms.rate * 2.0


def first_of_part(column, place):
    """Return a number of an array, to whose parts references would be counted."""
    part = column
    for _ in range(place):
        part = part[1:]
    return part[0]


def machine_code(function, *types, **options):
    """What a function becomes for arguments of some types."""
    told = compiled(function, is_cached=False, **options)
    told.compile(types)
    (code,) = told.inspect_llvm().values()
    return code


def test_compiled_code_counts_no_references_to_arrays():
    """Else a month takes twice as long: find what stands for `_nrt` in this numba."""
    types = numba.float64[:], numba.int64
    counting = numba.njit(first_of_part)
    counting.compile(types)
    assert "NRT_decref" in counting.inspect_llvm(types)
    assert "NRT_decref" not in machine_code(first_of_part, *types)


def test_inner_rules_have_no_way_in_from_python():
    """Else each of them compiles longer: find what stands for `no_cpython_wrapper`."""
    usual, within = (machine_code(abs_of, numba.float64, is_inner=it) for it in (False, True))
    assert "cpython" in usual
    assert "cpython" not in within


def abs_of(x):
    return abs(x)


def test_nothing_compiled_has_a_way_in_from_c():
    """Else each rule compiles longer: find what stands for `no_cfunc_wrapper`."""
    usual = numba.njit(abs_of)
    usual.compile((numba.float64,))
    assert "cfunc" in usual.inspect_llvm((numba.float64,))
    assert "cfunc" not in machine_code(abs_of, numba.float64)


def test_cache_keeps_what_is_for_our_terms_and_nothing_for_those_of_others(monkeypatch):
    """Else nothing is kept on disk, or a type that changed meanwhile is read: see `OwnCache`."""
    kept = []
    monkeypatch.setattr(FunctionCache, "save_overload", lambda self, sig, data: kept.append(sig))
    monkeypatch.setattr(FunctionCache, "load_overload", lambda self, sig, context: None)
    told = compiled(doubled_rate, is_cached=True)
    told(load("first_sale_lock").terms)
    assert len(kept) == 1
    told(Strange())
    assert len(kept) == 1


def test_functions_of_modules_unknown_elsewhere_travel_by_value(tmp_path, monkeypatch):
    """Else nobody's own policy can be sent to a worker: see `policies.registry.packed`."""
    path = tmp_path / "stranger.py"
    path.write_text(OWN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("stranger")
    cloudpickle.register_pickle_by_value(module)
    try:
        parcel = serialize.dumps(module.doubled)
    finally:
        cloudpickle.unregister_pickle_by_value(module)
        del sys.modules["stranger"]
        path.unlink()
    assert serialize.loads(parcel)(2.0) == 4.0
