"""No text reaches a spreadsheet as a formula, whatever it takes for the end of a cell."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.folder import save_tables
from sim.study.harmless import tamed_text

FORMULA = re.compile(r"[\s\x00-\x20\"]*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"-?\d+(\.\d*)?")
TEXTS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", '"=1', "'=1", "a;=1", "x\n=1"]


def cells(path, delimiter):
    text = path.read_text(encoding="utf-8")
    return [
        cell
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for cell in line
    ]


def is_formula(cell):
    return bool(FORMULA.match(cell)) and not NUMBER.fullmatch(cell.strip('"'))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_a_written_table_is_a_formula(tmp_path, delimiter):
    table = pd.DataFrame({"programme": TEXTS, "=column": pd.Categorical(TEXTS)})
    save_tables(tmp_path, {"table": table})
    assert not [cell for cell in cells(tmp_path / "table.csv", delimiter) if is_formula(cell)]
    assert list(pd.read_parquet(tmp_path / "table.parquet")["programme"]) == TEXTS


@given(text=st.text("=+-@;,\t\r\n \"'a1\x01\xa0＝", max_size=8))
def test_no_text_is_a_formula_whatever_parts_cells(tmp_path_factory, text):
    place = tmp_path_factory.mktemp("cells")
    save_tables(place, {"table": pd.DataFrame({"programme": [text], "npv": [-3.5]})})
    for delimiter in ",;\t":
        for cell in cells(place / "table.csv", delimiter):
            assert not is_formula(cell) or NUMBER.fullmatch(text), (text, cell)


def test_numbers_stay_numbers_and_ordinary_texts_as_they_are(tmp_path):
    table = pd.DataFrame(
        {"programme": ["split-reward", "a, b", None], "npv": [-3.5, 2e-9, float("nan")]}
    )
    save_tables(tmp_path, {"table": table})
    assert (tmp_path / "table.csv").read_text().splitlines() == [
        '"programme","npv"',
        '"split-reward",-3.5',
        '"a, b",2e-9',
        ",",
    ]
    assert [tamed_text(text) for text in ("-3.5", "+7", "-1e5")] == ["-3.5", "+7", "-1e5"]
