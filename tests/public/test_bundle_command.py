"""Evidence is passed around in one file, and whoever gets it can check it with one command."""

import io
import json
import re
import zipfile

import pytest

from sim.questions.bundle import pack as bundle
from sim.world.errors import BadInput

MANIFEST, REPORT = "result/manifest.json", "result/report.html"
TAIL = '''
"""Tail: the originator is paid for two years, then whoever serves."""

from typing import Annotated, NamedTuple

from policies.contract import Account, Credit, Rate, Term, rule, share

print("somebody's code was run")


class Terms(NamedTuple):
    rate: Rate = 0.20
    tail_months: Annotated[int, Term("months", 0, 120, "A", "How long the sale is paid.")] = 24


@rule
def credit(terms: Terms, account: Account) -> Credit:
    """Credit the originator in the first months, the servicing partner after."""
    if account.tenure < terms.tail_months:
        return share(originator=1.0)
    return share(servicing_partner=1.0)
'''


@pytest.fixture
def packed(partnersim, studied):
    """Return a whole result as a bundle."""
    done = partnersim("bundle", "here", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    path = studied.parent / "here.bundle"
    assert told["bytes"] == path.stat().st_size
    return path, told["digest"]


def members_of(path):
    with zipfile.ZipFile(path) as file:
        return {one: file.read(one) for one in file.namelist() if one != bundle.INDEX}


def resealed(path, name, old, new):
    """Change a text of a bundle, and the digests with it, as its author could."""
    members = members_of(path)
    assert old in members[name]
    path.write_bytes(bundle.archive({**members, name: members[name].replace(old, new, 1)}))


def made_elsewhere(path):
    """Make a bundle say, wherever it does, that it was made with another matplotlib."""
    version = json.loads(members_of(path)[MANIFEST])["versions"]["matplotlib"]
    resealed(path, MANIFEST, f'"matplotlib": "{version}"'.encode(), b'"matplotlib": "1.0.0"')
    resealed(path, REPORT, f"matplotlib {version}".encode(), b"matplotlib 1.0.0")


def test_every_member_of_a_whole_result_is_verified(partnersim, packed):
    path, digest = packed
    done = partnersim("verify", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED: all runs reproduced to the last bit." in done.stdout
    assert digest in done.stdout
    assert "by digest only" not in done.stdout
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
    assert {"result/report.html", "result/robustness-best.csv", "result/story.json"} <= set(names)


def test_a_sample_says_what_it_leaves_open(partnersim, packed):
    path, digest = packed
    done = partnersim("verify", str(path), "--sample", "1", "--json")
    assert done.returncode == 4, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["repeated"], told["runs"], told["digest"]) == (1, 4, digest)
    assert "result/robustness-best.csv" in told["by_digest"]
    assert "result/report.html" not in told["by_digest"]
    done = partnersim("verify", str(path), "--sample", "1")
    assert done.stdout.startswith("NOT VERIFIED: not checked: robustness-beats.csv, ")
    assert "1 of 4 runs reproduced to the last bit" in done.stdout.splitlines()[0]
    assert "with a chance of 25 %" in done.stdout


def test_a_report_rewritten_by_its_author_is_caught(partnersim, packed):
    path, _ = packed
    resealed(path, "result/report.html", b"</h1>", b"!</h1>")
    for options in ([], ["--sample", "1"]):
        done = partnersim("verify", str(path), *options)
        assert done.returncode == 3
        assert "NOT VERIFIED" in done.stdout
        assert "result/report.html" in done.stdout


def test_a_report_made_with_other_libraries_is_written_again_without_its_pictures(
    partnersim, packed
):
    path, _ = packed
    made_elsewhere(path)
    line = members_of(path)[REPORT].index(b'd="M')
    content = members_of(path)[REPORT]
    resealed(path, REPORT, content[line : line + 40], content[line : line + 40][:-1] + b" ")
    done = partnersim("verify", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    first = done.stdout.splitlines()[0]
    assert first == (
        "VERIFIED: all runs reproduced to the last bit; 6 pictures checked by digest only."
    )
    assert "of those in a report, titles and words were" in done.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"<b>([0-9]+)", rb"<b>9\1"),
        (r'aria-label="The vendor', rb'aria-label="The seller'),
        (r"(<text [^>]*>)lock", rb"\1bolt"),
        (r"(<svg [^>]*>)", rb'\1<text x="9" y="9">choice is best</text>'),
        (r"<svg ", rb'<svg style="position: fixed" '),
        (r"stroke-linejoin: round", rb"} p { display: none"),
        (r"</svg>", rb"</svg><p>Choice is best.</p>"),
        (r"</svg>", rb"<svg></svg>Choice is best.</svg>"),
        (r"([0-9a-f]{16})</code></dd>", rb"0123456789abcdef</code></dd>"),
    ],
)
def test_a_report_rewritten_by_its_author_is_caught_with_other_libraries_too(
    partnersim, packed, old, new
):
    path, _ = packed
    made_elsewhere(path)
    content = members_of(path)[REPORT]
    changed = re.sub(old.encode(), new, content, count=1)
    assert changed != content
    resealed(path, REPORT, content, changed)
    done = partnersim("verify", str(path), "--sample", "1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("NOT VERIFIED: not every number is reproduced.\n  result/report")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (REPORT, b"<script>alert(1)</script></body>"),
        (REPORT, b'<a href="javascript:alert(1)">Full report</a></body>'),
        (REPORT, b'<p onclick="alert(1)">Full report</p></body>'),
        ("result/robustness-map.svg", b"<script>alert(1)</script></svg>"),
    ],
)
def test_a_page_that_acts_is_refused(partnersim, packed, name, text):
    path, _ = packed
    resealed(path, name, text[text.rindex(b"</") :], text)
    done = partnersim("verify", str(path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"no bundle of ours: {name} holds" in done.stderr
    assert done.stderr.endswith("Nothing in it was used.\n")


def test_it_says_beside_its_verdict_what_checking_takes(partnersim, packed):
    path, _ = packed
    done = partnersim("verify", str(path))
    assert done.stdout.startswith("VERIFIED: ")
    assert "To be simulated: 28 runs, " in done.stderr
    done = partnersim("verify", str(path), "--at-most", "1e3")
    assert done.returncode == 2
    assert "here.bundle/result/manifest.json: inputs." in done.stderr
    assert "--at-most 1e5" in done.stderr


def test_a_note_of_ones_own_stays_out_of_a_bundle_and_is_named(partnersim, studied):
    (studied / "my notes.md").write_text("We met.", encoding="utf-8")
    done = partnersim("bundle", "here")
    assert done.returncode == 0, done.stderr
    assert "Left out, as nobody could check it: my notes.md." in done.stdout
    assert partnersim("verify", "here.bundle", "-q").returncode == 0


def test_worlds_rewritten_by_their_author_are_caught(partnersim, packed):
    path, _ = packed
    resealed(path, "result/robustness-best.csv", b"vendor", b"client")
    done = partnersim("verify", str(path), "--json")
    assert done.returncode == 3
    (fault,) = json.loads(done.stdout)["faults"]
    assert fault["member"] == "result/robustness-best.csv"
    assert (fault["stored"], fault["recomputed"]) == ("client", "vendor")


def test_altered_on_the_way_is_caught_and_named(partnersim, packed):
    path, _ = packed
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        at = file.getinfo("result/runs.parquet").header_offset
    content[at + 500] ^= 1
    path.write_bytes(content)
    done = partnersim("verify", str(path), "--quiet")
    assert done.returncode == 3
    assert done.stdout == "NOT VERIFIED: the bundle is not what it says it is.\n"
    done = partnersim("verify", str(path))
    assert "result/runs.parquet: is damaged" in done.stdout


def test_somebody_elses_code_is_not_run_unless_trusted(partnersim, tiny):
    (tiny.parent / "tail.py").write_text(TAIL, encoding="utf-8")
    done = partnersim(
        "compare", "--scenario", str(tiny), "--policy", "tail.py", "--worlds", "0", "--out", "own"
    )
    assert done.returncode == 0, done.stderr
    assert partnersim("bundle", "own", "--quiet").stdout.endswith("own.bundle\n")
    done = partnersim("verify", "own.bundle")
    assert done.returncode == 4
    first = done.stdout.splitlines()[0]
    assert first.startswith("NOT VERIFIED: not checked: runs that need policy tail; report.html")
    assert "4 of 6 runs reproduced to the last bit" in first
    assert "somebody's code was run" not in done.stdout
    done = partnersim("verify", "own.bundle", "--trust")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "somebody's code was run" in done.stdout
    assert "VERIFIED: all runs" in done.stdout


def test_a_bundle_replaces_a_bundle_and_nothing_else(tmp_path):
    path = tmp_path / "here.bundle"
    for text in (b"first", b"second"):
        bundle.save(path, bundle.archive({"result/runs.csv": text}))
    with zipfile.ZipFile(path) as file:
        assert file.read("result/runs.csv") == b"second"
    for text in (b"mine", b""):
        path.write_bytes(text)
        with pytest.raises(BadInput, match="nothing is touched"):
            bundle.save(path, bundle.archive({}))
        assert path.read_bytes() == text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify", "nowhere.bundle"), "cannot be read"),
        (("verify", "debate.toml"), "no bundle, or a damaged one"),
        (("verify", "debate.toml", "--engine", "steam"), "there is no engine 'steam'"),
        (("bundle", "nowhere"), "there is no such folder"),
        (("bundle", "."), "holds no results of partnersim"),
    ],
)
def test_bad_input_ends_in_one_message(partnersim, tiny, words, told):
    done = partnersim(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
