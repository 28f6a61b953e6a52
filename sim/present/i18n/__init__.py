"""What is said, in the reader's language: texts, plurals, numbers and names.

Everything in `sim.present` speaks through here. Texts are written in English where they are used,
marked by ``_``, and translated by the catalogues beside this file (gettext's PO files). Outside
`speaking`, as in the terminal, texts stay as written and programmes keep their ids.

After a change of any text, add it to the catalogues and fill in what is empty there::

    python -m sim.present.i18n
"""

from __future__ import annotations

import functools
import gettext as standard
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from sim.world.errors import BadInput

LANGUAGES = {"en": "English", "ru": "Русский"}
"""Languages by their code, each with a catalogue; English's has only names."""
FOLDER = Path(__file__).parent
NAMES = "name"
"""The context of names that stand for ids of programmes."""
language: ContextVar[str] = ContextVar("language", default="")


def check(code: str) -> None:
    """Refuse a language that there is no catalogue of."""
    if code not in LANGUAGES:
        raise BadInput(f"--lang {code}: not spoken here; choose from {', '.join(LANGUAGES)}.")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language meanwhile.

    Raises
    ------
    BadInput
        If there is no catalogue of it.
    """
    check(code)
    before = language.set(code)
    try:
        yield
    finally:
        language.reset(before)


@functools.cache
def catalogue(code: str) -> standard.NullTranslations:
    """Return the translations of a language."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    if not code:
        return standard.NullTranslations()
    with (FOLDER / f"{code}.po").open("rb") as file:
        read = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return standard.GNUTranslations(compiled)


def N_(text: str) -> str:  # noqa: N802  (gettext's own name)
    """Mark a text that is translated where it is used."""
    return text


def _(text: str) -> str:
    """Return a text in the language spoken, or as it is if the catalogue lacks it."""
    return catalogue(language.get()).gettext(text) if text else text


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form of a text that fits a number."""
    return catalogue(language.get()).ngettext(one, many, number)


def named(identity: str) -> str:
    """Return a programme's name for its id; in no language, the id."""
    spoken = language.get()
    if not spoken:
        return identity
    found = catalogue(spoken).pgettext(NAMES, identity)
    return found if found != identity else identity.replace("_", " ")


def capital(text: str) -> str:
    """Return a text with a capital."""
    return text[0].upper() + text[1:]


def code(identity: str) -> str:
    """Return an id that stands in a text, marked as such where a language is spoken."""
    return f"`{identity}`" if language.get() else identity


def decimal(value: float, digits: int, sign: str = "") -> str:
    r"""Return a number as the language writes it; in none, with spaces between thousands.

    >>> decimal(-1234.5, 1), decimal(3, 0, "+")
    ('-1 234.5', '+3')
    >>> with speaking("ru"):
    ...     decimal(-1234.5, 1)
    '−1\xa0234,5'
    """
    spoken = language.get()
    if not spoken:
        return f"{value:{sign},.{digits}f}".replace(",", " ")
    from babel.numbers import format_decimal

    form = "#,##0" + (f".{'0' * digits}" if digits else "")
    signed = f"+{form};-{form}" if sign else form
    return str(format_decimal(value, format=signed, locale=spoken)).replace("-", "−")
