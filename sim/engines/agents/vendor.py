"""The vendor: its programme, and how partners feel about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from sim.engines.agents.contract import Contract
from sim.rules import prospectus, vendor
from sim.world.programme import Programme
from sim.world.units import MICRO

if TYPE_CHECKING:
    from sim.engines.agents.client import Client
    from sim.engines.model import PartnerMarket


class Vendor(mesa.Agent):
    """The vendor: its programme, its standing among partners, its books."""

    model: PartnerMarket

    def __init__(self, model: PartnerMarket, programme: Programme) -> None:
        super().__init__(model)
        self.reputation = model.assumptions.motivation_base
        self.chat_grievance = 0.0
        self.peers_leaving = 0.0
        self.heard_losses = 0.0
        self.former_contract = Contract(programme.policy)
        """of clients won up to ``former_month``, until ``former_until``"""
        self.former_month = self.former_until = -1
        self.adopt(programme)

    def adopt(self, programme: Programme) -> None:
        """Put a programme into force and work out what it promises partners."""
        a = self.model.assumptions
        self.programme = programme
        self.policy = programme.policy
        self.contract = Contract(programme.policy)
        self.conduct = programme.conduct
        outlook = prospectus.outlook_of(a, self.conduct.clawback_months)
        self.streams, self.streams_after_year, self.open_share = prospectus.promised_streams(
            self.policy, outlook
        )
        self.cost_of_member = vendor.programme_cost(
            self.conduct.care,
            self.conduct.training,
            self.conduct.registry,
            a.member_cost,
            a.care_cost,
            a.training_cost,
            a.registry_cost,
        )
        self.payout_lag = vendor.payout_months(self.conduct.payout_days)

    def keep_former_contract(self, months: int) -> None:
        """Let clients won so far keep the contract in force for so long."""
        month = self.model.month
        self.former_contract = self.contract
        self.former_month, self.former_until = month, month + months

    def contract_for(self, client: Client) -> Contract:
        """Return the contract that holds for a client this month: the new or the former."""
        return self.former_contract if self.keeps_former_contract(client) else self.contract

    def keeps_former_contract(self, client: Client) -> bool:
        """Return whether a client was won before and keeps the former contract this month."""
        is_old = client.won_month <= self.former_month
        return is_old and self.model.month <= self.former_until

    def listen(self, grievance: int, exits: int, lost_mrr: int, held_mrr: int) -> None:
        """Take stock of how partners feel at the end of the month, for all to hear.

        Parameters
        ----------
        grievance : summed over members, millionths.
        """
        month = self.model.tally
        members = month["members"]
        self.reputation = (
            month["motivation"] / members / MICRO
            if members
            else self.model.assumptions.motivation_base
        )
        self.chat_grievance = grievance / members / MICRO if members else 0.0
        self.peers_leaving = exits / members if members else 0.0
        self.heard_losses = lost_mrr / (held_mrr + lost_mrr) if held_mrr + lost_mrr else 0.0
