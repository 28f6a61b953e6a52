"""The Mesa agents: partners, clients and the vendor. They decide by calling sim/rules/.

Each method is one decision, so a researcher can subclass an agent and change just that one.
A phase reads what the phase before it wrote; the order of agents within a phase is irrelevant.
"""

from sim.engines.agents.client import Client
from sim.engines.agents.partner import Partner
from sim.engines.agents.vendor import Vendor

__all__ = ["Client", "Partner", "Vendor"]
