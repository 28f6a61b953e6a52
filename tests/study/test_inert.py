"""Pages and pictures of a stranger do nothing but show themselves, or are refused."""

import pytest

from sim.questions.bundle.inert import alive

PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>A &lt; B</title>\n'
    "<style>\nh1 > b { color: red }\n</style>\n</head>\n<body>\n"
    "<h1>5 > 3</h1>\n{}\n</body>\n</html>\n"
)
SVG = (
    '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n'
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n'
    '  "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    '<svg xmlns="http://www.w3.org/2000/svg"><!-- lock &lt; choice -->{}</svg>\n'
)
ACTING = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example></SCRIPT>",
    "<scr\nipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="x">',
    '<p onclick="alert(1)">a</p>',
    '<p ONMOUSEOVER="alert(1)">a</p>',
    "<p/onclick=alert(1)>a</p>",
    '<a href="javascript:alert(1)">a</a>',
    '<a href="&#106;avascript:alert(1)">a</a>',
    '<a href="java\tscript:alert(1)">a</a>',
    '<a href="https://evil.example">a</a>',
    '<iframe src="https://evil.example"></iframe>',
    '<object data="x"></object>',
    '<embed src="x">',
    '<base href="https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<meta charset="utf-7">',
    '<form action="https://evil.example"><button>a</button></form>',
    "<svg><foreignObject><b>a</b></foreignObject></svg>",
    '<svg><animate attributeName="href" to="javascript:alert(1)"></animate></svg>',
    '<svg><use xlink:href="https://evil.example#a"></use></svg>',
    '<svg><image xlink:href="data:image/svg+xml;base64,PHN2Zz4="></image></svg>',
    '<p style="background:url(https://evil.example)">a</p>',
    '<p style="background:u\\72l(https://evil.example)">a</p>',
    '<p style="background:ur&#108;(https://evil.example)">a</p>',
    "<style>@import 'https://evil.example';</style>",
    "<style>b { background: url(//evil.example) }</style>",
    """<style>/* " */ @import 'https://evil.example'; /* " */</style>""",
    """<style>b::after { content: "a\n" } @import 'https://evil.example'; "</style>""",
    "<svg><style>&#64;import 'https://evil.example';</style></svg>",
    "<!-- --><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php evil ?>",
    "<template><b>a</b></template>",
    "<plaintext>",
    "<noscript><p>a</p></noscript>",
    '<p title="<script>">a</p>',
    "<p title='a'>a</p>",
    "<p title=a>a</p>",
    "< p>a</p>",
    "<",
    "a\x1b$Bb",
    "a\x00b",
]


@pytest.mark.parametrize("text", ACTING)
def test_what_acts_or_reaches_out_is_named(text):
    assert alive("report.html", PAGE.replace("{}", text).encode())


@pytest.mark.parametrize("text", ACTING)
def test_pictures_are_held_to_the_same(text):
    assert alive("map.svg", SVG.replace("{}", text).encode())


@pytest.mark.parametrize(
    "text",
    [
        "plain text, 5 > 3, &lt;script&gt;",
        '<p class="note" id="a">a</p><br>',
        '<svg viewBox="0 0 1 1" role="img" aria-label="A: &lt;b&gt;"><path d="M 0 0"/></svg>',
        '<svg><g clip-path="url(#p1)"><use xlink:href="#m1" x="1" style="fill: #fff"/></g></svg>',
        '<a href="#answer">a</a>',
        '<style>b::after { content: "a & b: url(x)" } @media print { p { color: red } }</style>',
    ],
)
def test_what_only_shows_itself_passes(text):
    assert alive("report.html", PAGE.replace("{}", text).encode()) == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe<\x00",
        b"\xef\xbb\xbf" + PAGE.encode(),
        b"\n" + PAGE.encode(),
        PAGE.encode("utf-16"),
        b"<svg></svg>",
        SVG.encode(),
        PAGE.replace("<!DOCTYPE html>", '<!DOCTYPE html [<!ENTITY a "b">]>').encode(),
    ],
)
def test_what_does_not_begin_like_ours_is_refused(content):
    assert alive("report.html", content)
    assert not content.startswith(b"<!DOCTYPE html>\n")


def test_a_picture_with_entities_of_its_own_is_refused():
    own = SVG.replace('svg11.dtd">', 'svg11.dtd" [<!ENTITY a "<script>b</script>">]>')
    assert "begin" in alive("map.svg", own.encode())


def test_a_page_larger_than_any_of_ours_is_not_looked_through():
    assert "larger" in alive("report.html", bytes(2**27 + 1))


def test_long_pages_are_read_in_time_that_grows_with_them():
    for part in ("<p " + " " * 500_000, "<p" + ' a="b"' * 100_000, "<" * 500_000, "<!--" * 100_000):
        assert alive("report.html", PAGE.replace("{}", part).encode())
        assert alive("map.svg", SVG.replace("{}", part).encode())
