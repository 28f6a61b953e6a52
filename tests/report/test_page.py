"""The page is whole, stands alone, and says what the tables say, in either language."""

import itertools
import json
import math
import re
import shutil
from dataclasses import replace

import html5lib
import pytest

from sim.present.i18n import named, speaking
from sim.present.numbers import amount, bare_change, bare_interval
from sim.questions.bundle.inert import alive
from sim.questions.compare import report
from sim.questions.compare.report import charts, tables, terms
from sim.questions.compare.report.read import read
from sim.study import folder
from sim.study.indicators import BY_NAME
from sim.world import scenario as scenarios
from sim.world.errors import BadInput
from sim.world.programme import programme

LANGUAGES = ("en", "ru")

SECTIONS = [
    "answer", "sides", "trajectories", "robustness", "story", "assumptions-section", "method",
]  # fmt: skip
NAMES = {
    "NPV", "LTV", "HubSpot", "Shopify", "Radist", "Online", "Ulei", "UIS", "Zadarma", "Umnico",
    "amoCRM", "Microsoft", "IDC", "IZA", "DP", "LIMRA", "Shi", "Schmitz", "Adams", "Sunder",
    "Hortaçsu", "Madanizadeh", "Puller", "Nunnari", "Pozzi", "Breza", "Kaur", "Shamdasani", "Brown",
    "Imai", "Vieider", "Camerer", "Kube", "Maréchal", "Puppe", "Kim", "Sudhir", "Uetake", "Canales",
    "Albers", "Mantrala", "Sridhar", "Holmström", "Milgrom",
}  # fmt: skip
"""Words that are Latin in Russian, too: names of firms and authors, and two abbreviations."""
LATIN = re.compile(r"[A-Za-zÀ-ɏ]{2,}")


def tree(page):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def local(element):
    """Return an element's tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def words_of(element):
    """Return the text that a reader sees or hears, without ids in code's letters."""
    if local(element) in ("style", "code"):
        return element.tail or ""
    inner = "".join(words_of(child) for child in element)
    said = [element.text, element.get("aria-label"), element.get("alt"), element.get("title")]
    return " ".join([*(each for each in said if each), inner, element.tail or ""])


def cells(page, table):
    found = tree(page).find(f".//*[@id='{table}']")
    return [
        ["".join(each.itertext()) for each in row if each.tag in ("td", "th")]
        for row in found.findall(".//tbody/tr")
    ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_valid_html_with_ids_of_their_own(pages, code):
    page = tree(pages[code])
    assert page.get("lang") == code
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in page.iter():
        for reference in re.findall(r"url\(#([^)]*)\)", " ".join(element.attrib.values())):
            assert reference in ids
        if "href" in "".join(element.attrib):
            assert all(
                value[1:] in ids for key, value in element.attrib.items() if "href" in str(key)
            )


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_needs_nothing_from_elsewhere(pages, code):
    page = tree(pages[code])
    tags = {local(element) for element in page.iter()}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert "http" not in pages[code]
    assert "@import" not in pages[code]
    assert not re.search(r"url\((?!#)", pages[code])


@pytest.mark.parametrize("code", LANGUAGES)
def test_its_sections_stand_in_order(pages, code):
    page = tree(pages[code])
    found = [section.get("id") for section in page.iter("section")]
    assert found == SECTIONS
    assert len(list(page.iter("h1"))) == 1
    for section in page.iter("section"):
        assert section[0].tag == "h2"


@pytest.mark.parametrize("code", LANGUAGES)
def test_headings_skip_no_level_and_pictures_say_what_they_show(pages, code):
    page = tree(pages[code])
    levels = [int(e.tag[1]) for e in page.iter() if re.fullmatch(r"h[1-6]", str(e.tag))]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    pictures = [element for element in page.iter() if local(element) == "svg"]
    assert len(pictures) >= 4 + 6 + 3 + 4
    for picture in pictures:
        assert picture.get("role") == "img"
        assert len(picture.get("aria-label")) > 10


@pytest.mark.parametrize("code", LANGUAGES)
def test_tables_have_headers_for_rows_and_columns(pages, code):
    for table in tree(pages[code]).iter("table"):
        scopes = {head.get("scope") for head in table.iter("th")}
        assert scopes == {"col", "row"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_of_the_table_is_the_comparisons(pages, result, code):
    rows = result.comparison.set_index(["indicator", "programme"])
    found = cells(pages[code], "results")
    assert len(found) == len(tables.INDICATORS)
    names = [result.baseline, *result.others]
    with speaking(code):
        for indicator, (_title, *told) in zip(tables.INDICATORS, found, strict=True):
            unit = BY_NAME[indicator].unit
            for name, text in zip(names, told, strict=True):
                row = rows.loc[(indicator, name)]
                level = amount(row.level, unit)
                beside = bare_interval(row.level_low, row.level_high, row.level, unit)
                if name != result.baseline:
                    base = row.level - row.difference
                    beside = bare_change(row.difference, row.low, row.high, base, unit)
                    beside = "" if math.isnan(row.difference) else beside
                assert normal(text) == normal(f"{level} {beside}")


def normal(text):
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_assumption_stands_there_with_value_range_and_source(pages, result, code):
    found = cells(pages[code], "assumptions")
    assert len(found) == len(result.manifest["assumptions"])
    for each, (title, value, bounds, source) in zip(
        result.manifest["assumptions"], found, strict=True
    ):
        assert title.endswith(each["name"])
        assert value
        assert "–" in bounds
        assert source


@pytest.fixture(scope="module")
def stated(result):
    """A comparison whose scenario, market and file of assumptions all state numbers."""
    asked = scenarios.load("ulei-from-zero", "messenger", "calibrated")
    return replace(
        result,
        manifest={
            **result.manifest,
            **folder.what_differs(asked._replace(clients=900)),
            "other_worlds_left_out": True,
        },
        robustness={},
    )


@pytest.mark.parametrize(
    ("code", "stands"),
    [
        (
            "en",
            {
                "arpa": "stated by this scenario; shipped: 10,000",
                "direct_pull": "stated by the market messenger; shipped: 1",
                "exit": "stated by the assumptions file calibrated; shipped: 0.006",
            },
        ),
        (
            "ru",
            {
                "arpa": "указано в этом сценарии; по умолчанию 10 000",
                "direct_pull": "указано в описании рынка «мессенджеры»; по умолчанию 1",
                "exit": "указано в файле допущений calibrated; по умолчанию 0,006",
            },
        ),
    ],
)
def test_a_number_of_ones_own_stands_with_who_states_it_and_the_default(stated, code, stands):
    page = report.page(stated, code)
    by_name = {each["name"]: each for each in stated.manifest["assumptions"]}
    sources = {
        name: normal(row[-1]) for name, row in zip(by_name, cells(page, "assumptions"), strict=True)
    }
    own = {one.name for one in stated.own}
    assert {name: sources[name] for name in stands} == stands
    is_stated = "stated by" if code == "en" else "указано в"
    assert {name for name in sources if is_stated in sources[name]} == own & set(sources)
    text = normal(words_of(tree(page)))
    assert f": {len(own)}." in text
    assert ("the market's own: 1,500" if code == "en" else "в описании рынка 1 500") in text
    left_out = "Other plausible worlds were left out"
    assert (left_out if code == "en" else "Другие правдоподобные миры не рассматр") in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_where_nothing_is_of_ones_own_nothing_is_said_to_be(result, code):
    manifest = {**result.manifest, **folder.what_differs(scenarios.load())}
    text = normal(words_of(tree(report.page(replace(result, manifest=manifest), code))))
    assert ("Nothing does." if code == "en" else "Ничего.") in text
    assert "stated by" not in text
    assert "указано в" not in text


def test_terms_stand_with_the_usual_ones_beside_those_of_the_scenario():
    told = folder.describe(programme("paid_more", "first_sale_lock", rate=0.25, care=0.8))
    with speaking("en"):
        lines = terms.unusual(told)
        usual = terms.unusual(folder.describe(programme("first_sale_lock")))
    assert any(line.endswith("25 % (`rate`; usually 20 %)") for line in lines)
    assert any("(`care`; usually " in line for line in lines)
    assert not any("usually" in line for line in usual)


def test_the_russian_page_has_no_english_words(pages, stated):
    for page in (pages["ru"], report.page(stated, "ru")):
        told = words_of(tree(page))
        labels = " ".join(re.findall(r'content:"([^"]*)"', page))
        foreign = {word for word in LATIN.findall(f"{told} {labels}") if word not in NAMES}
        assert not foreign - {"calibrated"}  # the name of a file


def test_the_english_page_has_no_russian_words(pages):
    assert not re.search("[а-яё]", words_of(tree(pages["en"])), re.IGNORECASE)


def test_numbers_are_written_as_the_language_does(pages):
    assert re.search(r"\d,\d", "".join(cells(pages["ru"], "results")[3][1:]))
    assert re.search(r"\d\.\d", "".join(cells(pages["en"], "results")[3][1:]))


def test_the_same_folder_gives_the_same_bytes(results, pages):
    for code in LANGUAGES:
        assert report.page(read(results), code) == pages[code]


def test_what_was_not_found_is_left_out(results, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("manifest.json", "comparison.parquet", "months.parquet"):
        shutil.copy(results / name, bare / name)
    page = report.page(read(bare), "en")
    found = [section.get("id") for section in tree(page).iter("section")]
    assert found == [name for name in SECTIONS if name not in ("robustness", "story")]


def test_texts_of_strangers_stay_texts(results, tmp_path):
    hostile = tmp_path / "hostile"
    shutil.copytree(results, hostile)
    manifest = json.loads((hostile / "manifest.json").read_text(encoding="utf-8"))
    manifest["question"] = "<script>alert(1)</script>"
    manifest["provenance"] = "`<script>`alert(2)"
    manifest["assumptions"][0]["meaning"] = '<img src="http://elsewhere">'
    market = scenarios.of_market("<script>", scenarios.read_market("messenger"))
    own = scenarios.load(market="messenger")._replace(market="<script>", stated=(market,))
    manifest |= folder.what_differs(own)
    (hostile / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    page = tree(report.page(read(hostile), "en"))
    assert not [e for e in page.iter() if local(e) in ("script", "img")]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda place: (place / "comparison.parquet").unlink(), "comparison.parquet is missing"),
        (lambda place: (place / "months.parquet").write_bytes(b"no"), "cannot be read"),
        (lambda place: (place / "manifest.json").write_text("{"), "cannot be read"),
        (lambda place: (place / "manifest.json").write_text("[]"), "cannot be read"),
        (lambda place: (place / "story.json").write_text("{}"), "cannot be read"),
        (lambda place: shutil.rmtree(place), "no such folder"),
    ],
)
def test_a_folder_that_holds_no_comparison_is_told_of(results, tmp_path, spoil, told):
    spoilt = tmp_path / "spoilt"
    shutil.copytree(results, spoilt)
    spoil(spoilt)
    with pytest.raises(BadInput, match=told):
        read(spoilt)


def test_a_language_that_is_not_spoken_is_refused(result):
    with pytest.raises(BadInput, match="en, ru"):
        report.page(result, "de")


def test_programmes_have_a_name_in_either_language(pages):
    for code in LANGUAGES:
        heads = words_of(tree(pages[code]).find(".//header"))
        with speaking(code):
            for studied in scenarios.load().programmes:
                assert named(studied.name) in normal(heads)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_does_nothing_but_show_itself(pages, code):
    assert alive("report.html", pages[code].encode()) == ""


def test_text_in_a_colour_is_legible():
    for colour in ("#333333", "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9"):
        light = charts.luminance(charts.legible(colour))
        assert 1.05 / (light + 0.05) >= 4.5
