"""The figures of the documents are what the results say; all of them, in a slow test."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

import sim
from sim.present.numbers import amount

DOCS = Path(__file__).parents[2] / "docs"
SHIPPED = (DOCS / "results.md").read_text(encoding="utf-8")
SMALL = {"partners": 20, "clients": 200, "years": 1}
FEW = {"At an equal budget": {"seeds": 2}, "In plausible worlds": {"worlds": 4}}
QUICK = ("At one rate", "What Synergy's clauses carry")


def results_module():
    spec = importlib.util.spec_from_file_location("results", DOCS / "results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


results = results_module()


def chapter_of(text: str, title: str) -> str:
    """Return a chapter of the page."""
    (chapter,) = re.findall(rf"^(## {re.escape(title)}\n.*?)(?=^## |\Z)", text, flags=re.M | re.S)
    return chapter.strip()


def rows(chapter: str) -> list[str]:
    """Return what the rows of a chapter's table are of."""
    return re.findall(r"^\| ([^|]+) \|", chapter, flags=re.M)


def test_the_page_has_its_chapters_and_no_others():
    assert SHIPPED.startswith(results.HEADER)
    assert re.findall(r"^## (.+)$", SHIPPED, flags=re.M) == list(results.CHAPTERS)


@pytest.mark.parametrize("title", FEW)
def test_a_chapter_has_the_rows_that_are_shipped(title):
    made = results.chapter(title, **SMALL, **FEW[title])
    shipped = chapter_of(SHIPPED, title)
    assert rows(made) == rows(shipped)
    assert made.splitlines()[:3] == shipped.splitlines()[:3]


def test_a_table_says_what_python_says():
    ask = {**SMALL, "seeds": 2}
    made = results.chapter("At one rate", **ask)
    found = sim.compare(basis="rate", **ask).set_index(["programme", "indicator"])
    for name in ("first_sale_lock", "split_reward"):
        (line,) = re.findall(rf"^\| {name} \| (.+)$", made, flags=re.M)
        row = found.loc[(name, "npv")]
        assert line.startswith(amount(row.level, row.unit))


@pytest.mark.slow
@pytest.mark.parametrize("title", results.CHAPTERS)
def test_the_page_is_what_is_found(title):
    if os.environ.get("PARTNERSIM_SLOW") == "reduced" and title not in QUICK:
        pytest.skip("some minutes; not with PARTNERSIM_SLOW=reduced")
    assert results.chapter(title).strip() == chapter_of(SHIPPED, title)
