"""Luck that is keyed, not streamed: every draw is a hash of (seed, month, decision, entity).

The same account meets the same luck under every policy, so two policies differ only where the
policy touched. A draw that one policy never asks for moves no other draw.

Source: SplitMix64 (Steele, Lea, Flood 2014), started at a hashed key and read at the entity's
place, so that one key's draws are one SplitMix64 stream.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from policies.compiler import rule


class Draws(NamedTuple):
    """What a draw decides; the numbers are part of every result and never change meaning.

    Plain numbers by name, for most releases of the compiler take no `IntEnum` as a place.
    """

    # traits, drawn once at month 0
    PARTNER_DISPOSITION: int = 1
    PARTNER_PRODUCTIVITY: int = 2
    PARTNER_SKILL: int = 3
    PARTNER_HOURS: int = 4
    PARTNER_HOUR_COST: int = 5
    PARTNER_CASH: int = 6
    PARTNER_FOUNDER: int = 7
    ACCOUNT_MRR: int = 8
    ACCOUNT_NEED: int = 9
    ACCOUNT_FIT: int = 10
    ACCOUNT_FRAILTY: int = 11
    PARTNER_ROLE: int = 12
    # partners, every month
    ENTRY: int = 20
    DORMANCY: int = 21
    EXIT: int = 22
    # accounts, every month
    IN_MARKET: int = 40
    CHANNEL: int = 41
    SELLER: int = 42
    LEAD: int = 43
    FIRST_SERVICE: int = 44
    RECORD_ERROR: int = 45
    CORRECTION: int = 46
    RITUAL: int = 47
    LAPSE: int = 48
    SERVICER: int = 49
    SERVICER_CHOICE: int = 50
    ATTENTION: int = 51
    CHALLENGER: int = 52
    SWITCH: int = 53
    COURTED: int = 54
    COURTIER: int = 55
    COURTED_SWITCH: int = 56
    REQUEST: int = 57
    DISPUTE: int = 58
    DISPUTE_COST: int = 59
    CHURN: int = 60
    UPSELL: int = 61
    KNOWN_PARTNER: int = 62
    CONSENT: int = 63


Draw = Draws()

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
S27, S30, S31, S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)


@rule
def scramble(x: np.uint64) -> np.uint64:
    """Return SplitMix64's output function of a 64-bit word."""
    x = (x ^ (x >> S30)) * FIRST
    x = (x ^ (x >> S27)) * SECOND
    return x ^ (x >> S31)


@rule
def stream(seed: int, month: int, decision: int) -> np.uint64:
    """Return the key of one decision in one month: a 64-bit word, for compiled callers only."""
    key = scramble(np.uint64(seed) + GOLDEN)
    key = scramble(key + GOLDEN * np.uint64(month + 1))
    return scramble(key + GOLDEN * np.uint64(decision))


@rule
def draw(key: np.uint64, entity: int) -> float:
    """Return the entity's uniform draw in [0, 1) under a key; for compiled callers only."""
    return float(scramble(key + GOLDEN * np.uint64(entity + 1)) >> S11) * 1.1102230246251565e-16


@rule
def fill_draws(seed: int, month: int, decision: int, out: npt.NDArray[np.float64]) -> None:
    """Fill in one decision's draws for entities 0, 1, 2, ... in a month."""
    key = stream(seed, month, decision)
    for entity in range(out.size):
        out[entity] = draw(key, entity)


def draws(seed: int, month: int, decision: int, entities: int) -> npt.NDArray[np.float64]:
    """Return one decision's draws for entities 0, 1, 2, ... in a month.

    Returns
    -------
    uniform draws in [0, 1), shape (entities,)
    """
    out = np.empty(entities, np.float64)
    fill_draws(seed, month, decision, out)
    return out
