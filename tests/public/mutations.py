"""Files as people, editors and strangers spoil them: the same ones for the same number."""

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tomli_w

from sim.world.scenario import FOLDERS, scenario_folder

TOKEN = re.compile(r'"[^"\n]*"|[\w.+-]+|[^\w\s]')
HUGE = "9" * 5000
NUMBERS = (
    *("nan", "inf", "-inf", "-0.0", "0", "-1", "1e999", "1e-999", "1e30", "0x" + "f" * 5000),
    *(HUGE, f"-{HUGE}", f"0.{HUGE}", "0,15", "1_000", "0o17", "00", "1.", "true", "false"),
    *('"ten"', '"0,15"', "[]", "{}", "[1, [2, [3]]]", "2026-11-28", "12:00:00", '""', "'''"),
)
TEXTS = (
    *('""', '"\\u0000"', '"\\u001b[31m"', '"\\ud800"', '"\\n"', "''''''", '"~nobody-here/x.toml"'),
    *(f'"{"x" * 5000}"', f'"{"x" * 5000}.toml"', '"/dev/null/x.toml"', '"../x.toml"', '"é\u202e"'),
    *("5", "[]", "{}", "nan", '"..toml"', '"\\u0000.toml"', '"."', '"/"', '"🙂"'),
)
BYTES = (b"\x00", b"\xff", b"\xef\xbb\xbf", b"\x1b[2J", b"\r", b"\x85", b"\xed\xa0\x80", b'"', b"[")
VALUES: tuple[Callable[[], Any], ...] = (
    *(lambda: None, lambda: float("nan"), lambda: float("inf"), lambda: -(10**400), lambda: True),
    *(
        lambda: "",
        lambda: "x" * 5000,
        lambda: [],
        lambda: {},
        lambda: nested(30),
        lambda: [nested(3)],
    ),
    *(lambda: 0, lambda: 1, lambda: -1, lambda: 0.5, lambda: 1e308, lambda: "0,5", lambda: "a\nb"),
)
KEYS = ("", "x" * 5000, "a.b", "a\nb", "\x1b[31m", "policy", "rate", "month", "naïve", "🙂", "'\"")


def nested(levels: int) -> Any:
    """A table in a table and so on."""
    return {"a": nested(levels - 1)} if levels else 1


# --- bytes -------------------------------------------------------------------------------------


def spoil_bytes(content: bytes, luck: random.Random) -> bytes:
    first, last = sorted(luck.randrange(len(content) + 1) for _ in range(2))
    last = min(last, first + luck.choice((1, 2, 10, 1000)))
    part = content[first:last]
    return luck.choice(
        (
            content[:first] + content[last:],
            content[:last] + part + content[last:],
            content[:first],
            content[:first]
            + bytes(byte ^ 1 << luck.randrange(8) for byte in part)
            + content[last:],
            content[:first] + luck.choice(BYTES) + content[first:],
            luck.randbytes(last - first) + content[last:],
        )
    )


def recode(content: bytes, luck: random.Random) -> bytes:
    text = content.decode()
    return luck.choice(
        (
            content.replace(b"\n", b"\r\n"),
            content.replace(b"\n", b"\r"),
            b"\xef\xbb\xbf" * luck.choice((1, 2)) + content,
            text.encode(luck.choice(("utf-16", "utf-16-le", "utf-32", "utf-7"))),
            text.replace("a", "ж").encode(luck.choice(("cp1251", "cp866", "koi8-r")), "replace"),
            content.replace(b"a", b"\xff"),
            b"",
            content * 2,
        )
    )


# --- tokens ------------------------------------------------------------------------------------


def spoil_token(content: bytes, luck: random.Random) -> bytes:
    text = content.decode()
    tokens = list(TOKEN.finditer(text))
    found, other = luck.choice(tokens), luck.choice(tokens)
    token = found[0]
    fitting = NUMBERS if token[0].isdigit() else TEXTS if token[0] == '"' else KEYS
    fresh = luck.choice(
        ("", token * 2, other[0], f"{token} {other[0]}", *[luck.choice(fitting)] * 6)
    )
    return (text[: found.start()] + fresh + text[found.end() :]).encode()


def nest(content: bytes, luck: random.Random) -> bytes:
    depth = luck.choice((10, 60, 1000, 20_000))
    return luck.choice(
        (
            b"a = " + b"[" * depth + b"]" * depth + b"\n" + content,
            b"a = " + b"{a = " * depth + b"1" + b"}" * depth + b"\n" + content,
            b".".join([b"a"] * depth) + b" = 1\n" + content,
            content + b"\n[" + b" . ".join([b'"a"'] * depth) + b"]\n",
            content + b"\n[programmes." + b".".join([b"a"] * depth) + b"]\n",
            content + b"\n[[programmes.x.changes]]" * depth,
        )
    )


# --- keys --------------------------------------------------------------------------------------


def tables(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every table of a file, in order."""
    yield content
    for value in content.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from tables(inner)


def spoil_key(content: bytes, luck: random.Random) -> bytes:
    whole = tomllib.loads(content.decode())
    table = luck.choice([one for one in tables(whole) if one])
    key = luck.choice(list(table))
    what = luck.randrange(6)
    if what == 0:
        del table[key]
    elif what == 1:
        table[luck.choice((key[:-1], key + "s", key.upper(), *KEYS))] = table.pop(key)
    elif what == 2:
        table[luck.choice(KEYS)] = table[key]
    elif what == 3:
        other = luck.choice([one for one in tables(whole) if one])
        table[key] = other[luck.choice(list(other))]
    else:
        fresh = luck.choice(VALUES)()
        table[key] = {} if fresh is None else fresh
    try:
        return tomli_w.dumps(whole).encode()
    except (RecursionError, ValueError):  # a table put into itself; a number of too many digits
        return content + b"\n" + key.encode()[:50] + b" = 1\n"


KINDS = (spoil_bytes, spoil_bytes, recode, spoil_token, spoil_token, spoil_token, nest, spoil_key,
         spoil_key, spoil_key)  # fmt: skip


def shipped() -> list[tuple[str, bytes]]:
    """Kind and content of every file that is shipped."""
    return [
        (kind, path.read_bytes())
        for kind, folder in FOLDERS.items()
        for path in sorted((scenario_folder() / folder).glob("*.toml"))
    ]


def mutants(count: int, sources: list[tuple[str, bytes]], seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many spoiled files and their kinds; every third is spoiled twice."""
    for number in range(count):
        luck = random.Random(seed * 1_000_000 + number)
        kind, content = luck.choice(sources)
        content = luck.choice(KINDS)(content, luck)
        if number % 3 == 0:
            content = spoil_bytes(content, luck)
        yield kind, content


def write(folder: Path, number: int, kind: str, content: bytes) -> Path:
    """Write a spoiled file where a scenario, market or set of assumptions could lie."""
    path = folder / f"{kind}-{number}.toml"
    path.write_bytes(content)
    return path
