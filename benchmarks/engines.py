"""Time both engines side by side on the same market: `python benchmarks/engines.py`.

Prints a table and writes `benchmarks/engines.json`. Each round runs every engine once, in turn, so
that ratios hold when the machine's speed drifts; figures are medians over rounds.
"""

import json
import platform
import statistics
import time
from pathlib import Path

from sim.engines.build import build
from sim.world import scenario
from sim.world.programme import programme

ROUNDS = 5
BURN_IN, STUDIED = 60, 24


def timed(engine: str, policy: str) -> tuple[float, str, int]:
    """Return seconds of the months studied, the run's digest and its client-months."""
    usual = scenario.load()
    market = build(
        engine,
        partners=usual.partners,
        clients=usual.clients,
        seed=1,
        assumptions=usual.assumptions,
        incumbent=usual.incumbent,
        keep_ledger=False,
    )
    market.advance(BURN_IN)
    market.adopt(programme(policy))
    market.advance(1)
    started = time.perf_counter()
    market.advance(STUDIED)
    seconds = time.perf_counter() - started
    outcome = market.outcome()
    return seconds, outcome.digest(), int(outcome.months[-STUDIED:, 1].sum())


def main() -> None:
    """Measure, print and write."""
    rows = []
    for policy in ("first_sale_lock", "client_choice", "split_reward"):
        timed("compiled", policy)  # compile first
        rounds = [(timed("mesa", policy), timed("compiled", policy)) for _ in range(ROUNDS)]
        assert all(mesa[1] == compiled[1] for mesa, compiled in rounds), "different results"
        client_months = rounds[0][0][2]
        rows.append(
            {
                "policy": policy,
                "client_months": client_months,
                "mesa_us": statistics.median(m[0] for m, _ in rounds) / client_months * 1e6,
                "compiled_us": statistics.median(c[0] for _, c in rounds) / client_months * 1e6,
                "ratio": statistics.median(m[0] / c[0] for m, c in rounds),
            }
        )
    print(f"{'policy':20}{'Mesa µs':>10}{'compiled µs':>13}{'ratio':>8}   per client-month")
    for row in rows:
        print(
            f"{row['policy']:20}{row['mesa_us']:>10.2f}{row['compiled_us']:>13.3f}"
            f"{row['ratio']:>8.0f}"
        )
    found = {"rounds": ROUNDS, "machine": platform.machine(), "rows": rows}
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
