"""Nothing that is shipped lacks a translation, and translations keep what stands in braces."""

import io
import re

import pytest
from babel.messages.pofile import read_po, write_po

from sim.present import i18n as words
from sim.present.i18n import FOLDER, speaking
from sim.present.i18n.texts import renewed, texts

BRACES = re.compile(r"\{\w*\}")


@pytest.fixture(scope="module")
def russian():
    with (FOLDER / "ru.po").open("rb") as file:
        return read_po(file, locale="ru")


def test_nothing_shipped_lacks_a_translation(russian):
    lacking = [
        text.one
        for text in texts()
        if not (found := russian.get(text.one, text.context or None))
        or not all([found.string] if isinstance(found.string, str) else found.string)
        or found.fuzzy
    ]
    assert not lacking, "run python -m sim.present.i18n and fill in what is empty in ru.po"


def test_the_catalogues_hold_what_can_be_said_and_no_more():
    for code in words.LANGUAGES:
        path = FOLDER / f"{code}.po"
        with path.open("rb") as file:
            fresh = renewed(read_po(file, locale=code), keep_empty=code != "en")
        written = io.BytesIO()
        write_po(written, fresh, width=100, sort_output=True)
        assert written.getvalue() == path.read_bytes(), "run python -m sim.present.i18n"


def test_translations_keep_what_stands_in_braces(russian):
    for message in russian:
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else message.string
        for string in strings:
            assert sorted(BRACES.findall(string)) == sorted(BRACES.findall(ids[0])), ids[0]


def test_translations_are_russian(russian):
    for message in russian:
        strings = [message.string] if isinstance(message.string, str) else message.string
        for string in strings if message.id else ():
            plain = re.sub(r"`[^`]*`|\{\w*\}", "", string)
            assert '"' not in plain
            assert not re.search(r"\b(the|of|and|with|per|for)\b", plain)


def test_numbers_are_counted_as_russians_count():
    with speaking("ru"):
        told = [words.ngettext("{n} month", "{n} months", n).format(n=n) for n in (1, 3, 11, 22)]
    assert told == ["1 месяц", "3 месяца", "11 месяцев", "22 месяца"]


def test_the_language_is_spoken_only_meanwhile():
    assert words._("Rule: {rule}.") == "Rule: {rule}."
    with speaking("ru"), speaking("en"):
        assert words.named("recurring_forty") == "recurring 40 %"
    assert words.named("recurring_forty") == "recurring_forty"
