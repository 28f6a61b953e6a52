"""Whether a user's own policy is sound: documented, a fair division, pure, the same compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from policies.contract import Account, declared
from policies.registry import Policy
from sim.engines.build import build, settle, why_not_compiled
from sim.study.chosen import choose
from sim.study.user_policy.load import ORDINARY, RULES, SITUATIONS, fault_in_answer, in_python
from sim.world.errors import BadInput, PolicyFailed, spelt
from sim.world.programme import Programme, programme
from sim.world.scenario import Scenario
from sim.world.units import NEVER

Case = tuple[Policy, Account]


class Check(NamedTuple):
    """One thing that a policy must be, and whether it is."""

    claim: str
    fault: str
    """empty if it holds"""


DOCUMENTED = "Every term has unit, source and meaning."
EXPLAINED = "Its rules say in their first line what they do."
ANSWERS = "It answers for every account: shares, a rate, yes or no."
PURE = "It answers the same whenever it is asked."
COMPILES = "It can be compiled."
SAME_COMPILED = "Compiled, it answers what its source says."
SAME_MARKET = "Both engines give the same market to the last bit."
LENIENT = {DOCUMENTED, EXPLAINED, COMPILES}
"""What a study can do without: a rule that does not compile lives on the Mesa engine."""
TRIALS = 2_000
SOUND: set[Any] = set()
"""Rules and kinds of terms that this process has found sound."""


def check(
    policy: Policy, trials: int = TRIALS, begin: Callable[[str], Any] = lambda claim: None
) -> list[Check]:
    """Return what a policy must be, and whether it is, up to a fault that leaves no more to try.

    Parameters
    ----------
    trials : how many random accounts and terms are tried.
    begin : told each claim before it is tried.
    """
    found = []
    for claim, fault_of in claims(policy, trials).items():
        begin(claim)
        found.append(Check(claim, fault_of()))
        if found[-1].fault and claim not in (DOCUMENTED, EXPLAINED):
            break
    return found


def claims(policy: Policy, trials: int) -> dict[str, Callable[[], str]]:
    """Return what must hold of a policy, and how its fault is found; each rests on those before."""
    cases: list[Case] = []

    def of_answers() -> str:
        cases.extend([*every_month(policy), *random_cases(in_python(policy), trials)])
        return faulty(cases)

    return {
        DOCUMENTED: lambda: undocumented(policy),
        EXPLAINED: lambda: unexplained(policy),
        ANSWERS: of_answers,
        PURE: lambda: impure(cases),
        COMPILES: lambda: uncompiled(policy),
        SAME_COMPILED: lambda: compiled_differently(policy, cases),
        SAME_MARKET: lambda: engines_differ(policy),
    }


def fault_of(found: list[Check]) -> str:
    """Return in words the first of some checks that keeps a policy out of a study, or nothing."""
    for one in found:
        if one.fault and one.claim not in LENIENT:
            return f'"{one.claim[:-1]}" does not hold: {one.fault}'
    return ""


def require(scenario: Scenario) -> None:
    """Refuse a scenario under whose own policies a study would mean nothing.

    Shipped policies are tested with the program, and anybody's only once in a process.

    Raises
    ------
    BadInput
        Naming the policy and its fault.
    """
    studied = [scenario.incumbent, *scenario.programmes]
    studied += [change.programme for one in studied for change in one.changes]
    for policy in {key_of(one.policy): one.policy for one in studied}.values():
        if policy.is_shipped or key_of(policy) in SOUND:
            continue
        if fault := fault_of(check(policy)):
            raise BadInput(f"policy {policy.name}: {fault}. Correct it.")
        SOUND.add(key_of(policy))


def key_of(policy: Policy) -> Any:
    """Return what tells a policy from others, whatever its terms' numbers."""
    rules = (getattr(policy, name) for name in RULES)
    return *(getattr(rule, "py_func", rule) for rule in rules), type(policy.terms)


def every_month(policy: Policy) -> Iterator[Case]:
    """Yield ten typical situations in every month of twenty years."""
    for account in SITUATIONS.values():
        for month in range(241):
            yield in_python(policy), account._replace(tenure=month)


def random_cases(policy: Policy, trials: int) -> Iterator[Case]:
    """Yield the policy under random legal terms, with random accounts."""
    luck = np.random.default_rng(1)
    for trial in range(trials):
        drawn = with_random_terms(policy, luck) if trial % 2 else policy
        yield drawn, random_account(luck, drawn)


def with_random_terms(policy: Policy, luck: np.random.Generator) -> Policy:
    """Return the policy under random legal terms, or its own if these make no sense together."""
    numbers: dict[str, Any] = {}
    for name, term in declared(type(policy.terms)).items():
        usual = getattr(policy.terms, name)
        if isinstance(usual, bool):
            numbers[name] = bool(luck.integers(2))
        elif isinstance(usual, int):
            numbers[name] = int(luck.integers(int(term.low), int(term.high) + 1))
        else:
            numbers[name] = float(luck.uniform(term.low, term.high))
    terms = policy.terms._replace(**numbers)
    try:
        objected = policy.objection is not None and policy.objection(terms)
    except Exception as fault:
        raise BadInput(f"policy {policy.name}: objection: {spelt(fault)}; for {terms}.") from None
    return policy if objected else replace(policy, terms=terms)


def random_account(luck: np.random.Generator, policy: Policy) -> Account:
    """Return an account whose facts need not be true together; months are near the boundaries."""
    agreed = [term for term in policy.terms if type(term) is int]
    near = [max(term + step, 0) for term in agreed for step in (-1, 0, 1)]
    flags = [bool(flag) for flag in luck.integers(2, size=7)]
    usual = [0, 1, 5, 11, 12, 13, 24, 120, NEVER]
    months = [int(month) for month in luck.choice([*usual, *near, *luck.integers(241, size=9)], 7)]
    return Account(
        tenure=months[0],
        is_serviced=flags[0],
        client_asked=flags[1],
        originator_serves=flags[2],
        record_serves=flags[3],
        has_record=flags[4],
        originator_idle=months[1],
        record_idle=months[2],
        record_age=months[3],
        servicing_age=months[4],
        request_age=months[5],
        has_consent=flags[5],
        quality=float(luck.random()),
        upsold_share=float(luck.random()),
        record_clients=int(luck.integers(100)),
        record_quiet=months[6],
        originator_role=int(luck.integers(3)),
        is_old=flags[6],
    )


def studied_under(policy: Policy) -> Any:
    """Return a small scenario with the policy as its only programme."""
    return choose(policies=[policy], partners=30, clients=400, years=1, seeds=1)


def undocumented(policy: Policy) -> str:
    """Return the first term that lacks something, or nothing."""
    for name, term in declared(type(policy.terms)).items():
        for part in ("unit", "source", "meaning"):
            if not getattr(term, part):
                return f"{name} has no {part}"
    return ""


def unexplained(policy: Policy) -> str:
    """Return the first rule without a docstring, or nothing."""
    if not policy.summary:
        return "the file has no docstring"
    for name in RULES:
        rule = getattr(policy, name)
        if rule is not None and not (rule.__doc__ or "").strip():
            return f"{name} has no docstring"
    return ""


def faulty(cases: list[Case]) -> str:
    """Return the first answer that is none, for the simplest case that shows it, or nothing."""
    for case in cases:
        if fault_in_answer(*case):
            simplest = simplified(case, lambda one: bool(fault_in_answer(*one)))
            return f"{fault_in_answer(*simplest)}, {words(simplest)}"
    return ""


def impure(cases: list[Case]) -> str:
    """Return the first case that is answered otherwise in another order, or nothing."""
    first = [answer(*case) for case in cases]
    for replay in range(2):
        order = np.random.default_rng(replay).permutation(len(cases))
        for place in map(int, order):
            said = answer(*cases[place])
            if said != first[place]:
                return (
                    f"of the same account it first says {spelt_answer(first[place])}, then "
                    f"{spelt_answer(said)}; a rule remembers nothing and draws no luck"
                )
    return ""


def uncompiled(policy: Policy) -> str:
    """Return why a policy cannot be compiled, or nothing."""
    try:
        return why_not_compiled(policy)
    except Exception as fault:
        return spelt(fault)


def compiled_differently(policy: Policy, cases: list[Case]) -> str:
    """Return the simplest case that the source answers otherwise, or nothing."""

    def differs(case: Case) -> bool:
        source, account = case
        return answer(replace(policy, terms=source.terms), account) != answer(*case)

    for case in filter(differs, cases):
        source, account = simplified(case, differs)
        compiled = answer(replace(policy, terms=source.terms), account)
        told = spelt_answer(answer(source, account))
        return f"{spelt_answer(compiled)}, its source {told}, {words((source, account))}"
    return ""


def answer(policy: Policy, account: Account) -> tuple[Any, ...]:
    """Return all that a policy says of an account."""
    shares = tuple(policy.credited(account))
    return shares, policy.commission_rate(account), bool(policy.moves_record(account))


def spelt_answer(said: tuple[Any, ...]) -> str:
    """Return an answer in words."""
    shares, rate, moves = said
    parts = "/".join(f"{share:g}" for share in shares)
    return f"shares {parts} at rate {rate:g}, record {'moves' if moves else 'stays'}"


def simplified(case: Case, is_so: Callable[[Case], bool]) -> Case:
    """Return a case with as many ordinary terms and facts as leave something true of it."""
    policy, account = case
    for name, usual in type(policy.terms)._field_defaults.items():
        simpler = replace(policy, terms=policy.terms._replace(**{name: usual}))
        if is_so((simpler, account)):
            policy = simpler
    for name, usual in ORDINARY._asdict().items():
        if is_so((policy, account._replace(**{name: usual}))):
            account = account._replace(**{name: usual})
    return policy, account


def words(case: Case) -> str:
    """Return what differs in a case from an ordinary account under the policy's own terms."""
    policy, account = case
    usual = {**type(policy.terms)._field_defaults, **ORDINARY._asdict()}
    given = {**policy.terms._asdict(), **account._asdict()}
    apart = [f"{name} = {given[name]:g}" for name in usual if given[name] != usual[name]]
    return f"for {', '.join(apart)}" if apart else "for an ordinary account"


def engines_differ(policy: Policy) -> str:
    """Return how the engines' markets differ under the policy, or nothing."""
    settled = settle("auto", studied_under(policy))
    studied = programme(policy.name, settled.scenario.programmes[0].policy)
    try:
        digests = {lived(engine, settled.scenario, studied) for engine in ("mesa", settled.engine)}
    except PolicyFailed as fault:
        return f"{fault.failure.rule}: {fault.failure.cause}"
    return "" if len(digests) == 1 else "a small market ends otherwise in the Mesa engine"


def lived(engine: str, scenario: Scenario, studied: Programme) -> str:
    """Return the digest of two years of a small market under a programme."""
    market = build(
        engine,
        partners=scenario.partners,
        clients=scenario.clients,
        seed=1,
        assumptions=scenario.assumptions,
        incumbent=scenario.incumbent,
    )
    market.advance(12)
    market.adopt(studied)
    market.advance(24)
    return market.outcome().digest()
