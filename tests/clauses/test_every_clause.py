"""Every clause of a programme moves what the evidence says, in the direction it says.

One line for each clause. The direction comes from the evidence (docs/evidence.md), not from runs;
differences are paired by luck, and their 95 % interval must lie on that side of zero.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest

from policies.registry import load
from sim.engines.build import build
from sim.engines.outcome import Month
from sim.study.differences import interval
from sim.study.indicators import summary
from sim.world.assumptions import Assumptions
from sim.world.programme import Conduct, programme

Terms = type(load("clauses").terms)
CLAUSES = (*Terms._fields, *Conduct._fields)
LIVELY = Assumptions(in_market=0.08, founders=0.5, entry=0.01, record_error=0.05, return_months=3)
"""A world, within the declared ranges, in which partners join and clients come and return."""
BURN_IN, MONTHS = 24, 48
SEEDS = range(1, 25)
ON_REQUEST: dict[str, Any] = {"moves_on_request": True}
HALF: dict[str, Any] = {"record_share": 0.5}
TIER: dict[str, Any] = {"tier_clients": 3, "tier_rate": 0.3}


class Line(NamedTuple):
    """What one clause must do."""

    clause: str
    base: dict[str, Any]
    """terms and conduct that differ from the first-sale lock without the clause"""
    changed: dict[str, Any]
    """what the clause changes"""
    moves: dict[str, int]
    """indicators, or sums of facts of the month, with the sign of their difference"""
    because: str


TABLE = [
    # the record
    Line("rate", {}, {"rate": 0.4}, {"partner_sourced": 1, "members_end": 1},
         "S1: 40 % draws partners, who steer to the better pay"),
    Line("moves_on_request", {}, ON_REQUEST, {"mismatch": -1, "dead_money_share": -1},
         "S0: who works with the client is the partner"),
    Line("approval_months", ON_REQUEST, {"approval_months": 6}, {"record_moves": -1, "mismatch": 1},
         "S2: approval takes time, and some helpers are gone by then"),
    Line("may_match", {**ON_REQUEST, "approval_months": 6}, {"may_match": True},
         {"record_moves": -1, "ritual_touches": 1},
         "K: the present partner may match; evidence 4.7: or seem to"),
    Line("needs_consent", ON_REQUEST, {"needs_consent": True},
         {"contested_moves": -1, "mismatch": 1},
         "evidence 4.6: an incumbent seldom agrees"),
    Line("protection_months", ON_REQUEST, {"protection_months": 24},
         {"contested_moves": -1, "partner_sourced": 1},
         "F: a deal is protected at first; S2: who invests must be sure of the client"),
    Line("renewal_months", ON_REQUEST, {"renewal_months": 36},
         {"record_moves": -1, "partner_sourced": 1},
         "K: requests wait for the end of a term; S2: who invests must be sure of the client"),
    Line("idle_months", {}, {"idle_months": 3}, {"dead_money_share": -1, "ritual_touches": 1},
         "F HubSpot, Shopify: pay stays with who is active; evidence 4.7: or seems to be"),
    Line("reaches_orphans", ON_REQUEST, {"reaches_orphans": False}, {"commission": -1},
         "S0: the debate is about clients recorded on a partner"),
    Line("reaches_own", ON_REQUEST, {"reaches_own": False}, {"commission": -1, "mismatch": 1},
         "S0: the debate is about clients recorded on a partner"),
    Line("serving_months", {}, {"serving_months": 3}, {"dead_money_share": -1, "mismatch": -1},
         "S0: who works with the client is the partner"),
    # the division
    Line("originator_share", {"record_share": 0.5, "serving_months": 3}, {"originator_share": 0.5},
         {"partner_sourced": 1, "dead_money_share": 1},
         "evidence 4.1: secure pay for the sale brings sales, and is paid for no work"),
    Line("record_share", HALF, {"record_share": 1.0}, {"partner_sourced": 1, "commission": 1},
         "evidence 4.1: pay for the sale brings sales"),
    Line("servicing_share", HALF, {"servicing_share": 0.5},
         {"dead_money_share": -1, "motivation_servicing_others": 1},
         "S0, S1: who serves unpaid is demotivated"),
    Line("sunset_passes_on",
         {"originator_share": 0.5, "record_share": 0.0, "servicing_share": 0.5,
          "sunset_months": 12}, {"sunset_passes_on": True},
         {"commission": 1, "satisfaction": 1},
         "S0: who works with the client is to be paid"),
    Line("managed_months", {}, {"managed_months": 3}, {"dead_money_share": -1, "commission": -1},
         "F HubSpot 2023: pay only while the partner manages the client"),
    Line("old_managed_months", {"term_months": 12}, {"old_managed_months": 3},
         {"commission": 1, "motivation": 1},
         "F HubSpot 2023: old deals are paid on while the partner manages the client"),
    Line("sunset_months", {"originator_share": 0.5, "record_share": 0.0, "servicing_share": 0.5},
         {"sunset_months": 12}, {"dead_money_share": -1, "commission": -1},
         "S0: a first partner of ten years ago keeps collecting"),
    # the schedule
    Line("first_rate", {}, {"first_rate": 6.0}, {"commission": 1, "partner_sourced": 1},
         "F Kim 2019: pay for acquisition brings acquisition"),
    Line("term_months", {}, {"term_months": 12}, {"commission": -1, "satisfaction": -1},
         "F Kim 2019: maintenance pay keeps partners caring"),
    Line("yearly_decay", {}, {"yearly_decay": 0.5}, {"commission": -1, "satisfaction": -1},
         "F Kim 2019: maintenance pay keeps partners caring"),
    Line("quality_weight", {}, {"quality_weight": 0.8}, {"satisfaction": 1},
         "S2: terms that follow measured conduct"),
    Line("tier_clients", {"tier_clients": 200, "tier_rate": 0.4}, {"tier_clients": 3},
         {"commission": 1}, "F Umnico: more for more clients"),
    Line("tier_rate", {"tier_clients": 10, "tier_rate": 0.2}, {"tier_rate": 0.6},
         {"commission": 1, "top_fifth": 1}, "F Umnico: more for more clients"),
    Line("top_tier_clients", {**TIER, "top_tier_clients": 200, "top_tier_rate": 0.6},
         {"top_tier_clients": 4}, {"commission": 1}, "F Umnico: more for more clients"),
    Line("top_tier_rate", {**TIER, "top_tier_clients": 10, "top_tier_rate": 0.3},
         {"top_tier_rate": 0.6}, {"commission": 1, "top_fifth": 1},
         "F Umnico: more for more clients"),
    Line("upsell_rate", {}, {"upsell_rate": 0.2}, {"dead_money_share": -1},
         "F HubSpot 2025: an upsell pays whoever made it"),
    Line("quota_months", {}, {"quota_months": 12}, {"commission": -1, "partner_sourced": 1},
         "F Shopify: pay goes on only while the partner brings new clients"),
    Line("agent_rate", {}, {"agent_rate": 0.4}, {"commission": 1, "partner_sourced": 1},
         "S4: an agent registers its clients at a higher rate"),
    Line("curator_rate", {}, {"curator_rate": 0.5}, {"unserved": -1},
         "S4: the highest rate is for accompanying the client"),
    Line("complexity", ON_REQUEST, {"complexity": 5.0},
         {"motivation": -1, "record_errors": 1, "entry": -1, "disputes": 1},
         "S1: both sides got confused about who is owed what; S2: bureaucracy repels"),
    # money and entry
    Line("payout_days", {}, {"payout_days": 3.0}, {"entry": 1, "motivation": 1},
         "S1: four of five came for the speed of payout"),
    Line("payout_threshold", {}, {"payout_threshold": 50_000.0}, {"entry": -1, "payables": 1},
         "S1: any amount is paid, others' thresholds make partners wait"),
    Line("clawback_months", {}, {"clawback_months": 12}, {"clawed_back": 1, "client_churn": -1},
         "F Kim 2019: a seller with a stake screens clients"),
    Line("retainer", {}, {"retainer": 20_000.0}, {"commission": 1, "partner_churn": -1},
         "S4: a fixed budget for corporate partners"),
    Line("retainer_clients", {"retainer": 20_000.0}, {"retainer_clients": 10},
         {"commission": -1}, "A: a fixed budget for who brings enough"),
    Line("gate_hours", {}, {"gate_hours": 60.0}, {"entry": -1}, "S3: at least 15 staff"),
    Line("gate_service", {}, {"gate_service": True}, {"entry": -1},
         "S3: just to be in a partnership is refused"),
    Line("onboarding_months", {}, {"onboarding_months": 4}, {"entry": -1},
         "S4: entry in five minutes; S3: a public offer to speed entry"),
    # support
    Line("training", {}, {"training": 1.0}, {"satisfaction": 1, "programme_cost": 1},
         "S2, S3: training as a system"),
    Line("care", {}, {"care": 1.0}, {"motivation": 1, "partner_churn": -1, "programme_cost": 1},
         "S1: partners stay for the care and belonging"),
    Line("registry", ON_REQUEST, {"registry": True},
         {"disputes": -1, "motivation_servicing_others": 1},
         "S2: a registry ends most disputes; F Breza 2018: what all can see offends less"),
    Line("chat_openness", {}, {"chat_openness": 0.0}, {"motivation": 1},
         "S0: a quarrel in an unmoderated chat spreads"),
    Line("corrects_records", {}, {"corrects_records": False}, {"commission": -1, "mismatch": 1},
         "S1: a missing promo code is always corrected in the partner's favour"),
    # the vendor's own sales
    Line("lead_share", {}, {"lead_share": 0.9},
         {"commission": 1, "won_by_leads": 1, "motivation": 1},
         "S2, S3: leads are distributed; without them no partner effort"),
    Line("leads_by_merit", {"lead_share": 0.9}, {"leads_by_merit": False}, {"unserved": 1},
         "S2: leads follow measured conduct"),
    Line("non_compete", {}, {"non_compete": True}, {"won_directly": -1, "commission": 1},
         "S2, S3: the vendor does not compete with its partners"),
    Line("returns_pinned", {}, {"returns_pinned": True}, {"returned": 1, "commission": 1},
         "S3: a pinned client who comes directly is returned"),
    # change
    Line("grandfather_months", {"rate": 0.1}, {"grandfather_months": 24},
         {"motivation": 1, "commission": 1}, "F HubSpot 2023: old deals keep their terms"),
    Line("notice_months", {"rate": 0.1}, {"notice_months": 6}, {"motivation": 1, "trust": 1},
         "F Kube 2013: a cut that comes as a surprise hurts"),
]  # fmt: skip


def studied(terms: dict[str, Any], grown: Any) -> dict[str, float]:
    """Live four years under some terms; return indicators, and sums of facts of the month."""
    market = grown.branch(programme("studied", "clauses", **terms))
    market.advance(MONTHS)
    outcome = market.outcome()
    facts = outcome.months[BURN_IN + 1 :].sum(axis=0).astype(float).tolist()
    return {
        **dict(zip(Month._fields, facts, strict=True)),
        **summary(outcome, BURN_IN, LIVELY),
    }


@pytest.fixture(scope="module")
def worlds() -> list[Any]:
    """One market per seed after two years of a first-sale lock."""

    def grown(seed: int) -> Any:
        market = build(
            "compiled",
            partners=60,
            clients=1_200,
            seed=seed,
            assumptions=LIVELY,
            incumbent=programme("first_sale_lock"),
            keep_ledger=False,
        )
        market.advance(BURN_IN)
        return market

    with ThreadPoolExecutor() as pool:
        return list(pool.map(grown, SEEDS))


def test_no_clause_is_left_out() -> None:
    assert sorted(line.clause for line in TABLE) == sorted(CLAUSES)
    assert all(line.clause in line.changed and line.moves and line.because for line in TABLE)


@pytest.mark.parametrize("line", TABLE, ids=[line.clause for line in TABLE])
def test_clause_moves_what_the_evidence_says(line: Line, worlds: list[Any]) -> None:
    with ThreadPoolExecutor() as pool:
        without = list(pool.map(lambda world: studied(line.base, world), worlds))
        under = list(pool.map(lambda world: studied({**line.base, **line.changed}, world), worlds))
    for name, sign in line.moves.items():
        pairs = zip(under, without, strict=True)
        mean, low, high = interval(np.array([ours[name] - theirs[name] for ours, theirs in pairs]))
        told = f"{name}: {mean:g} (95 %: {low:g} to {high:g}); {line.because}"
        assert min(sign * low, sign * high) > 0, told


def test_a_gate_from_the_start_keeps_out_nominal_members() -> None:
    """Pattern P9; a gate put up later also keeps out newcomers, who are active at first."""
    young = Assumptions(founders=0.02)

    def active_share(seed: int, conduct: dict[str, bool]) -> float:
        market = build(
            "compiled",
            partners=100,
            clients=2_000,
            seed=seed,
            assumptions=young,
            incumbent=programme("first_sale_lock", **conduct),
            keep_ledger=False,
        )
        market.advance(96)
        last = Month(*market.outcome().months[-1])
        return last.active_members / last.members

    gains = [active_share(seed, {"gate_service": True}) - active_share(seed, {}) for seed in SEEDS]
    _, low, _ = interval(np.array(gains))
    assert low > 0.0
