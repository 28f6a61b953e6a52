"""The policies of which everything is settled, and what another one waits for.

Tests find a new policy by themselves, and hold it to what any contract owes. What takes somebody's
decision (a second reading, words in Russian) is told instead, a line each, and is no fault:

    python -m tests.settled

Once nothing is told of a policy, its name is put here, and from then on all of it is held.
"""

from pathlib import Path

from babel.messages.pofile import read_po

from policies.registry import available
from sim.present.i18n import FOLDER
from sim.present.i18n.texts import of_policy
from sim.questions.decompose.ask import EQUAL
from tests.second_reading.settlement import READINGS

SETTLED = (
    "active_servicer",
    "clauses",
    "client_choice",
    "first_sale_lock",
    "inactivity_release",
    "no_reward",
    "recurring_forty",
    "split_reward",
)
CONTRACTS = tuple(sorted({*SETTLED} - {"clauses"}))
"""Policies that are one contract each; of clauses, a council reads those that it agrees on."""
ODD = Path(__file__).parents[1] / "docs" / "odd.md"


def waiting(name: str) -> list[str]:
    """Return what a policy waits for, a line each."""
    with (FOLDER / "ru.po").open("rb") as file:
        russian = read_po(file, locale="ru")
    found = {text: russian.get(text.one, text.context or None) for text in of_policy(name)}
    lacking = [text for text in found if text.one and not (found[text] and found[text].string)]
    lacks = {
        "a second reading, by somebody who has not seen its code: "
        "tests/second_reading/settlement.py": name not in READINGS,
        "the same contract in clauses, for `decompose`: EQUAL in sim/questions/decompose/ask.py, "
        "IN_CLAUSES in tests/laws/test_inert_changes.py": name not in {*EQUAL, "clauses"},
        f"{len(lacking)} texts in Russian: python -m sim.present.i18n": bool(lacking),
        "a row in the ODD: docs/odd.md, 7.1": name not in ODD.read_text(encoding="utf-8"),
        "being settled: its name in tests/settled.py": name not in SETTLED,
    }
    return [f"{name} waits for {what}" for what, is_lacking in lacks.items() if is_lacking]


if __name__ == "__main__":
    told = [line for name in available() for line in waiting(name)]
    print(*(told or ["All policies are settled."]), sep="\n")
