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
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from sim.questions.bundle.members import POLICIES, RESULT, is_known, suspect
from sim.study.files import write_whole
from sim.study.folder import MANIFEST, MOST_OF_MANIFEST, digest_in
from sim.world.errors import BadInput
from sim.world.paths import is_folder, shortened
from sim.world.reading import content_of

INDEX = "bundle.json"
KIND = "partnersim bundle 1"
MOST_MEMBERS = 1_000
MOST_BYTES = 2**30
"""of all members together"""
MOST_RATIO, SMALL = 200, 2**20
"""How many times smaller a member may be packed, if it is not small: tables of zeros reach 60."""
END_BYTES, ENTRY_BYTES = 22, 46
"""of an archive's last record, and of each entry of its directory besides the name"""
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


class Packed(NamedTuple):
    """A bundle that was made."""

    content: bytes
    digest: str
    left_out: list[str]
    """files of the folder that no command writes, and nobody could check"""


def pack(folder: Path) -> Packed:
    """Return a result folder as a bundle.

    Raises
    ------
    BadInput
        If there are no results in the folder, or files that cannot be passed on.
    """
    if not is_folder(folder):
        raise BadInput(
            f"{shortened(folder)}: there is no such folder; name one that compare or run wrote."
        )
    if not digest_in(folder):
        raise BadInput(
            f"{folder}: holds no results of partnersim ({MANIFEST} is missing or another's); name "
            "a folder that compare or run wrote."
        )
    try:
        manifest = json.loads(content_of(folder / MANIFEST, MOST_OF_MANIFEST))
        command = manifest.get("command", "run")
        policies = policies_of(manifest)
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise BadInput(f"{folder / MANIFEST}: damaged ({fault!r}); repeat the study.") from None
    paths = files_in(folder)
    left_out = [name for name in paths if not is_known(name, command)]
    members = {}
    for name in paths.keys() - left_out:
        if paths[name].is_symlink():
            raise BadInput(f"{paths[name]}: is a link; put the file itself there.")
        members[RESULT + name] = content_of(paths[name], MOST_BYTES)
    members |= {f"{POLICIES}{name}.py": text.encode() for name, text in policies.items()}
    reason = next((f"{name!r} is no name" for name in members if not NAME.fullmatch(name)), "")
    if len(members) > MOST_MEMBERS or sum(map(len, members.values())) > MOST_BYTES:
        reason = f"at most {MOST_MEMBERS} files and {MOST_BYTES >> 20} MB can be"
    if reason := reason or suspect(members, command, policies):
        raise BadInput(f"{folder}: cannot be passed on: {reason}. Repeat the study.")
    return Packed(archive(members), digest_of_all(digests(members)), left_out)


def files_in(folder: Path) -> dict[str, Path]:
    """Return what lies in a result folder, by its name there; what is hidden is passed over."""
    inside = {path.relative_to(folder): path for path in sorted(folder.rglob("*"))}
    return {
        name.as_posix(): path
        for name, path in inside.items()
        if (path.is_symlink() or not path.is_dir())
        and not any(part.startswith(".") for part in name.parts)
    }


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
        If it cannot be written, or would take the place of what is no bundle.
    """
    if path.exists() and not is_bundle(path):
        raise BadInput(
            f"--out {path}: is there already, and no bundle of partnersim; nothing is touched. "
            "Name another file."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as fault:
        raise BadInput(
            f"--out {shortened(path)}: cannot be written: {fault.strerror}. Name another file."
        ) from None


def is_bundle(path: Path) -> bool:
    """Return whether a file is a bundle, maybe a damaged one, by how it begins."""
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(30 + len(INDEX))  # a zip's first header, then the first name
                return head.startswith(b"PK") and head.endswith(INDEX.encode())
    return False


def open_bundle(path: Path) -> Bundle:
    """Return an opened bundle; members that do not fit their digests are told.

    Raises
    ------
    BadInput
        If it is no bundle, or one that no bundle of ours would be.
    """
    content = content_of(path, MOST_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            reason = suspicion(file) or surplus(content, file)
            if reason:
                raise foreign_to_us(path, reason)
            found = {info.filename: member(content, info) for info in file.infolist()}
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
    if size > MOST_BYTES:
        return f"unpacked, it would have {size >> 20} MB"
    for info in infos:
        if info.file_size > max(SMALL, MOST_RATIO * info.compress_size):
            return f"{info.filename} is packed more than {MOST_RATIO} times smaller than it is"
    return ""


def surplus(content: bytes, file: zipfile.ZipFile) -> str:
    """Return where an archive has bytes that belong to no member, or nothing.

    Ours is one member after the other, then the directory, then its end: with nothing before,
    between or behind, and no remarks. Whatever stood elsewhere, other programs might read.
    """
    at = directory = 0
    for info in sorted(file.infolist(), key=lambda info: info.header_offset):
        head = info.FileHeader()
        if info.extra or info.comment or info.header_offset != at:
            return f"there are bytes around {info.filename}"
        if content[at : at + len(head)] != head:
            return f"{info.filename} is described in two ways"
        at += len(head) + info.compress_size
        directory += ENTRY_BYTES + len(info.filename)
    if file.comment or file.start_dir != at or at + directory + END_BYTES != len(content):
        return "there are bytes around the archive"
    return ""


def member(content: bytes, info: zipfile.ZipInfo) -> bytes | None:
    """Return a member's content, never more than it declares; None if it is damaged."""
    start = info.header_offset + len(info.FileHeader())
    packed = content[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        found = packed
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            found = inflater.decompress(packed, info.file_size + 1)
        except zlib.error:
            return None
        if not inflater.eof or inflater.unused_data:
            return None
    is_whole = len(found) == info.file_size and zlib.crc32(found) == info.CRC
    return found if is_whole else None


def foreign_to_us(path: Path, reason: str) -> BadInput:
    """Return the error for a file that we never made."""
    return BadInput(f"{path}: no bundle of ours: {reason}. Nothing in it was used.")


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
