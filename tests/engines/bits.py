"""How two outcomes are compared: to the last bit, naming the first column that differs."""

import numpy as np


def assert_same(ours, theirs):
    for group in ("partners", "accounts", "ledger"):
        left, right = getattr(ours, group), getattr(theirs, group)
        assert left.keys() == right.keys()
        for name in left:
            assert left[name].dtype == right[name].dtype, f"{group}.{name}"
            assert np.array_equal(left[name], right[name]), f"{group}.{name}"
    assert_same_chronicle(ours.chronicle, theirs.chronicle)
    assert np.array_equal(ours.months, theirs.months)
    assert np.array_equal(ours.tenures, theirs.tenures)
    assert ours.digest() == theirs.digest()


def assert_same_chronicle(ours, theirs):
    for part, left, right in zip(ours._fields, ours, theirs, strict=True):
        assert left.dtype == right.dtype, part
        assert left.shape == right.shape, part
        for name in left.dtype.names or ():
            assert np.array_equal(left[name], right[name]), f"{part}.{name}"
        assert left.tobytes() == right.tobytes(), part
