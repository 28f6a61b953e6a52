"""The commands `policies`, `scenarios` and `assumptions`: what there is."""

from __future__ import annotations

from sim.cli.shared import (
    Json,
    Market,
    Quiet,
    command,
    listing,
)


@command("[bold]partnersim policies[/bold] · [bold]partnersim policies --json[/bold]")
def policies(as_json: Json = False, quiet: Quiet = False) -> None:
    """List the policies and their terms."""
    from policies import registry

    rows = [registry.describe(name) for name in registry.available()]
    listing(
        rows,
        {"name": "policy", "summary": "what it says", "terms": "terms (default, range)"},
        as_json,
        quiet,
        {"terms": registry.spell_terms},
    )


@command("[bold]partnersim scenarios[/bold] · [bold]partnersim scenarios --quiet[/bold]")
def scenarios(as_json: Json = False, quiet: Quiet = False) -> None:
    """List the scenarios that are shipped."""
    from sim.world import scenario

    rows = [scenario.describe_shipped(name) for name in scenario.shipped()]
    listing(
        rows,
        {
            "name": "scenario",
            "question": "question",
            "market": "market",
            "programmes": "programmes",
        },
        as_json,
        quiet,
        {"programmes": ", ".join},
    )


@command(
    "[bold]partnersim assumptions[/bold] · [bold]partnersim assumptions --market messenger "
    "--json[/bold]"
)
def assumptions(market: Market = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """List every assumption: value, unit, range, source and what it means."""
    from sim.world import scenario
    from sim.world.departures import catalogue

    chosen = scenario.load(market=market) if market else None
    rows = catalogue(chosen)
    if not (as_json or quiet):
        from sim.present.departures import sourced

        own = {one.name: sourced(one) for one in chosen.departures} if chosen else {}
        rows = [
            {
                **row,
                "range": f"{row['low']:g} – {row['high']:g}",
                "source": own.get(row["name"], row["source"]),
            }
            for row in rows
        ]
    listing(
        rows,
        {
            "name": "name",
            "value": "value",
            "unit": "unit",
            "range": "range",
            "source": "source",
            "meaning": "meaning",
        },
        as_json,
        quiet,
        {},
    )
