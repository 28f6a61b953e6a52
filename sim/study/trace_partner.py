"""What happened to one partner: its income by source, its clients, motivation and trust."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.engines.outcome import CLAWBACK, CLIENT, LEFT, PARTNER_STATUS, ROLES, Month
from sim.rules import client as clients_do
from sim.rules import partner as partners_do
from sim.study.film import Film
from sim.study.trace_account import Event, Reading, taken_apart
from sim.world.units import KOPECKS, MICRO, NOBODY, micro

COLUMNS = (
    "status",
    "originator",
    "partner_of_record",
    "servicing_partner",
    "mrr",
    "take",
    "satisfaction",
    "fit",
    "won_month",
)
"""What must be seen of all accounts."""
Sums = list[npt.NDArray[np.float64]]
PARTS = ("injustice", "undeserved", "income_swing", "chat", "payout", "clarity", "care")
"""What the level to which motivation moves is made of, besides its base."""
EXITED, MEMBERS = Month._fields.index("exited"), Month._fields.index("members")
FELT = 0.005
"""A sudden change of motivation worth telling."""


class Career:
    """One partner under one programme."""

    def __init__(self, film: Film, partner: int) -> None:
        self.film = film
        self.a = film.scenario.assumptions
        self.partner = partner
        self.own = {name: column[:, partner] for name, column in film.partners.items()}
        book = pd.DataFrame(film.ledger)
        on_accounts = book[book["account"] != NOBODY]
        paid = on_accounts[on_accounts["role"] != CLAWBACK]
        self.credited = dict(list(paid.groupby("month")))
        self.book = book[book["partner"] == partner].reset_index(drop=True)
        self.book["is_for_work"] = [
            self.worked(month, account)
            for month, account in zip(self.book["month"], self.book["account"], strict=True)
        ]
        self.book = taken_apart(film, self.book, self.reversed_win)
        self.by_month = dict(list(self.book.groupby("month")))

    def worked(self, month: int, account: int) -> bool:
        """Return whether the partner worked on an account in a month in which it was paid.

        Fixed pay is on no account and counts as paid for work, as it does for the partner.
        """
        if account == NOBODY:
            return True
        seen, now = self.film.accounts, int(self.film.end[month])
        if seen["won_month"][now, account] == month:
            unserved = clients_do.satisfaction(
                0.5, 0.0, seen["fit"][now, account], self.a.satisfaction_memory
            )
            was_served = seen["satisfaction"][now, account] != unserved
            return bool(was_served and seen["originator"][now, account] == self.partner)
        return bool(seen["servicing_partner"][now - 1, account] == self.partner)

    def reversed_win(self, reversal: Any) -> int:
        """Return when the account was won whose commission was taken back."""
        before = int(self.film.end[reversal.month]) - 1
        return int(self.film.accounts["won_month"][before, reversal.account])

    def traits(self) -> dict[str, bool]:
        """Return what kind of partner it is."""
        return {name: bool(self.own[name][0]) for name in ("is_active_type", "is_cash_constrained")}

    # --- month by month ------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """Return the partner month by month; money in RUB."""
        rows = []
        chat = 0.0
        for month in self.film.months:
            now = int(self.film.end[month])
            sums = self.sums_of_service(month)
            rows.append(
                {
                    "month": month - self.film.decision,
                    "status": PARTNER_STATUS[int(self.own["status"][now])],
                    "motivation": float(self.own["motivation"][now]),
                    "trust": float(self.own["trust"][now]),
                    **self.money(month),
                    **self.clients(now),
                    "mrr_served": sums[0][self.partner] / KOPECKS,
                    "mrr_served_unpaid": sums[1][self.partner] / KOPECKS,
                    **self.feelings(month, sums, chat),
                }
            )
            chat = self.chat_grievance(month, sums)
        return pd.DataFrame(rows)

    def money(self, month: int, is_net: bool = True) -> dict[str, float]:
        """Return the month's income, and the part that came without work.

        Parameters
        ----------
        is_net : less what was taken back.
        """
        mine = self.by_month.get(month)
        if mine is None:
            return {"income": 0.0, "income_without_work": 0.0}
        if not is_net:
            mine = mine[mine["role"] != CLAWBACK]
        idle = mine.loc[~mine["is_for_work"], "kopecks"].sum()
        return {
            "income": int(mine["kopecks"].sum()) / KOPECKS,
            "income_without_work": int(idle) / KOPECKS,
        }

    def clients(self, now: int) -> dict[str, int]:
        """Return how many clients it is recorded for and how many it serves."""
        seen = self.film.accounts
        is_client = seen["status"][now] == CLIENT
        return {
            "clients_held": int((is_client & self.holds("partner_of_record", now)).sum()),
            "clients_served": int((is_client & self.holds("servicing_partner", now)).sum()),
        }

    def holds(self, role: str, moment: int) -> npt.NDArray[np.bool_]:
        """Return of which accounts the partner holds a role, shape (accounts,)."""
        held: npt.NDArray[np.bool_] = self.film.accounts[role][moment] == self.partner
        return held

    def sums_of_service(self, month: int) -> Sums:
        """Return the MRR that partners serve, serve unpaid, and serve with others paid for it.

        Returns
        -------
        kopecks, each of shape (partners,)
        """
        seen, now = self.film.accounts, int(self.film.end[month])
        is_new = seen["won_month"][now] == month
        payment = np.where(is_new, self.film.first_mrr, seen["mrr"][now - 1])
        helper = seen["servicing_partner"][now]
        is_served = (seen["status"][now] == CLIENT) & (helper >= 0)
        is_known = is_served & (seen["take"][now] >= 0.0)
        cost = self.a.paid_hours * self.film.partners["hour_cost"][now][helper]
        pay = np.maximum(seen["take"][now], 0.0) * seen["mrr"][now] / KOPECKS
        unpaid = np.where(is_known, 1.0 - felt_in_full(pay, cost), 0.0)
        envied = unpaid * felt_in_full(self.credited_on(month, len(helper)) / KOPECKS, cost)
        size = self.film.partners["status"].shape[1]
        mrr = [payment, (payment * unpaid).astype(int), (payment * envied).astype(int)]
        return [
            np.bincount(helper[is_served], each[is_served], size).astype(np.float64) for each in mrr
        ]

    def credited_on(self, month: int, accounts: int) -> npt.NDArray[np.int64]:
        """Return the commission credited on each account in a month, kopecks."""
        total = np.zeros(accounts, np.int64)
        if month in self.credited:
            rows = self.credited[month]
            np.add.at(total, rows["account"].to_numpy(), rows["kopecks"].to_numpy())
        return total

    # --- how it feels --------------------------------------------------------------------------

    def injustice(self, month: int, partner: int, sums: Sums) -> float:
        """Return a partner's grievance of servicing clients without pay."""
        served, unpaid, envied = (float(column[partner]) / KOPECKS for column in sums)
        conduct = self.film.in_force(month).conduct
        return partners_do.felt_injustice(
            envied,
            unpaid - envied,
            served,
            self.a.envy,
            self.a.unpaid_weight,
            partners_do.visibility(self.a.observability, conduct.registry),
        )

    def chat_grievance(self, month: int, sums: Sums) -> float:
        """Return the mean grievance of the members of a month, which all hear the next."""
        members = int(self.film.facts[month, MEMBERS])
        partners = np.flatnonzero(sums[1])
        felt = sum(
            micro(self.injustice(month, int(partner), sums))
            for partner in partners
            if self.felt(month, int(partner))
        )
        return felt / members / MICRO if members else 0.0

    def felt(self, month: int, partner: int) -> bool:
        """Return whether a partner was a member when members felt in a month."""
        now = int(self.film.end[month])
        left = self.film.partners["left_month"][now, partner] == month
        return self.film.was_member(now, partner) or bool(left)

    def feelings(self, month: int, sums: Sums, chat: float) -> dict[str, float]:
        """Return what moved motivation in a month.

        Returns
        -------
        the target, the parts that make it, the sudden change from accounts lost or gained, and
        from what was decided or happened since the month before
        """
        nothing = dict.fromkeys(("target", *PARTS, "lost_or_gained", "news"), 0.0)
        now = int(self.film.end[month])
        before = float(self.own["motivation"][now - 1])
        nothing["news"] = before - float(self.own["motivation"][self.film.end[month - 1]])
        if not self.felt(month, self.partner):
            return nothing
        given = self.moods(month, sums, chat)
        parts = {name: self.target(**{name: given[name]}) - self.target() for name in PARTS}
        target = self.target(**given)
        drifted = partners_do.believed(before, target, self.a.motivation_speed)
        jump = float(self.own["motivation"][now]) - drifted
        return {**nothing, "target": target, **parts, "lost_or_gained": jump}

    def moods(self, month: int, sums: Sums, chat: float) -> dict[str, float]:
        """Return what each part of motivation is worked out from."""
        programme, money = self.film.in_force(month), self.money(month, is_net=False)
        reference = float(self.own["reference_income"][self.film.end[month] - 1])
        days = partners_do.days_to_payout(
            programme.conduct.payout_days, programme.conduct.payout_threshold, reference
        )
        return {
            "injustice": self.injustice(month, self.partner, sums),
            "undeserved": self.at_stake(month) * money["income_without_work"] / money["income"]
            if money["income"]
            else 0.0,
            "income_swing": partners_do.income_swing(
                money["income"], reference, self.a.income_weight
            ),
            "chat": programme.conduct.chat_openness * chat,
            "payout": self.worth(days) / self.worth(30.0) - 1.0,
            "clarity": programme.complexity,
            "care": programme.conduct.care,
        }

    def at_stake(self, month: int) -> float:
        """Return how far the pay of an ordinary client is felt, 0-1."""
        return Reading(self.film, month, self.partner).at_stake

    def worth(self, days: float) -> float:
        """Return the worth now of a rouble paid after some days."""
        a = self.a
        return partners_do.payout_perception(
            days,
            bool(self.own["is_cash_constrained"][0]),
            a.partner_discount,
            a.present_bias,
            a.waiting_pain,
        )

    def target(
        self,
        injustice: float = 0.0,
        undeserved: float = 0.0,
        income_swing: float = 0.0,
        chat: float = 0.0,
        payout: float = 0.0,
        clarity: float = 0.0,
        care: float = 0.5,
    ) -> float:
        """Return the level to which motivation moves."""
        a = self.a
        return partners_do.motivation_target(
            injustice,
            undeserved,
            income_swing,
            chat,
            payout,
            clarity,
            care,
            a.motivation_base,
            a.guilt,
            a.chat_weight,
            a.speed_weight,
            a.clarity_weight,
            a.care_weight,
        )

    # --- what was paid and what happened -------------------------------------------------------

    def payments(self) -> pd.DataFrame:
        """Return every commission: month, account, role, rub, is_for_work."""
        book = self.book
        return pd.DataFrame(
            {
                "month": book["month"] - self.film.decision,
                "account": book["account"],
                "role": [ROLES[role] for role in book["role"]],
                "rub": book["kopecks"] / KOPECKS,
                "is_for_work": book["is_for_work"].astype(bool),
            }
        )

    def events(self, months: pd.DataFrame) -> list[Event]:
        """Return what happened, in order.

        Parameters
        ----------
        months : of `table`.
        """
        found: list[Event] = []
        for row in months.itertuples(index=False):
            month = int(row.month) + self.film.decision
            now = int(self.film.end[month])
            was, status = (PARTNER_STATUS[int(self.own["status"][at])] for at in (now - 1, now))
            if was == "potential" and status != was:
                found.append(Event(month, "joined", self.partner))
            if abs(row.news) >= FELT:
                found.append(Event(month, "news", facts={"motivation": row.news}))
            if abs(row.lost_or_gained) >= FELT:
                found.append(self.moved(month, row.lost_or_gained))
            if disputes := self.disputes(month):
                found.append(Event(month, "dispute", facts={"disputes": disputes}))
            if status != was and status in ("dormant", "left"):
                found.append(Event(month, status, self.partner, facts=self.mood(month, row)))
            elif was == "dormant" and status == "active":
                found.append(Event(month, "returned", self.partner))
        return [event._replace(month=event.month - self.film.decision) for event in found]

    def moved(self, month: int, jump: float) -> Event:
        """Return a sudden change of motivation, with the records that went and came."""
        now = int(self.film.end[month])
        stays = (self.film.accounts["status"][[now - 1, now]] == CLIENT).all(axis=0)
        before, after = (self.holds("partner_of_record", at) & stays for at in (now - 1, now))
        return Event(
            month,
            "lost_or_gained",
            facts={
                "motivation": jump,
                "records_lost": int((before & ~after).sum()),
                "records_gained": int((after & ~before).sum()),
            },
        )

    def disputes(self, month: int) -> int:
        """Return the disputes of a month, read off trust."""
        now, a = int(self.film.end[month]), self.a
        if not self.felt(month, self.partner) or a.dispute_harm == 0.0:
            return 0
        healed = partners_do.trust_after_month(
            float(self.own["trust"][now - 1]), 0, a.trust_speed, a.dispute_harm
        )
        return round((healed - float(self.own["trust"][now])) / a.dispute_harm)

    def mood(self, month: int, row: Any) -> dict[str, Any]:
        """Return what stood behind a rest or a farewell."""
        a, now = self.a, int(self.film.end[month])
        facts = {
            "motivation": float(row.motivation),
            "trust": float(row.trust),
            "income": float(row.income),
            "tenure": month - int(self.own["joined_month"][now]),
        }
        if self.own["status"][now] == LEFT:
            members = int(self.film.facts[month - 1, MEMBERS])
            exited = int(self.film.facts[month - 1, EXITED])
            facts["chance"] = partners_do.exit_chance(
                facts["motivation"],
                facts["trust"],
                int(facts["tenure"]),
                facts["income"],
                exited / members if members and month > 1 else 0.0,
                a.motivation_base,
                a.exit,
                a.early_exit,
                a.peer_exit,
                a.aspiration,
            )
        return facts


def felt_in_full(pay: Any, cost: Any) -> Any:
    """Return how far pay is felt against the cost of the work, as `felt` of the rules has it."""
    return np.minimum(np.maximum(pay, 0.0) / cost, 1.0)


def summary(months: pd.DataFrame, payments: pd.DataFrame) -> dict[str, Any]:
    """Return a partner's sums since the decision; money in RUB."""
    lived = months[months["month"] > 0]
    member = lived[lived["status"].isin(("active", "dormant"))]
    after = payments[payments["month"] > 0]
    served = float(lived["mrr_served"].sum())
    return {
        "status": str(lived["status"].iloc[-1]),
        "member_months": len(member),
        "earned": float(after["rub"].sum()),
        "earned_without_work": float(after.loc[~after["is_for_work"], "rub"].sum()),
        "mrr_served": served,
        "unpaid_share": float(lived["mrr_served_unpaid"].sum()) / served if served else 0.0,
        "motivation": float(member["motivation"].mean()),
        "motivation_end": float(member["motivation"].iloc[-1]) if len(member) else float("nan"),
        "trust_end": float(member["trust"].iloc[-1]) if len(member) else float("nan"),
    }
