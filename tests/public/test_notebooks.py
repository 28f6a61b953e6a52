"""Notebooks are short and kept without outputs; building the documentation runs them all."""

from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_short_and_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    assert len(notebook.cells) <= 15
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] for cell in code), "kept with outputs"


SIDES = ("npv", "income_active", "client_churn")
KNOWN = ("first_sale_lock", "client_choice", "split_reward", "recurring_forty")


def programme(name, is_found, status, gain):
    """A row of a frontier's table, of a programme that serves every side better or worse."""
    row = {"programme": name, "is_found": is_found, "status": status, "dominated_by": ""}
    for side in SIDES:
        better = -gain if side == "client_churn" else gain
        row |= {side: 1.0, f"{side}_difference": better}
        row |= {f"{side}_low": better - 0.1, f"{side}_high": better + 0.1}
    return row


@pytest.mark.parametrize(
    ("finds", "chosen"),
    [
        ([("p01", "frontier", 1.0), ("p02", "frontier", 2.0)], "p02: surely better"),
        ([("p01", "frontier", -0.2), ("p02", "dominated", -0.1)], "p01: on the frontier"),
        ([("p01", "dominated", -0.2), ("p02", "dominated", -0.1)], "p02: found"),
        ([], "client_choice: known before"),
    ],
)
def test_the_frontiers_notebook_goes_on_whoever_gains(finds, chosen, capsys):
    path = next(path for path in NOTEBOOKS if path.stem == "07-the-frontier")
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    rows = [programme(name, False, "dominated", -0.01 * n) for n, name in enumerate(KNOWN)]
    rows += [programme(name, True, status, gain) for name, status, gain in finds]
    names = {
        "pd": pd,
        "found": SimpleNamespace(
            table=pd.DataFrame(rows), scenario=SimpleNamespace(baseline="first_sale_lock")
        ),
        "narrate": lambda found, name: f"story of {name}",
    }
    for mark in ("serves_all = ", "gains.min("):
        (cell,) = [cell for cell in cells if mark in cell]
        exec(cell, names)  # the notebook's own code
    told = capsys.readouterr().out
    assert told.startswith(chosen)
    assert f"story of {names['chosen']}" in told


def test_pictures_go_on_being_shown_after_the_first():
    cells = [
        "from sim import plots, simulate",
        "months = simulate(partners=20, clients=200, years=1, burn_in=12).months",
        'plots.trajectories(months, "clients");',
        "import matplotlib.pyplot as plt\nplt.subplots();",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    for cell in notebook.cells[2:]:
        assert any("image/png" in output.get("data", {}) for output in cell.outputs)
