"""Notebooks are short and kept without outputs; building the documentation runs them all."""

from pathlib import Path

import nbformat
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
