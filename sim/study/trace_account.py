"""What happened to one account: who sold, served and was paid; what moved, and why it left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from policies.contract import Account
from policies.registry import Policy
from sim.engines.outcome import ACCOUNT_STATUS, ACTIVE, CLAWBACK, CLIENT, DORMANT, LEFT, ROLES
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.rules import prospectus
from sim.study.film import Film
from sim.world.luck import Draw
from sim.world.units import KOPECKS, NEVER, NOBODY, micro, months_since

NEUTRAL: dict[str, Any] = {
    "client_asked": False,
    "request_age": NEVER,
    "has_consent": False,
    "record_idle": 0,
    "servicing_age": 0,
}
"""Facts that can make a record move, each as it is when it cannot."""


class Event(NamedTuple):
    """Something that happened; partners are numbers, -1 is nobody."""

    month: int
    what: str
    partner: int = NOBODY
    """whom it is about: who sold, serves or is recognised from now on, or left"""
    former: int = NOBODY
    """who served or was recognised before"""
    how: str = ""
    facts: dict[str, Any] | None = None
    """numbers behind it, by name"""


class Reading:
    """How a partner reads the contract in a month, as it planned it."""

    def __init__(self, film: Film, month: int, partner: int) -> None:
        a, programme, now = film.scenario.assumptions, film.in_force(month), int(film.end[month])
        outlook = prospectus.outlook_of(a, programme.conduct.clawback_months)
        streams, *_ = prospectus.promised_streams(programme.policy, outlook)
        self.streams = streams[int(film.partners["role"][now, partner])]
        self.fear = float(film.partners["fear_of_loss"][now - 1, partner])
        self.cost_of_work = a.paid_hours * float(film.partners["hour_cost"][now, partner])
        level_rate = self.value(prospectus.SERVES) / self.value(prospectus.LEVEL)
        self.at_stake = partners_do.felt(level_rate * a.arpa, self.cost_of_work)

    def value(self, situation: int) -> float:
        """Return the present value of a situation's stream, RUB per RUB of monthly price."""
        return float(prospectus.stream_value(self.streams, situation, self.fear))


class Life:
    """One account under one programme."""

    def __init__(self, film: Film, account: int, place: int) -> None:
        """Take an account of a film.

        Parameters
        ----------
        place : of the account among those seen.
        """
        self.film = film
        self.a = film.scenario.assumptions
        self.account = account
        self.first_mrr = int(film.first_mrr[place])
        columns = {name: column[:, place] for name, column in film.accounts.items()}
        self.seen: list[Any] = list(pd.DataFrame(columns).itertuples(index=False))
        mine = film.ledger["account"] == account
        self.book = pd.DataFrame({name: column[mine] for name, column in film.ledger.items()})

    def months(self) -> Iterator[tuple[int, int, Any, Any]]:
        """Yield each month, its last moment, and the account just before it and at its end."""
        for month in self.film.months:
            moment = int(self.film.end[month])
            yield month, moment, self.seen[moment - 1], self.seen[moment]

    # --- what was paid -------------------------------------------------------------------------

    def payment(self, was: Any, now: Any) -> int:
        """Return what the account paid in a month, kopecks."""
        if now.status != CLIENT:
            return 0
        return int(was.mrr) if was.status == CLIENT else self.first_mrr

    def worker(self, moment: int, was: Any, now: Any) -> int:
        """Return the partner that worked on the account in a month."""
        if was.status != CLIENT:
            unserved = clients_do.satisfaction(0.5, 0.0, now.fit, self.a.satisfaction_memory)
            return int(now.originator) if now.satisfaction != unserved else NOBODY
        helper = int(was.servicing_partner)
        is_there = helper >= 0 and self.film.was_member(moment - 1, helper)
        return helper if is_there else NOBODY

    def payments(self) -> pd.DataFrame:
        """Return every commission: month, partner, role, contract, rub, is_for_work."""
        workers, won = {}, {}
        for month, moment, was, now in self.months():
            workers[month] = self.worker(moment, was, now)
            won[month] = int(now.won_month)
        book = self.book.reset_index(drop=True)
        book["is_for_work"] = book["partner"] == book["month"].map(workers)
        book = taken_apart(self.film, book, self.reversed_win)
        since = [self.film.contract(won[month], month)[0] for month in book["month"]]
        return pd.DataFrame(
            {
                "month": book["month"] - self.film.decision,
                "partner": book["partner"],
                "role": [ROLES[role] for role in book["role"]],
                "contract_since": [max(start - self.film.decision, -self.film.decision) + 1
                                   for start in since],
                "rub": book["kopecks"] / KOPECKS,
                "is_for_work": book["is_for_work"],
            }
        )  # fmt: skip

    def table(self) -> pd.DataFrame:
        """Return the account month by month; money in RUB."""
        credited = self.book.groupby("month")["kopecks"].sum()
        is_reversal = self.book["role"] == CLAWBACK
        reversed_sums = -self.book[is_reversal].groupby("month")["kopecks"].sum()
        rows = []
        for month, _, was, now in self.months():
            is_client = now.status == CLIENT
            rows.append(
                {
                    "month": month - self.film.decision,
                    "status": ACCOUNT_STATUS[int(now.status)],
                    "originator": int(now.originator) if is_client else NOBODY,
                    "partner_of_record": int(now.partner_of_record),
                    "servicing_partner": int(now.servicing_partner),
                    "satisfaction": float(now.satisfaction) if is_client else float("nan"),
                    "paid": self.payment(was, now) / KOPECKS,
                    "commission": int(credited.get(month, 0)) / KOPECKS,
                    "taken_back": int(reversed_sums.get(month, 0)) / KOPECKS,
                }
            )
        return pd.DataFrame(rows)

    @staticmethod
    def left(was: Any, now: Any) -> bool:
        """Return whether the account left in the month between two moments."""
        return bool(was.status == CLIENT and now.status != CLIENT)

    def reversed_win(self, reversal: Any) -> int:
        """Return when the account was won whose commission was taken back."""
        return int(self.seen[int(self.film.end[reversal.month]) - 1].won_month)

    # --- what happened -------------------------------------------------------------------------

    def events(self) -> list[Event]:
        """Return what happened, in order."""
        found: list[Event] = []
        former = NOBODY
        for month, moment, was, now in self.months():
            if was.status != CLIENT and now.status == CLIENT:
                found.append(self.won(month, moment, now, former))
                former = int(now.originator)
            elif self.left(was, now):
                found.append(self.leaving(month, moment, was, now))
            elif now.status == CLIENT:
                found += self.changes(month, moment, was, now)
            if now.status == CLIENT:
                found += self.holders_who_left(month, moment, now)
        return [event._replace(month=event.month - self.film.decision) for event in found]

    def won(self, month: int, moment: int, now: Any, former: int) -> Event:
        """Return how the account was won."""
        seller = int(now.originator)
        return Event(
            month,
            "won",
            seller,
            how=self.channel(month, moment, seller, former),
            facts={
                "partner_of_record": int(now.partner_of_record),
                "servicing_partner": int(now.servicing_partner),
                "price": self.first_mrr / KOPECKS,
                "fit": float(now.fit),
            },
        )

    def channel(self, month: int, moment: int, seller: int, former: int) -> str:
        """Return the way on which an account came: partner, lead, returned or direct."""
        film, partners = self.film, self.film.partners
        status = partners["status"][moment]
        sold = (status == ACTIVE) | (status == DORMANT) | (partners["left_month"][moment] == month)
        sellers = sum(micro(effort) for effort in partners["effort"][moment][sold])
        hundreds = film.scenario.clients / 100.0
        direct = micro(self.a.direct_pull * hundreds)
        pull = sellers + direct + micro(self.a.outside_pull * hundreds)
        if film.luck(month, Draw.CHANNEL, self.account) * pull < sellers:
            return "partner"
        if seller < 0:
            return "direct"
        returns = film.in_force(month).conduct.returns_pinned
        return "returned" if returns and seller == former else "lead"

    def changes(self, month: int, moment: int, was: Any, now: Any) -> list[Event]:
        """Return changes of helper and record, and requests, of a month."""
        found = []
        old, new = int(was.servicing_partner), int(now.servicing_partner)
        if old != new:
            how = self.how_helper_changed(month, moment, old, new, now)
            found.append(Event(month, "helper", new, old, how))
        if was.partner_of_record != now.partner_of_record:
            found.append(self.record_moved(month, moment, was, now))
        elif now.asked_month == month:
            found.append(Event(month, "asked", new, int(now.partner_of_record)))
        return found

    def how_helper_changed(self, month: int, moment: int, old: int, new: int, now: Any) -> str:
        """Return how: the former left or stopped, or the client found, compared, was courted."""
        if old >= 0 and not self.film.was_member(moment - 1, old):
            return "left"
        if new < 0:
            return "stopped"
        if old < 0:
            return "found"
        a, luck = self.a, self.film.luck
        training = self.film.in_force(month).conduct.training
        skill = float(self.film.partners["skill"][moment, new])
        offered = clients_do.service_quality(
            a.paid_hours,
            1.0,
            partners_do.trained(skill, training, a.training_gain),
            a.service_reference,
        )
        attends = clients_do.attention_chance(now.satisfaction, a.attention, a.attention_unhappy)
        chance = clients_do.switch_chance(now.satisfaction, offered, a.inertia, a.taste)
        compared = (
            luck(month, Draw.ATTENTION, self.account) < attends
            and luck(month, Draw.SWITCH, self.account) < chance
        )
        return "compared" if compared else "courted"

    def holders_who_left(self, month: int, moment: int, now: Any) -> list[Event]:
        """Return the originator or partner of record that left the programme this month."""
        status = self.film.partners["status"]
        holders = dict.fromkeys((int(now.originator), int(now.partner_of_record)))
        return [
            Event(month, "holder_left", holder)
            for holder in holders
            if holder >= 0 and status[moment, holder] == LEFT and status[moment - 1, holder] != LEFT
        ]

    # --- the record ----------------------------------------------------------------------------

    def record_moved(self, month: int, moment: int, was: Any, now: Any) -> Event:
        """Return the move of a record, and the facts without which it would not have moved."""
        since, policy = self.film.contract(int(was.won_month), month)
        account = self.as_seen_by_policy(month, moment, was, now)
        is_by_rule = policy.moves_record(account)
        return Event(
            month,
            "record",
            int(now.partner_of_record),
            int(was.partner_of_record),
            "rule" if is_by_rule else "corrected",
            {
                "contract_since": max(since + 1, 1) - self.film.decision,
                **(reasons(policy, account) if is_by_rule else {}),
            },
        )

    def asks(self, month: int, moment: int, was: Any, now: Any) -> bool:
        """Return whether the client asked in a month that its helper be recognised."""
        a, film = self.a, self.film
        old, new = int(was.servicing_partner), int(now.servicing_partner)
        if new < 0 or new == was.partner_of_record:
            return False
        if old != new:
            return self.how_helper_changed(month, moment, old, new, now) == "courted"
        record = int(was.partner_of_record)
        is_held = record >= 0 and film.was_member(moment - 1, record)
        better, worse = (
            (prospectus.CHOSEN, prospectus.HELPS)
            if is_held
            else (prospectus.NAMED, prospectus.FOUND)
        )
        reading = Reading(film, month, new)
        premium = partners_do.premium(reading.value(better), reading.value(worse))
        chance = clients_do.request_chance(now.satisfaction, a.asking, premium * reading.at_stake)
        return film.luck(month, Draw.REQUEST, self.account) < chance

    def as_seen_by_policy(self, month: int, moment: int, was: Any, now: Any) -> Account:
        """Return what the policy knew when it decided on the record in a month."""
        helper, record = int(now.servicing_partner), int(was.partner_of_record)
        if record >= 0 and not self.film.was_member(moment - 1, record):
            record = NOBODY
        worker = self.worker(moment, was, now)
        client_asked = self.asks(month, moment, was, now)
        asked = int(was.asked_month) if helper == was.servicing_partner else -1
        if client_asked and asked < 0:
            asked = month
        return Account(
            tenure=month - int(was.won_month),
            is_serviced=helper >= 0 and helper == worker,
            client_asked=client_asked,
            originator_serves=helper >= 0 and helper == now.originator,
            record_serves=False,
            has_record=record >= 0,
            originator_idle=months_since(month, int(now.originator_worked)),
            record_idle=0
            if record == worker >= 0
            else months_since(month, int(was.record_worked) if record >= 0 else -1),
            record_age=months_since(month, int(was.record_month) if record >= 0 else -1),
            servicing_age=months_since(month, int(now.helper_month)),
            request_age=months_since(month, asked),
            has_consent=record < 0 or self.has_consent(month, int(was.record_month)),
            upsold_share=clients_do.upsold_share(self.first_mrr, int(was.mrr)),
            is_old=self.film.is_old(int(was.won_month), month),
        )

    def has_consent(self, month: int, record_month: int) -> bool:
        """Return whether the partner of record would have handed the account over."""
        in_force = max([0, *(since for since, _ in self.film.eras() if since < month)])
        since = max(record_month, in_force)
        return self.film.luck(since, Draw.CONSENT, self.account) < self.a.consent

    # --- leaving -------------------------------------------------------------------------------

    def leaving(self, month: int, moment: int, was: Any, now: Any) -> Event:
        """Return when the account left, with its chance of leaving that month taken apart.

        What happened to helper and record in that very month is forgotten when a client leaves;
        where the chance without it falls short of what was drawn, it must have added to it.
        """
        a, helper, switched = self.a, int(was.servicing_partner), int(was.switch_month)
        if helper >= 0 and not self.film.was_member(moment - 1, helper):
            helper, switched = NOBODY, month
        drawn = self.film.luck(month, Draw.CHURN, self.account)
        unpaid = contested = 0.0
        if helper >= 0 and was.take >= 0.0:
            motivation = float(self.film.partners["motivation"][moment - 1, helper])
            pay = float(was.take) * int(was.mrr) / KOPECKS
            felt = partners_do.felt(pay, Reading(self.film, month, helper).cost_of_work)
            unpaid = (1.0 - felt) * partners_do.unpaid_move_chance(
                motivation, a.motivation_base, a.unpaid_steering
            )
        left = partners_do.fading(
            months_since(month, int(was.contested_month)), a.dispossessed_months
        )
        contested = a.dispossessed_steering * (float(was.grudge) / 10_000) * left
        months = months_since(month, switched)
        if drawn >= self.hazard(now, 0) + unpaid + contested:
            contested = a.dispossessed_steering  # no change of helper is enough
        chance = min(self.hazard(now, months) + unpaid + contested, 1.0)
        fit = clients_do.churn_proneness(1.0, now.fit, a.churn_fit)
        usual = self.hazard(now._replace(satisfaction=1.0, proneness=1.0), NEVER)
        facts = {
            "drawn": drawn,
            "chance": chance,
            "floor": usual,
            "dissatisfaction": self.hazard(now._replace(proneness=1.0), NEVER) - usual,
            "fit_factor": fit,
            "frailty_factor": float(now.proneness) / fit,
            "disruption_factor": self.hazard(now, months) / self.hazard(now, NEVER),
            "unpaid_helper": unpaid,
            "contested": contested,
            "months_since_change": months,
            "changed_that_month": drawn >= chance,
            "satisfaction": float(now.satisfaction),
            "fit": float(now.fit),
            "tenure": month - int(was.won_month),
        }
        return Event(month, "left", former=helper, facts=facts)

    def hazard(self, now: Any, months_since_switch: int) -> float:
        """Return the chance that the account leaves of its own will in a month."""
        a = self.a
        return clients_do.churn_hazard(
            now.satisfaction,
            now.proneness,
            months_since_switch,
            a.churn_floor,
            a.churn_span,
            a.switch_shock,
            a.switch_shock_months,
        )


def reasons(policy: Policy, account: Account) -> dict[str, Any]:
    """Return the facts without any of which a policy would not move a record."""
    found = {
        name: getattr(account, name)
        for name, neutral in NEUTRAL.items()
        if getattr(account, name) != neutral
        and not policy.moves_record(account._replace(**{name: neutral}))
    }
    held = account._replace(has_record=True, record_idle=0, record_age=0)
    if not account.has_record and not policy.moves_record(held):
        found["has_record"] = False
    return found


def taken_apart(film: Film, book: pd.DataFrame, won: Callable[[Any], int]) -> pd.DataFrame:
    """Return a book in which what was taken back is told by whether it had been paid for work.

    Parameters
    ----------
    book : month, account, partner, role, kopecks, is_for_work.
    won : when the account of an entry was won.
    """
    is_reversal = book["role"] == CLAWBACK
    if not is_reversal.any():
        return book.astype({"is_for_work": bool})
    paid = book[~is_reversal]
    rows = []
    for entry in book[is_reversal].itertuples(index=False):
        same = (paid["account"] == entry.account) & (paid["partner"] == entry.partner)
        idle = idle_sum(
            film, paid[same & ~paid["is_for_work"].astype(bool)], won(entry), entry.month
        )
        rows.append(entry._replace(kopecks=-idle, is_for_work=False))
        rows.append(entry._replace(kopecks=entry.kopecks + idle, is_for_work=True))
    told = pd.concat([paid, pd.DataFrame(rows, columns=book.columns)])
    told = told[told["kopecks"] != 0].sort_values("month", kind="stable", ignore_index=True)
    return told.astype({"is_for_work": bool})


def idle_sum(film: Film, idle: pd.DataFrame, won: int, month: int) -> int:
    """Return what can still be taken back in a month of pay that came without work, kopecks."""
    earned = idle.groupby("month")["kopecks"].sum()
    held = 0
    for lived in range(won, month):
        held += int(earned.get(lived, 0))
        if lived - won >= film.in_force(lived).conduct.clawback_months:
            held = 0
    return held


def summary(months: pd.DataFrame, payments: pd.DataFrame) -> dict[str, Any]:
    """Return an account's sums since the decision; money in RUB."""
    lived = months[months["month"] > 0]
    client = lived[lived["status"] == "client"]
    after = payments[payments["month"] > 0]
    helped = client[(client["servicing_partner"] >= 0) & (client["originator"] >= 0)]
    paid, commission = float(lived["paid"].sum()), float(lived["commission"].sum())
    taken_back = float(lived["taken_back"].sum())
    return {
        "client_months": len(client),
        "is_client": bool(lived["status"].iloc[-1] == "client"),
        "paid": paid,
        "commission": commission,
        "commission_without_work": float(after.loc[~after["is_for_work"], "rub"].sum()),
        "taken_back": taken_back,
        "vendor_kept": paid - commission,
        "satisfaction": float(client["satisfaction"].mean()),
        "months_served_by_others": int((helped["servicing_partner"] != helped["originator"]).sum()),
    }
