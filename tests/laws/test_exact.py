"""The elementary functions are as exact as they say, and never turn back."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import expit, ndtri

from sim.world.exact import clamp, exp, log, logistic, normal_quantile, power

EXPONENTS = st.floats(-30, 30)
POSITIVE = st.floats(1e-300, 1e300)
CHANCES = st.floats(1e-15, 1 - 1e-15)


def values(function, grid):
    return np.array([function(float(x)) for x in grid])


@given(EXPONENTS)
def test_exp_is_right_to_one_part_in_a_million(x):
    assert exp(x) == pytest.approx(math.exp(x), rel=1e-6, abs=0)


def test_exp_holds_its_argument_between_minus_and_plus_thirty():
    assert exp(31.0) == exp(30.0) == exp(1e300)
    assert exp(-31.0) == exp(-30.0) == exp(-1e300)


def test_exp_of_nothing_is_exactly_one():
    assert exp(0.0) == 1.0


@given(EXPONENTS, st.floats(1e-9, 1))
def test_exp_rises(x, step):
    assume(x + step <= 30)
    assert exp(x + step) > exp(x)


@given(POSITIVE)
def test_log_is_right_to_twelve_figures(x):
    assert log(x) == pytest.approx(math.log(x), rel=2e-12, abs=1e-15)


def test_log_of_one_is_exactly_nothing():
    assert log(1.0) == 0.0


@given(POSITIVE, st.floats(1e-9, 10))
def test_log_rises(x, step):
    assert log(x * (1 + step)) > log(x)


@given(st.floats(1e-6, 1e6), st.floats(-2, 2))
def test_power_is_right_to_one_part_in_a_million(x, exponent):
    assert power(x, exponent) == pytest.approx(x**exponent, rel=1e-6, abs=0)


@given(st.floats(0, 2))
def test_nothing_to_any_power_is_nothing(exponent):
    assert power(0.0, exponent) == 0.0


@given(st.floats(0, 1e6), st.floats(1e-6, 10), st.floats(0.1, 1))
def test_power_rises_with_its_base(x, step, exponent):
    assert power(x * (1 + step) + 1e-12, exponent) > power(x, exponent)


@given(EXPONENTS)
def test_logistic_is_right_to_one_part_in_a_million(x):
    assert logistic(x) == pytest.approx(expit(x), rel=1e-6, abs=0)


@given(st.floats(-1e300, 1e300))
def test_logistic_is_a_chance(x):
    assert 0 <= logistic(x) <= 1


@given(st.floats(-1e9, 1e9), st.floats(-1, 0), st.floats(0, 1))
def test_clamp_holds_and_leaves_alone_what_fits(x, low, high):
    held = clamp(x, low, high)
    assert low <= held <= high
    assert held == x or not low <= x <= high


@given(CHANCES)
def test_normal_quantile_is_right_to_nine_figures(u):
    assert normal_quantile(u) == pytest.approx(ndtri(u), rel=1.2e-9, abs=1e-15)


@given(CHANCES, st.floats(1e-9, 1e-2))
def test_normal_quantile_rises(u, step):
    assume(u + step < 1)
    assert normal_quantile(u + step) > normal_quantile(u)


@pytest.mark.parametrize("seam", [0.02425, 0.5, 0.97575])
def test_normal_quantile_rises_across_the_seams_of_its_approximation(seam):
    grid = np.linspace(seam - 1e-5, seam + 1e-5, 2_001)
    assert (np.diff(values(normal_quantile, grid)) > 0).all()


@given(st.floats(1e-6, 0.5))
def test_normal_quantile_is_odd_about_the_median(tail):
    assert normal_quantile(1 - tail) == pytest.approx(-normal_quantile(tail), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("function", "exact", "grid", "error"),
    [
        (exp, np.exp, np.linspace(-30, 30, 20_001), 1e-6),
        (log, np.log, np.linspace(0.5, 2, 20_000), 2e-12),
        (log, np.log, np.geomspace(1e-9, 1e9, 20_000), 2e-12),
        (logistic, expit, np.linspace(-30, 30, 20_001), 1e-6),
        (normal_quantile, ndtri, np.linspace(1e-6, 1 - 1e-6, 20_001), 1.2e-9),
    ],
    ids=["exp", "log about one", "log", "logistic", "normal quantile"],
)
def test_on_a_fine_grid_it_is_right_and_rises(function, exact, grid, error):
    found = values(function, grid)
    assert np.allclose(found, exact(grid), rtol=error, atol=1e-12)
    assert (np.diff(found) > 0).all()
