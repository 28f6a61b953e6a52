"""The compiled engine: the same market as the Mesa model, to the last bit, over rows."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from policies.compiler import compiled, rule
from policies.contract import Account, Credit, is_sound, share
from policies.registry import Policy
from sim.engines.compiled.asked import (
    ASKED,
    CREDIT_ASKED,
    MOVES_ASKED,
    RATE_ASKED,
    ask,
    refuse,
    telling_of_rules,
    unsound,
)
from sim.engines.compiled.clients import (
    acquire,
    as_seen_by_policy,
    bill,
    is_under_former,
    lose,
    may_move,
    observe,
    reconsider,
    serve,
    share_payment,
    tell_move,
    update_record,
)
from sim.engines.compiled.month import (
    AT,
    AT_RISK,
    IN_ALL,
    Desk,
    Now,
    Pull,
    is_member,
    keys_of,
    wide,
)
from sim.engines.compiled.pages import (
    blank,
    bound_together,
    note_client,
    note_partners,
    turned,
)
from sim.engines.compiled.partners import be_shocked, enter_and_plan, feel, pay_out, read_contract
from sim.engines.compiled.state import (
    Rows,
    account_state,
    as_record,
    copied,
    partner_state,
    rows_of,
)
from sim.engines.events import ACCOUNT_MONTH, CAUSE, EVENT, PARTNER_MONTH, WHAT, Chronicle, Watched
from sim.engines.ledger import COLUMNS
from sim.engines.outcome import ACTIVE, Month, Outcome, Tenure
from sim.rules import partner as partners_do
from sim.rules import prospectus, vendor
from sim.world.assumptions import Assumptions
from sim.world.luck import Draw
from sim.world.population import populate
from sim.world.programme import Programme
from sim.world.units import NOBODY, micro

DECISIONS = max(Draw) + 1


@rule
def record_moves(terms: Any, account: Account) -> bool:
    """Keep the partner of record for ever, if a policy says nothing else."""
    return False


@rule
def credit(terms: Any, account: Account) -> Credit:
    """Credit nobody, if a policy says nothing else."""
    return share()


@rule
def commission_rate(terms: Any, account: Account) -> float:
    """Pay one rate on every payment, if a policy says nothing else."""
    return float(terms.rate)


WATCHES = False
"""Whether anybody is watched; `bound_to` settles it."""
HAS_FORMER = False
"""Whether clients won before keep a former contract; `bound_to` settles it."""


def months(
    terms: Any,
    former_terms: Any,
    count: int,
    seed: int,
    first: int,
    pulls: Any,
    rows: Any,
    desk: Any,
    keys: Any,
    pages: Any,
    history: Any,
    tenures: Any,
    ledger: Any,
    asked: Any,
) -> int:
    """Simulate ``count`` months after month ``first``; return the number of ledger entries.

    It stops at an answer that is not sound, returns -1 and leaves the answer in ``asked``, which
    also tells where a rule was asked that raised an error. `bound_to` puts a policy's own
    `record_moves`, `credit` and `commission_rate` in, and those of a former one where clients won
    before keep it.
    """
    entries = wide(0)
    for month in range(first + 1, first + count + 1):
        keys_of(seed, month, keys)
        facts = history[month]
        facts[AT.month] = month
        asked.month = month
        before = Pull(0, 0, 0, 0, pulls[0], pulls[1], 0.0)
        now = Now(rows, desk, before, keys, month, WATCHES, pages, facts, tenures, ledger)
        pull = enter_and_plan(now)
        now = Now(rows, desk, pull, keys, month, WATCHES, pages, facts, tenures, ledger)
        for place in range(acquire(now)):
            i = wide(rows.customers[place])
            client = rows.clients[i]
            who_worked, hours, quality = serve(now, client, i)
            has_asked = reconsider(now, client, i)
            is_old = HAS_FORMER and is_under_former(now, client)
            moves = False
            if may_move(client):
                account = as_seen_by_policy(
                    now, client, i, who_worked, quality, has_asked, client.mrr
                )
                ask(asked, i, MOVES_ASKED, is_old)
                if is_old:
                    moves = former_record_moves(former_terms, account)
                else:
                    moves = record_moves(terms, account)
                if moves:
                    tell_move(now, client, i, account, is_old)
            update_record(now, client, i, moves)
            payment = bill(now, client, i, who_worked, quality)
            if payment >= 0:
                account = as_seen_by_policy(now, client, i, who_worked, quality, has_asked, payment)
                ask(asked, i, CREDIT_ASKED, is_old)
                if is_old:
                    shares = former_credit(former_terms, account)
                    ask(asked, i, RATE_ASKED, is_old)
                    rate = former_rate(former_terms, account)
                else:
                    shares = credit(terms, account)
                    ask(asked, i, RATE_ASKED, is_old)
                    rate = commission_rate(terms, account)
                if not (is_sound(shares, rate) and payment <= vendor.HIGHEST_PRICE):
                    return refuse(asked, shares, rate, payment)
                credited = facts[AT.commission]
                entries = share_payment(now, client, i, who_worked, payment, shares, rate, entries)
                observe(now, client, hours)
                if WATCHES:
                    credited = facts[AT.commission] - credited
                    note_client(now, client, i, who_worked, hours, payment, credited)
            else:
                entries = lose(now, client, i, entries)
        entries = pay_out(now, entries)
        feel(now)
        if WATCHES:
            note_partners(now)
    return entries


former_record_moves, former_credit, former_rate = record_moves, credit, commission_rate
BOUND: dict[Any, Any] = {}


def rules_of(*held: Policy, watches: bool = False) -> Any:
    """Return under which key of BOUND the months of some policies are kept."""
    return (watches, *((each.credit, each.record_moves, each.rate) for each in held))


def bound_to(policy: Policy, former: Policy | None = None, watches: bool = False) -> Any:
    """Return `months` compiled with a policy's own rules in it, and a former one's.

    The compiled code of shipped policies is cached on disk, in the folder named by the digest of
    all sources; anybody else's is compiled once in each process.
    """
    held = (policy,) if former is None else (policy, former)
    rules = rules_of(*held, watches=watches)
    if rules not in BOUND:
        named: dict[str, Any] = {"HAS_FORMER": former is not None, "WATCHES": watches}
        for each, prefix in zip(held, ("", "former_"), strict=False):
            named[f"{prefix}credit"] = each.credit
            named[f"{prefix}record_moves"] = each.record_moves or record_moves
            named[f"{prefix}rate" if prefix else "commission_rate"] = each.rate or commission_rate
        name = ("watched_" if watches else "") + "months_"
        name += "_after_".join(each.name for each in held)
        bound = FunctionType(months.__code__, {**months.__globals__, **named}, name)
        bound.__qualname__ = name
        bound.__module__ = months.__module__
        shipped = all(each.credit.__module__ == f"policies.{each.name}" for each in held)
        BOUND[rules] = compiled(bound, is_cached=shipped, is_merged=False)
    return BOUND[rules]


@rule
def read_all(rows: Any, desk: Any, month: int) -> None:
    """Let every partner read the contract."""
    for k in range(rows.partners.size):
        read_contract(rows, k, desk, month)


@rule
def promises(rows: Any, desk: Any, values: Any, weights: Any) -> None:
    """Fill in the value of what each partner holds, and how far it is felt, shape (partners,)."""
    p, t, streams = rows.partners, rows.work, desk.streams[IN_ALL]
    for k in range(p.size):
        weights[k] = p[k].at_stake
        values[k] = p[k].assured * partners_do.value_held(
            prospectus.stream_value(streams[p[k].role], prospectus.SERVES, p[k].fear_of_loss),
            prospectus.stream_value(streams[p[k].role], prospectus.DRIFTS, p[k].fear_of_loss),
            t[k].undeserved_income / t[k].income if t[k].income else 0.0,
        )


@rule
def hear_of_change(rows: Any, desk: Any, before: Any, now: Any, weights: Any) -> None:
    """Let members react to a new programme: a cut shocks and costs trust, a rise pleases."""
    a, p = rows.assumptions, rows.partners
    for k in range(p.size):
        holds = rows.work[k].held_mrr != 0
        if is_member(p[k].status) and holds and before[k] > 0.0:
            change = now[k] / before[k] - 1.0
            lost = partners_do.softened_loss(
                max(-change, 0.0),
                p[k].retention,
                desk.conduct.grandfather_months,
                desk.conduct.notice_months,
                a.notice_relief,
            )
            weight = max(weights[k], p[k].at_stake)
            be_shocked(a, p, k, weight * lost, weight * max(change, 0.0))
            p[k].trust = partners_do.trust_after_cut(
                p[k].trust, weight * lost, a.loss_aversion, a.shock_weight
            )


@rule
def hear_of_incident(rows: Any, desk: Any, harm: float) -> None:
    """Take motivation from all members, as far as the chat is open."""
    p = rows.partners
    for k in range(p.size):
        if is_member(p[k].status):
            p[k].motivation = partners_do.shocked(
                p[k].motivation, -harm * desk.conduct.chat_openness
            )


def observe_founders(rows: Rows, facts: Any) -> None:
    """Write down what members feel before the first month."""
    for partner in rows.partners[rows.partners["status"] == ACTIVE]:
        feeling = micro(float(partner["motivation"]))
        is_active_type = bool(partner["is_active_type"])
        facts[AT.members] += 1
        facts[AT.active_members] += 1
        facts[AT.motivation] += feeling
        facts[AT.trust] += micro(float(partner["trust"]))
        facts[AT.active_type if is_active_type else AT.passive_type] += 1
        facts[AT.active_type_motivation if is_active_type else AT.passive_type_motivation] += (
            feeling
        )


def heard(month: int, cause: int, told: Any, was: Any, now: Any) -> Chronicle:
    """Return the chronicle of news that partners hear before a month.

    Parameters
    ----------
    told : indices of the partners.
    was, now : their rows before and after.
    """
    written = np.zeros(len(told), EVENT)
    for name, value in (("month", month), ("what", WHAT.news), ("cause", cause), ("to", told),
                        ("account", NOBODY), ("former", NOBODY), ("facts", 4)):  # fmt: skip
        written[name] = value
    facts = [was["motivation"], now["motivation"], was["trust"], now["trust"]]
    nothing = np.empty(0, ACCOUNT_MONTH), np.empty(0, PARTNER_MONTH)
    return Chronicle(written, np.stack(facts, axis=1).ravel(), *nothing)


class CompiledMarket:
    """A market simulated by compiled months; the interface of `PartnerMarket` for studies."""

    def __init__(
        self,
        *,
        partners: int,
        clients: int,
        seed: int,
        assumptions: Assumptions,
        incumbent: Programme,
        keep_ledger: bool = True,
    ) -> None:
        self.seed = seed
        self.month = 0
        self.assumptions = assumptions
        self.keep_ledger = keep_ledger
        self.entries: list[Any] = []
        self.watched: Watched | None = None
        self.written: list[Chronicle] = []
        self.rows: Rows = rows_of(populate(seed, partners, clients, assumptions), assumptions)
        hundreds = clients / 100.0
        self.pulls = (
            micro(assumptions.direct_pull * hundreds),
            micro(assumptions.outside_pull * hundreds),
        )
        self.history = np.zeros((1, len(Month._fields)), np.int64)
        observe_founders(self.rows, self.history[0])
        self.tenures = np.zeros((0, len(Tenure._fields)), np.int64)
        self.former: Policy | None = None
        self.former_month = -1
        self.study_month = 0
        self.install(incumbent)
        read_all(self.rows, self.desk, self.month)

    def watch(self, watched: Watched) -> None:
        """Write down from now on what happens to those who are watched."""
        self.watched = watched

    def install(self, new: Programme) -> None:
        """Put a programme into force and work out what it promises partners."""
        a, conduct = self.assumptions, new.conduct
        *streams, open_share = prospectus.promised_streams(
            new.policy, prospectus.outlook_of(a, conduct.clawback_months)
        )
        self.programme = new
        self.desk = Desk(
            streams=np.stack(streams),
            open_share=open_share,
            payout_lag=vendor.payout_months(conduct.payout_days),
            conduct=as_record(conduct),
            seed=self.seed,
            in_force_month=self.month,
            study_month=self.study_month,
            former_month=self.former_month,
            former_until=self.former_month + conduct.grandfather_months,
            cost_of_member=vendor.programme_cost(
                conduct.care,
                conduct.training,
                conduct.registry,
                a.member_cost,
                a.care_cost,
                a.training_cost,
                a.registry_cost,
            ),
            complexity=new.complexity,
        )

    def adopt(self, new: Programme) -> None:
        """Put another programme into force; its months of study begin here."""
        self.study_month = self.month
        self.change_to(new)
        self.rows.partners["earned"] = 0
        self.tenures = np.zeros((0, len(Tenure._fields)), np.int64)

    def change_to(self, new: Programme) -> None:
        """Put another programme into force while the study goes on."""
        self.former = self.programme.policy if new.conduct.grandfather_months else None
        self.former_month = self.month
        read_all(self.rows, self.desk, self.month)
        before, now, weights, _ = np.empty((4, self.rows.partners.size))
        promises(self.rows, self.desk, before, weights)
        self.install(new)
        read_all(self.rows, self.desk, self.month)
        promises(self.rows, self.desk, now, _)
        with self.news(CAUSE.contract):
            hear_of_change(self.rows, self.desk, before, now, weights)

    def suffer(self, harm: float) -> None:
        """Let all members hear of an incident."""
        with self.news(CAUSE.incident):
            hear_of_incident(self.rows, self.desk, harm)

    @contextmanager
    def news(self, cause: int) -> Iterator[None]:
        """Write down what members' motivation and trust were before news and are after them."""
        if self.watched is None:
            yield
            return
        p = self.rows.partners
        was = p.copy()
        yield
        felt = (was["motivation"] != p["motivation"]) | (was["trust"] != p["trust"])
        told = np.flatnonzero(felt & self.watched.partners)
        self.written.append(heard(self.month + 1, cause, told, was[told], p[told]))

    def branch(self, new: Programme) -> CompiledMarket:
        """Return a copy of this market that goes on under another programme."""
        twin = copy.copy(self)
        twin.rows = Rows._make(copied(part) for part in self.rows)
        twin.entries = list(self.entries)
        twin.written = list(self.written)
        twin.adopt(new)
        return twin

    def advance(self, count: int) -> None:
        """Simulate so many months."""
        if count == 0:
            return
        grow = np.zeros((count, len(Month._fields)), np.int64)
        self.history = np.concatenate([self.history, grow])
        rows = self.month + count + 1
        tenures = np.zeros((rows, len(Tenure._fields)), np.int64)
        tenures[: len(self.tenures)] = self.tenures
        policy = self.programme.policy
        simulate = bound_to(policy, self.former, self.watched is not None)
        former_terms = (self.former or policy).terms
        keys = np.empty(DECISIONS, np.uint64)
        pages = blank(self.watched, len(self.rows.clients), len(self.rows.partners))
        batch = 1 if self.keep_ledger or self.watched is not None else count
        room = 4 * len(self.rows.clients) + len(self.rows.partners) if self.keep_ledger else 0
        ledger = np.empty((room, len(COLUMNS)), np.int64)
        asked = np.zeros(1, ASKED)[0]
        for _ in range(0, count, batch):
            with telling_of_rules(asked, policy, self.former):
                used = simulate(
                    policy.terms,
                    former_terms,
                    batch,
                    self.seed,
                    self.month,
                    self.pulls,
                    self.rows,
                    self.desk,
                    keys,
                    pages,
                    self.history,
                    tenures,
                    ledger,
                    asked,
                )
            if used < 0:
                raise unsound(asked, policy, self.former)
            self.month += batch
            if self.keep_ledger:
                self.entries.append(ledger[:used].copy())
            if self.watched is not None:
                self.written.append(turned(pages))
        lived = np.flatnonzero(tenures[:, AT_RISK])
        self.tenures = tenures[: lived[-1] + 1 if len(lived) else 0]

    def outcome(self) -> Outcome:
        """Return the run so far in whole columns."""
        book = np.concatenate([np.empty((0, len(COLUMNS)), np.int64), *self.entries])
        return Outcome(
            months=self.history,
            tenures=self.tenures,
            partners=partner_state(self.rows),
            accounts=account_state(self.rows),
            ledger={name: book[:, place] for place, name in enumerate(COLUMNS)},
            chronicle=bound_together(self.written),
        )
