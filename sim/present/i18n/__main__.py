"""Add to each catalogue every text that can be said, and drop those that no longer can."""

from __future__ import annotations

import sys

from sim.present.i18n import FOLDER, LANGUAGES
from sim.present.i18n.texts import renewed


def main() -> None:
    """Write the catalogues anew, keeping their translations; say how much is missing."""
    from babel.messages.pofile import read_po, write_po

    for code in LANGUAGES:
        path = FOLDER / f"{code}.po"
        with path.open("rb") as file:
            catalogue = renewed(read_po(file, locale=code), keep_empty=code != "en")
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, sort_output=True, omit_header=False)
        missing = sum(1 for message in catalogue if message.id and not message.string)
        sys.stdout.write(f"{path}: {len(catalogue)} texts, {missing} to translate\n")


if __name__ == "__main__":
    main()
