"""The report: one page of HTML that holds everything, read from a result folder alone."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from sim.present import departures
from sim.present.i18n import N_, _, decimal, language, named, speaking
from sim.present.numbers import amount, bare_change, counted
from sim.present.plots import SHOWN, colours
from sim.questions.compare import words as findings
from sim.questions.compare.report import charts, robust, tables, terms
from sim.questions.compare.report.account import Story, save_story, story_worth_telling
from sim.questions.compare.report.charts import Row
from sim.questions.compare.report.read import Result, read
from sim.questions.robustness.words import can_flip
from sim.study.files import write_whole
from sim.study.indicators import BY_NAME
from sim.world.departures import Departure

__all__ = [
    "is_report",
    "name_in",
    "page",
    "read",
    "save",
    "save_story",
    "story_worth_telling",
]
MARK = b'<meta name="generator" content="partnersim">'
FOLDER = Path(__file__).parent
SIDES = (
    ("vendor", N_("The vendor"), "npv"),
    ("active", N_("Active partners, who like to serve"), "income_active"),
    ("passive", N_("Passive partners, who would rather only bring clients"), "income_passive"),
    ("clients", N_("Clients"), "client_churn"),
)
"""Who gains and who loses: id, name and indicator."""
NUMBER_AND_UNIT = re.compile(r"(?<=[0-9]) (?=(?:%|RUB|[Mk]\b|bn\b|руб|млн|млрд|тыс|п\. п\.))")
NO_BREAK = "\N{NO-BREAK SPACE}"


def name_in(code: str) -> str:
    """Return what the report in a language is called in a result folder."""
    return "report.html" if code == "en" else f"report-{code}.html"


def save(folder: Path, code: str) -> None:
    """Write the report on a result folder into it.

    Parameters
    ----------
    code : of the language, such as "en".

    Raises
    ------
    sim.world.errors.BadInput
        If the folder holds no comparison, or the language is not spoken.
    OSError
        If the file cannot be written.
    """
    write_whole(folder / name_in(code), page(read(folder), code).encode())


def is_report(path: Path) -> bool:
    """Return whether a file is a report, of whatever study."""
    return path.is_file() and MARK in path.read_bytes()[:1_000]


def page(result: Result, code: str) -> str:
    """Return the page in a language; the same for the same folder."""
    with speaking(code):
        loader = jinja2.FileSystemLoader(FOLDER)
        environment = jinja2.Environment(
            loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )  # fmt: skip
        environment.filters["marked"] = tables.marked
        environment.globals |= {"_": _, "named": named}
        style = Markup((FOLDER / "style.css").read_text(encoding="utf-8"))
        text = environment.get_template("page.html").render(style=style, **told(result))
    return NUMBER_AND_UNIT.sub(NO_BREAK, text)


def told(result: Result) -> dict[str, Any]:
    """Return everything the page says."""
    inputs, manifest = result.inputs, result.manifest
    palette = colours([result.baseline, *result.others], result.baseline)
    basis = manifest.get("basis")
    described = {each["name"]: terms.on_basis(each, basis) for each in inputs["programmes"]}
    question, provenance = manifest["question"], manifest["provenance"]
    has_robustness = {"best", "beats"} <= set(result.robustness)
    return {
        "lang": language.get(),
        "question": _(question),
        "setting": setting(inputs),
        "programmes": [
            {
                "name": named(name),
                "id": name,
                "colour": palette[name],
                "is_baseline": name == result.baseline,
                "summary": terms.summary(described[name]),
                "rate": terms.rate(described[name]),
                "terms": terms.unusual(described[name]),
                "changes": [
                    {
                        "month": change["month"] + 1,
                        "summary": terms.summary(change),
                        "terms": terms.unusual(change),
                    }
                    for change in described[name]["changes"]
                ],
                "incidents": len(described[name]["incidents"]),
            }
            for name in [result.baseline, *result.others]
            if name in described
        ],
        "answer": findings.answer(result.comparison),
        "closing": robust.closing(result) if has_robustness else left_out(result),
        "condition": findings.condition(result.comparison) if result.others else "",
        "differing": differing(result.own),
        "sides": sides(result, palette) if result.others else [],
        "results": tables.comparison(result.comparison, result.baseline, result.others),
        "trajectories": trajectories(result),
        "robustness": {
            "pictures": robust.pictures(result),
            "beats": robust.beats(result),
            "flips": robust.flips(result),
            "can_flip": any(can_flip(row) for _, row in result.robustness["beats"].iterrows()),
            "worlds": int(result.robustness["best"]["worlds"].max()),
        }
        if has_robustness
        else None,
        "story": None if result.story is None else account(result.story, result),
        "provenance": _(provenance),
        "incumbent": terms.unusual(inputs["incumbent"]),
        "departures": departures.items(result.own),
        "assumptions": tables.assumptions(manifest["assumptions"], result.own),
        "assumed": assumed(result),
        "assumptions_count": len(manifest["assumptions"]),
        "method": method(manifest),
        "manifest": manifest,
        "versions": ", ".join(f"{name} {number}" for name, number in manifest["versions"].items()),
        "is_on_a_basis": bool(basis),
        "repeat": manifest["repeat"].partition(" (")[0],
    }


def left_out(result: Result) -> str:
    """Return the sentence that says that nobody looked in other worlds, if so."""
    return _(departures.LEFT_OUT) if result.manifest["other_worlds_left_out"] else ""


def differing(own: list[Departure]) -> str:
    """Return the sentence on how much is not as shipped, if anything is."""
    if not own:
        return ""
    return _(
        "Numbers that differ from the shipped assumptions: {number}. Under “What it rests on” each "
        "stands with who states it and with what is shipped."
    ).format(number=len(own))


def assumed(result: Result) -> int:
    """Return how many of the shipped numbers are wholly or partly assumptions of ours."""
    own = {one.name for one in result.own}
    return sum(
        is_assumed(each["source"])
        for each in result.manifest["assumptions"]
        if each["name"] not in own
    )


def is_assumed(source: str) -> bool:
    """Return whether a source says that a number is an assumption of ours.

    >>> is_assumed("S1: full service; A"), is_assumed("F Albers 2010")
    (True, False)
    """
    return re.search(r"\bA\b", source) is not None


def setting(inputs: dict[str, Any]) -> str:
    """Return the sentence on the market and the time."""
    return _(
        "Simulated on the market “{market}”: {partners} potential partners, {clients} accounts; "
        "{past} under the programme “{incumbent}”, then {years} under each programme."
    ).format(
        market=named(inputs["market"]),
        partners=decimal(inputs["partners"], 0),
        clients=decimal(inputs["clients"], 0),
        past=counted(inputs["burn_in_months"], "month"),
        incumbent=named(inputs["incumbent"]["policy"]),
        years=counted(inputs["years"], "year"),
    )


def method(manifest: dict[str, Any]) -> str:
    """Return the paragraph on how the figures were made."""
    return _(
        "Each programme was simulated with {seeds} of luck. A run decides month by month what "
        "every partner and every client does; the programmes meet the same luck, so that a "
        "difference between two of them is theirs and not chance's. Differences are taken run by "
        "run; the intervals hold their mean with 95 % confidence (Student's t)."
    ).format(seeds=counted(len(manifest["seeds"]), "draw"))


def sides(result: Result, palette: dict[str, str]) -> list[dict[str, str]]:
    """Return, for each side, a picture of what each programme changes for it."""
    table = result.comparison.set_index(["indicator", "programme"])
    found: dict[str, list[Row]] = {}
    for side, _name, indicator in SIDES:
        declared = BY_NAME[indicator]
        found[side] = []
        for name in result.others:
            row = table.loc[(indicator, name)]
            base = row.level - row.difference
            if not base or math.isnan(row.difference):
                continue
            shares = [declared.better * value / base for value in (row.low, row.high)]
            label = bare_change(row.difference / base, row.low / base, row.high / base, 1.0,
                                "share of baseline")  # fmt: skip
            found[side].append(
                Row(named(name), palette[name], declared.better * row.difference / base,
                    min(shares), max(shares), f"{label} %")
            )  # fmt: skip
    ends = [
        end for rows in found.values() for row in rows for end in (row.value, row.low, row.high)
    ]
    ends = [end for end in ends if math.isfinite(end)]
    limits = min([0.0, *ends]), max([0.01, *ends])
    return [
        side_of(result, side, name, indicator, found[side], limits)
        for side, name, indicator in SIDES
        if found[side]
    ]


def side_of(
    result: Result,
    side: str,
    name: str,
    indicator: str,
    rows: list[Row],
    limits: tuple[float, float],
) -> dict[str, str]:
    """Return one side's picture with its title."""
    declared = BY_NAME[indicator]
    base = result.comparison[
        (result.comparison["indicator"] == indicator)
        & (result.comparison["programme"] == result.baseline)
    ].iloc[0]
    measured = _("{indicator}: {level} under the baseline").format(
        indicator=_(declared.title), level=amount(base.level, declared.unit)
    )
    if declared.better < 0:
        measured += _("; less is better and lies to the right")
    alt = f"{_(name)}. {measured}. " + "; ".join(f"{row.name}: {row.label}" for row in rows)
    return {
        "title": _(name),
        "measured": measured,
        "svg": charts.rows(f"side-{side}", alt, rows, limits),
    }


def trajectories(result: Result) -> list[dict[str, str]]:
    """Return a picture of each main indicator month by month."""
    drawn = []
    for column, title, divisor, unit in SHOWN:
        alt = _("{title}, month by month, under each programme").format(title=_(title))
        drawn.append(
            {
                "title": _(title),
                "unit": _(unit),
                "svg": charts.trajectory(
                    f"months-{column}", alt, result.months, result.baseline, column, divisor
                ),
            }
        )
    return drawn


def account(story: Story, result: Result) -> dict[str, Any]:
    """Return what the page tells of one account."""
    names = list(story.summary["programme"])
    code = language.get()
    return {
        "title": _("Account {number}, luck {seed}").format(number=story.number, seed=story.seed),
        "why": story.why[code],
        "table": tables.account(story),
        "lanes": [
            {
                "title": named(name),
                "svg": charts.lanes(
                    f"lane-{place}",
                    _("Who served and who was partner of record under {name}").format(
                        name=named(name)
                    ),
                    story,
                    name,
                ),
            }
            for place, name in enumerate(names)
        ],
        "told": [
            (heading, [(_(title), text) for title, text in sections])
            for heading, sections in story.told[code]
        ],
    }
