"""The documentation's build notices a link that leads nowhere."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def find():
    spec = importlib.util.spec_from_file_location("dead_links", DOCS / "dead_links.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dead_links


@pytest.fixture
def site(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.html").write_text("<h1 id='ставка'>A</h1>", encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    "good",
    [
        "<a href='docs/index.html'>",
        "<a href='docs/'>",
        "<a href='docs/index.html#%D1%81%D1%82%D0%B0%D0%B2%D0%BA%D0%B0'>",
        "<a href='#'>",
        "<a href='?q=rate#here'><p id='here'>",
        "<img src='picture.png'>",
        "<a href='https://example.org/nowhere#at-all'>",
        "<a href='mailto:nobody'>",
    ],
)
def test_what_leads_somewhere_is_not_told(find, site, good):
    (site / "page.html").write_text(good, encoding="utf-8")
    assert find(site) == []


@pytest.mark.parametrize(
    ("dead", "why"),
    [
        ("<a href='docs/no.html'>", "docs/no.html: no such file"),
        ("<a href='docs/index.html#rate'>", "docs/index.html#rate: no such place on it"),
        ("<a href='#here'>", "#here: no such place on it"),
        ("<img src='no.png'>", "no.png: no such file"),
        ("<a href='/docs/index.html'>", "/docs/index.html: no such file"),
    ],
)
def test_what_leads_nowhere_is_told_with_its_page(find, site, dead, why):
    (site / "page.html").write_text(dead, encoding="utf-8")
    assert find(site) == [f"page.html: {why}"]
