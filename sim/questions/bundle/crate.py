"""A bundle's description for archives and their machines: an RO-Crate 1.1, in JSON-LD.

It follows from the members alone, says nothing that they do not, and is made again whenever a
bundle is opened. So it has no date of its own either: the same results make the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from sim.questions.bundle.members import POLICIES, RESULT
from sim.study.folder import MANIFEST, MOST_OF_MANIFEST

CRATE = "ro-crate-metadata.json"
VERSION = "https://w3id.org/ro/crate/1.1"
NO_DATE = "1980-01-01"
"""The form demands a date; this is the one that files have in an archive that knows none."""
SCENARIO = f"{RESULT}scenario.toml"
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
}


def described(members: Mapping[str, bytes], index: str) -> bytes:
    """Return the description of a bundle, the same for the same members.

    Parameters
    ----------
    members : by name.
    index : the name of the file that lists them with their digests.
    """
    told = told_in(members.get(RESULT + MANIFEST, b""))
    names = [index, *sorted(members)]
    asked = [name for name in names if name.startswith(POLICIES) or name == SCENARIO]
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": VERSION},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"partnersim: {told['scenario']}",
            "description": told["question"],
            "datePublished": NO_DATE,
            "hasPart": pointing_to(names),
            "mentions": {"@id": "#study"},
        },
        *map(file, names),
        {
            "@id": "#partnersim",
            "@type": "SoftwareApplication",
            "name": "partnersim",
            "softwareVersion": told["version"],
        },
        {
            "@id": "#study",
            "@type": "CreateAction",
            "name": told["repeat"],
            "instrument": {"@id": "#partnersim"},
            "object": pointing_to(asked),
            "result": pointing_to(name for name in names[1:] if name not in asked),
        },
    ]
    plain = {"@context": f"{VERSION}/context", "@graph": graph}
    return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode(errors="replace")


def told_in(manifest: bytes) -> dict[str, str]:
    """Return what a manifest tells of a study; what it does not, or not as a text, is empty."""
    try:
        plain = json.loads(manifest[: MOST_OF_MANIFEST + 1])
    except (ValueError, RecursionError):
        plain = None
    whole = plain if isinstance(plain, dict) else {}
    inputs = whole.get("inputs")
    told = {**whole, "version": inputs.get("version") if isinstance(inputs, dict) else ""}
    texts = ((key, told.get(key)) for key in ("scenario", "question", "repeat", "version"))
    return {key: text if isinstance(text, str) else "" for key, text in texts}


def file(name: str) -> dict[str, Any]:
    """Return the entry of a file."""
    path = PurePosixPath(name)
    kind = ["File", "SoftwareSourceCode"] if path.suffix == ".py" else "File"
    told = {"@id": name, "@type": kind, "name": path.name}
    return told | ({"encodingFormat": FORMATS[path.suffix]} if path.suffix in FORMATS else {})


def pointing_to(names: Iterable[str]) -> list[dict[str, str]]:
    """Return references to files."""
    return [{"@id": name} for name in names]
