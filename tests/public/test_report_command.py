"""The command makes a report, from a study or from its folder alone."""

import json

import pytest


def test_a_study_ends_with_a_report_and_it_can_be_made_again(partnersim, studied):
    first = (studied / "report.html").read_bytes()
    (studied / "report.html").unlink()
    (studied.parent / "results").rename(studied.parent / "gone")
    done = partnersim("report", "here")
    assert done.returncode == 0, done.stderr
    assert "here/report.html" in done.stdout
    assert (studied / "report.html").read_bytes() == first
    assert b'id="story"' in first


def test_a_report_in_russian_goes_where_it_is_asked_to(partnersim, studied):
    done = partnersim("report", "here", "--lang", "ru", "--out", "ru.html", "--json")
    assert json.loads(done.stdout) == {"report": "ru.html", "language": "ru"}
    page = (studied.parent / "ru.html").read_text(encoding="utf-8")
    assert '<html lang="ru">' in page
    assert "Кто выигрывает и кто проигрывает" in page
    assert "Does the lock or client choice serve better?" in page  # a question of one's own


def test_a_study_writes_its_report_in_the_language_asked_for(partnersim, tiny):
    done = partnersim("run", str(tiny), "--out", "here", "--worlds", "0", "--lang", "ru", "--quiet")
    assert done.returncode == 0, done.stderr
    assert '<html lang="ru">' in (tiny.parent / "here/report-ru.html").read_text(encoding="utf-8")


def test_a_policy_of_ones_own_is_reported_without_its_file(partnersim, tiny):
    own = tiny.parent / "tail.py"
    own.write_text(
        '"""Tail: whoever won is paid."""\n'
        "from typing import NamedTuple\n"
        "from policies.contract import Account, Credit, Rate, rule, share\n"
        "class Terms(NamedTuple):\n    rate: Rate = 0.25\n"
        "@rule\ndef credit(terms: Terms, account: Account) -> Credit:\n"
        '    """Credit whoever won the client."""\n    return share(originator=1.0)\n',
        encoding="utf-8",
    )
    words = ("--policy", str(own), "--worlds", "0", "--out", "here", "--quiet")
    done = partnersim("run", str(tiny), *words)
    assert done.returncode == 0, done.stderr
    own.unlink()
    done = partnersim("report", "here", "--quiet")
    assert done.returncode == 0, done.stderr
    page = (tiny.parent / "here/report.html").read_text(encoding="utf-8")
    assert "Whoever won is paid." in page


def test_each_language_has_its_report_and_a_saved_one_stays(partnersim, studied):
    english = (studied / "report.html").read_bytes()
    assert partnersim("report", "here", "--out", "here/saved.html").returncode == 0
    done = partnersim("report", "here", "--lang", "ru", "--quiet")
    assert done.stdout == "here/report-ru.html\n"
    again = partnersim("run", "debate.toml", "--worlds", "10", "--out", "here", "--quiet")
    assert (again.returncode, again.stderr) == (0, "")
    assert (studied / "report.html").read_bytes() == english
    assert (studied / "saved.html").read_bytes() == english
    assert b'<html lang="ru">' in (studied / "report-ru.html").read_bytes()


def test_a_report_that_somebody_changed_is_kept(partnersim, studied):
    (studied / "report.html").write_text("changed")
    done = partnersim("report", "here")
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert "kept as report.kept.html" in line
    assert (studied / "report.kept.html").read_text() == "changed"


def test_a_strangers_file_is_not_replaced_by_a_report(partnersim, studied):
    (studied.parent / "thesis.html").write_text("mine")
    done = partnersim("report", "here", "--out", "thesis.html")
    assert done.returncode == 2
    assert "no report of partnersim; nothing is touched" in done.stderr
    assert (studied.parent / "thesis.html").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "no such folder"),
        (["."], "manifest.json is missing"),
        (["here", "--lang", "fr"], "en, ru"),
        (["here", "--out", "nowhere/report.html"], "cannot be written"),
    ],
)
def test_bad_words_get_one_message(partnersim, studied, words, told):
    done = partnersim("report", *words)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert told in line
    assert done.stdout == ""


def test_a_language_that_is_not_spoken_is_told_before_the_work(partnersim, tiny):
    done = partnersim("run", str(tiny), "--lang", "fr", "--quiet")
    assert done.returncode == 2
    assert "en, ru" in done.stderr
    assert not (tiny.parent / "results").exists()
