"""Any rule for the record goes with any division, schedule and payout, in a scenario file."""

from itertools import product

import numpy as np
import pytest
import tomli_w

from sim.study.chosen import choose
from sim.study.experiment import run
from sim.world import scenario
from sim.world.errors import BadInput
from sim.world.programme import programme

RECORD = {
    "lock": {},
    "request": {"moves_on_request": True},
    "approval": {"moves_on_request": True, "approval_months": 2},
    "match": {"moves_on_request": True, "approval_months": 2, "may_match": True},
    "consent": {"moves_on_request": True, "needs_consent": True},
    "protection": {"moves_on_request": True, "protection_months": 6},
    "renewal": {"moves_on_request": True, "renewal_months": 12},
    "idle": {"idle_months": 6},
    "serving": {"serving_months": 6},
    "anyway": {"moves_on_request": True, "idle_months": 6, "serving_months": 12},
}
THREE_WAYS = {"originator_share": 0.3, "record_share": 0.3, "servicing_share": 0.4}
DIVISION = {
    "record": {},
    "three-ways": THREE_WAYS,
    "sunset": {"originator_share": 0.5, "record_share": 0.5, "sunset_months": 9},
    "passed-on": {**THREE_WAYS, "sunset_months": 6, "sunset_passes_on": True},
    "managed": {"managed_months": 6},
}
TIERS = {"rate": 0.3, "tier_clients": 5, "tier_rate": 0.45}
SCHEDULE = {
    "flat": {},
    "bounty": {"first_rate": 3.0, "rate": 0.0},
    "term": {"term_months": 12},
    "old": {"term_months": 12, "old_managed_months": 3},
    "decay": {"yearly_decay": 0.3},
    "quality": {"quality_weight": 0.5},
    "tiers": {**TIERS, "top_tier_clients": 10, "top_tier_rate": 0.6},
    "quota": {"quota_months": 12},
    "roles": {"agent_rate": 0.3, "curator_rate": 0.5},
    "upsell": {"upsell_rate": 0.1},
}
PAYOUT = {
    "monthly": {},
    "fast": {"payout_days": 3.0},
    "threshold": {"payout_threshold": 5_000.0},
    "clawback": {"clawback_months": 6},
    "retainer": {"retainer": 5_000.0, "retainer_clients": 3},
}
GROUPS = (RECORD, DIVISION, SCHEDULE, PAYOUT)


def combined(names):
    """The numbers of one clause from each group."""
    numbers = {}
    for group, name in zip(GROUPS, names, strict=True):
        numbers |= group[name]
    return numbers


def pairs():
    """A hundred contracts in which any two clauses of different groups meet at least once."""
    for record, schedule in product(range(10), range(10)):
        division, payout = (record + schedule) % 5, (record + 2 * schedule + record // 5) % 5
        places = (record, division, schedule, payout)
        yield tuple(list(group)[place] for group, place in zip(GROUPS, places, strict=True))


def test_every_combination_makes_sense():
    for names in product(*GROUPS):
        made = programme("-".join(names), "clauses", **combined(names))
        assert (
            combined(names).items()
            <= {**made.policy.terms._asdict(), **made.conduct._asdict()}.items()
        )


def test_any_two_clauses_meet_in_the_contracts_that_are_run():
    for one, other in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)):
        met = {(names[one], names[other]) for names in pairs()}
        assert met == set(product(GROUPS[one], GROUPS[other]))


def test_combinations_run_in_a_scenario_file(tmp_path):
    programmes = {"-".join(names): {"policy": "clauses", **combined(names)} for names in pairs()}
    size = {"partners": 30, "clients": 300, "years": 1, "burn_in_months": 12, "seeds": 1}
    path = tmp_path / "all.toml"
    told = {"question": "?", "provenance": "A", **size, "programmes": programmes}
    path.write_text(tomli_w.dumps(told), encoding="utf-8")
    runs = run(scenario.load(str(path))).runs
    assert sorted(runs["programme"]) == sorted(programmes)
    assert np.isfinite(runs["npv"]).all()
    assert runs["digest"].nunique() > 0.9 * len(programmes)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("sunset_months = 12", "originator_share is 0"),
        ("servicing_share = 0.5", "add up to 1.5, above 1"),
        ("protection_months = 6", "moves_on_request is false"),
        ("retainer_clients = 3", "retainer is 0"),
        ("tier_clients = 5", "tier_clients and tier_rate go together"),
    ],
)
def test_nonsense_is_refused_with_file_key_and_reason(tmp_path, line, reason):
    path = tmp_path / "nonsense.toml"
    head = 'question = "?"\nprovenance = "A"\n[programmes.x]\npolicy = "clauses"\n'
    path.write_text(head + line, encoding="utf-8")
    with pytest.raises(BadInput, match=reason) as fault:
        scenario.load(str(path))
    assert f"{path}: programmes.x: " in str(fault.value)
    assert line.partition(" =")[0] in str(fault.value)


@pytest.mark.parametrize(
    "lines", ['changes]]\nmonth = 3\npolicy = "clauses"', "incidents]]\nmonth = 3\nharm = 0.1"]
)
def test_what_would_come_after_the_incumbent_is_gone_is_refused(tmp_path, lines):
    path = tmp_path / "late.toml"
    path.write_text(
        'question = "?"\nprovenance = "A"\n[programmes.x]\npolicy = "clauses"\n'
        f'[incumbent]\npolicy = "clauses"\n[[incumbent.{lines}\n',
        encoding="utf-8",
    )
    with pytest.raises(BadInput, match="incumbent: its changes and incidents would never come"):
        choose(str(path))
