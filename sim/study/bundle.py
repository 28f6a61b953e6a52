"""A bundle: a result folder and its policies' texts in one file, to be passed on and checked.

A zip archive: ``bundle.json`` (a digest of every member and one of them all), ``policies/`` (the
texts of the policies) and ``result/`` (all files of the result folder). The same folder always
gives the same bytes. Whoever made a bundle may be a stranger, so it is read as data: nothing in it
is run, unpacked to a place it names, or taken in larger amounts than declared here.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sim.study.files import write_whole
from sim.study.folder import MANIFEST, digest_in
from sim.world.errors import BadInput
from sim.world.paths import is_folder, spelled

INDEX = "bundle.json"
KIND = "partnersim bundle 1"
POLICIES, RESULT = "policies/", "result/"
MOST_MEMBERS = 1_000
MOST_BYTES = 2**30
"""of all members together"""
NAME = re.compile(r"(?:\w[\w.-]*/){1,4}\w[\w.-]*", re.ASCII)
DAY_ZERO = (1980, 1, 1, 0, 0, 0)
SHA = re.compile(r"[0-9a-f]{64}")


class Altered(NamedTuple):
    """A member that is not what the bundle says it is."""

    member: str
    reason: str


class Bundle(NamedTuple):
    """An opened bundle."""

    digest: str
    """of all members, as its index says"""
    members: dict[str, bytes]
    """by name, without the index"""
    altered: list[Altered]
    """empty if every member fits its digest"""


def pack(folder: Path) -> tuple[bytes, str]:
    """Return a result folder as a bundle, and the bundle's digest.

    Raises
    ------
    BadInput
        If there are no results in the folder, or files that cannot be passed on.
    """
    if not is_folder(folder):
        raise BadInput(
            f"{spelled(folder)}: there is no such folder; name one that compare or run wrote."
        )
    if not digest_in(folder):
        raise BadInput(
            f"{folder}: holds no results of partnersim ({MANIFEST} is missing or another's); name "
            "a folder that compare or run wrote."
        )
    members = dict(files_in(folder))
    try:
        manifest = json.loads(members[RESULT + MANIFEST])
        texts = {f"{POLICIES}{name}.py": text for name, text in policies_of(manifest).items()}
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise BadInput(f"{folder / MANIFEST}: damaged ({fault!r}); repeat the study.") from None
    members |= {name: text.encode() for name, text in texts.items()}
    for name in members:
        if not NAME.fullmatch(name):
            raise BadInput(
                f"{folder}: {name.partition('/')[2]!r} cannot be passed on: name files with "
                "letters, digits, _, - and dots. Rename it, or take it out of the folder."
            )
    if len(members) > MOST_MEMBERS or sum(map(len, members.values())) > MOST_BYTES:
        raise BadInput(
            f"{folder}: too much for a bundle: at most {MOST_MEMBERS} files and "
            f"{MOST_BYTES >> 20} MB."
        )
    return archive(members), digest_of_all(digests(members))


def files_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a result folder by their name in a bundle; hidden ones are left out."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_symlink():
            raise BadInput(f"{path}: is a link; a bundle holds files. Put the file itself there.")
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            try:
                yield RESULT + inside.as_posix(), path.read_bytes()
            except OSError as fault:
                raise BadInput(f"{path}: cannot be read: {fault.strerror}.") from None


def policies_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of all policies of a study by name, those of later changes, too.

    Raises
    ------
    ValueError
        If two policies of one name have different texts.
    """
    texts: dict[str, str] = {}
    waiting = [manifest["inputs"]["incumbent"], *manifest["inputs"]["programmes"]]
    while waiting:
        studied = waiting.pop(0)
        name, text = studied["policy"], studied["source"]
        if texts.setdefault(name, text) != text:
            raise ValueError(f"there are two policies called {name}")
        waiting += studied["changes"]
    return texts


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return members as a zip archive with their index: the same bytes for the same members."""
    whole = {
        INDEX: spell_index(digests(members)),
        **{name: members[name] for name in sorted(members)},
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name, content in whole.items():
            info = zipfile.ZipInfo(name, DAY_ZERO)
            info.create_system = 3  # Unix, wherever it is made
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return sink.getvalue()


def digests(members: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digest of each member."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}


def spell_index(shas: Mapping[str, str]) -> bytes:
    """Return the index of members with such digests."""
    index = {"kind": KIND, "digest": digest_of_all(shas), "members": dict(sorted(shas.items()))}
    return (json.dumps(index, indent=2) + "\n").encode()


def digest_of_all(shas: Mapping[str, str]) -> str:
    """Return the digest of a bundle, from those of its members by name."""
    lines = "".join(f"{name} {sha}\n" for name, sha in sorted(shas.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def save(path: Path, content: bytes) -> None:
    """Write a bundle, whole or not at all.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as fault:
        raise BadInput(
            f"--out {spelled(path)}: cannot be written: {fault.strerror}. Name another file."
        ) from None


def open_bundle(path: Path) -> Bundle:
    """Return an opened bundle; members that do not fit their digests are told.

    Raises
    ------
    BadInput
        If it is no bundle, or one that no bundle of ours would be.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path}: larger than any bundle of ours ({MOST_BYTES >> 20} MB).")
        content = path.read_bytes()
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror}.") from None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            reason = suspicion(file)
            if reason:
                raise BadInput(f"{path}: no bundle of ours: {reason}. Nothing in it was used.")
            found = {info.filename: member(file, info) for info in file.infolist()}
    except BadInput:
        raise
    except Exception as fault:  # whatever a decoder makes of somebody's bytes
        raise BadInput(
            f"{path}: no bundle, or a damaged one ({fault}). Ask for it again, or make one with "
            "`partnersim bundle`."
        ) from None
    return compared(path, found)


def suspicion(file: zipfile.ZipFile) -> str:
    """Return what is in an archive that is never in a bundle, or nothing."""
    infos = file.infolist()
    names = [info.filename for info in infos]
    if len(names) > MOST_MEMBERS + 1:
        return f"it has {len(names)} members; at most {MOST_MEMBERS}"
    if INDEX not in names:
        return f"it has no {INDEX}"
    if len({name.casefold() for name in names}) < len(names):
        return "two of its members have one name"
    for info in infos:
        name = info.orig_filename
        if name != INDEX and not (name.startswith((POLICIES, RESULT)) and NAME.fullmatch(name)):
            return f"{name[:80]!r} is no name of a member"
        if not stat.S_ISREG(info.external_attr >> 16):
            return f"{name} is a link or no file at all"
        if info.flag_bits & 1 or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            return f"{name} is encrypted or packed in an unusual way"
    size = sum(info.file_size for info in infos)
    return f"unpacked, it would have {size >> 20} MB" if size > MOST_BYTES else ""


def member(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    """Return a member's content, never more than it declares; None if it is damaged."""
    try:
        with file.open(info) as source:
            return source.read(info.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return None


def compared(path: Path, found: dict[str, bytes | None]) -> Bundle:
    """Return a bundle whose members are compared with its index."""
    index = found.pop(INDEX)
    try:
        told = json.loads(index or b"")
        shas, digest = told["members"], told["digest"]
        is_ours = told["kind"] == KIND and all(SHA.fullmatch(sha) for sha in shas.values())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_ours = False
    if not is_ours:
        raise BadInput(
            f"{path}: its {INDEX} is damaged, or of another version of partnersim. Ask for it "
            "again."
        )
    altered = [
        Altered(name, reason)
        for name in sorted({*found, *shas})
        if (reason := misfit(found.get(name), shas.get(name), name in found))
    ]
    if index != spell_index(shas):
        altered.append(Altered(INDEX, "is not the index of its members"))
    whole = {name: content for name, content in found.items() if content is not None}
    return Bundle(str(digest), whole, altered)


def misfit(content: bytes | None, sha: str | None, is_there: bool) -> str:
    """Return why a member is not what the index says, or nothing."""
    if not is_there:
        return "is missing"
    if sha is None:
        return "is not in the index"
    if content is None:
        return "is damaged"
    return "" if hashlib.sha256(content).hexdigest() == sha else "does not fit its digest"
