"""The patterns as published: measured anew, with all seeds."""

import pytest

from sim.questions.patterns import validation
from sim.questions.patterns.ask import patterns


@pytest.mark.slow
def test_the_shipped_document_is_what_is_measured():
    shipped = (validation.folder() / validation.NAME).read_text(encoding="utf-8")
    assert validation.document(patterns()) == shipped


@pytest.mark.slow
def test_calibrated_assumptions_show_what_they_were_set_on():
    found = patterns(["calibrated"], seeds=50).verdicts
    set_on = found[found["role"] == "calibrated"]
    assert dict(zip(set_on["pattern"], set_on["verdict"], strict=True)) == dict.fromkeys(
        ("P6", "P8", "P9", "P10", "P11"), "met"
    )
