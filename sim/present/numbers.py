"""Numbers as people read them: scaled, rounded to what is known, with their unit."""

import math
import re
import textwrap
from decimal import Decimal

from sim.present.i18n import N_, _, decimal, ngettext

SCALES = (
    (1e9, N_("bn"), N_("bn RUB")),
    (1e6, N_("M"), N_("M RUB")),
    (1e3, N_("k"), N_("k RUB")),
    (1.0, "", N_("RUB")),
)
"""Divisors, and how a number and a sum of money are called after it."""
PERCENTAGES = {"per month": N_(" %/month"), "per year": N_(" %/year")}
DASH = "–"
WIDTH = 96
"""Most characters in a line of text."""
WITHIN = re.compile(
    r"(?<=\d) (?=[\d%])|(?<=\d,) (?=[^ ]+\])"
    r"|(?<=[\d\]]) (?=(?:[kM] )?RUB|points)|(?<= [kM]) (?=RUB)"
)
"""Spaces within a number, its unit or its interval."""


def scale_of(value: float, unit: str) -> tuple[float, str]:
    """Return the divisor and suffix in which a value of a unit is best read.

    >>> scale_of(25_400_000.0, "RUB"), scale_of(0.0123, "per month")
    ((1000000.0, ' M RUB'), (0.01, ' %/month'))
    """
    if unit in PERCENTAGES:
        return 0.01, _(PERCENTAGES[unit])
    if unit.startswith("share of"):
        return 0.01, " %"
    if unit == "0-1":
        return 1.0, ""
    for divisor, plain, money in SCALES:
        if abs(value) >= 2 * divisor or divisor == 1.0:
            suffix = money if unit.startswith("RUB") else plain
            return divisor, f" {_(suffix)}".rstrip()
    raise AssertionError("the last scale fits every value")


def digits_for(value: float) -> int:
    """Return how many decimals show about three digits of a value."""
    if value == 0 or not math.isfinite(value):
        return 0
    return min(max(2 - math.floor(math.log10(abs(value))), 0), 3)


def amount(value: float, unit: str) -> str:
    """Return a level with its unit.

    >>> amount(0.0123, "per month"), amount(1_234_567.0, "RUB"), amount(float("nan"), "RUB")
    ('1.23 %/month', '1 235 k RUB', '–')
    """
    if math.isnan(value):
        return DASH
    divisor, suffix = scale_of(value, unit)
    return f"{grouped(value / divisor, digits_for(value / divisor))}{suffix}"


def counted(number: int, one: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "seed"), counted(12, "month")
    ('1 seed', '12 months')
    """
    return ngettext(f"{{n}} {one}", f"{{n}} {one}s", number).format(n=number)


def grouped(value: float, digits: int, sign: str = "") -> str:
    """Return a number with its thousands apart."""
    return decimal(value, digits, sign)


def change(difference: float, low: float, high: float, level: float, unit: str) -> str:
    """Return a difference with its interval and unit, in the scale of the level it changes.

    >>> change(25.4e6, 17.8e6, 33.1e6, 857e6, "RUB")
    '+25.4 [+17.8, +33.1] M RUB'
    """
    suffix = scale_of(level, unit)[1].replace("%", _("points"))
    return f"{bare_change(difference, low, high, level, unit)}{suffix}"


def bare_change(difference: float, low: float, high: float, level: float, unit: str) -> str:
    """Return the same without the unit, for a table in which the level above it names one."""
    if math.isnan(difference):
        return DASH
    divisor = scale_of(level, unit)[0]
    values = [value / divisor for value in (difference, low, high)]
    digits = digits_for(values[0])
    middle, *ends = (grouped(value, digits, "+") for value in values)
    return middle if math.isnan(low) else f"{middle} " + _("[{}, {}]").format(*ends)


def bare_interval(low: float, high: float, level: float, unit: str) -> str:
    """Return a level's own interval without the unit, in the scale of the level.

    >>> bare_interval(803e6, 837e6, 820e6, "RUB")
    '[803, 837]'
    """
    if math.isnan(low):
        return ""
    divisor = scale_of(level, unit)[0]
    digits = digits_for(level / divisor)
    return _("[{}, {}]").format(*(grouped(end / divisor, digits) for end in (low, high)))


def plain_number(value: float) -> str:
    """Return a number with the decimals it has.

    >>> plain_number(0.2), plain_number(5000.0), plain_number(2e-05)
    ('0.2', '5 000', '0.00002')
    """
    exponent = Decimal(f"{value:.12g}").normalize().as_tuple().exponent
    return grouped(value, max(-int(exponent), 0))


def filled(text: str, indent: str = "") -> str:
    """Return a paragraph in lines that fit a page, none of which ends within a number.

    >>> filled("word " * 18 + "1 234 567 RUB").splitlines()[1]
    '1 234 567 RUB'
    """
    kept = WITHIN.sub("\x00", text)
    lines = textwrap.fill(kept, WIDTH, subsequent_indent=indent, break_long_words=False)
    return lines.replace("\x00", " ")
