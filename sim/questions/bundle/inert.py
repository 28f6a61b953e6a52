r"""Whether a page or picture of somebody's does nothing but show itself.

Ours have no scripts, and name nothing outside themselves. Browsers and parsers disagree about
what is written badly, so a page must be written as ours are: every ``<`` opens or closes one of our
elements, with our attributes in double quotes. Nobody need guess what a browser makes of the rest.
"""

from __future__ import annotations

import re
from html import unescape


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


MOST_BYTES = 2**27
"""of a page or picture: a map of a hundred thousand worlds has a third"""
HTML = words(
    "html head meta title style body header main section div span p h1 h2 h3 h4 ul ol li dl dt dd "
    "figure figcaption table caption thead tbody tfoot tr th td colgroup col b i em strong small "
    "code pre br hr a details summary"
)
SVG = words(
    "svg g defs style path use rect circle ellipse line polyline polygon text tspan title "
    "clipPath linearGradient radialGradient stop pattern image metadata rdf:RDF cc:Work cc:Agent "
    "dc:type dc:format dc:creator dc:title dc:date"
)
LOOKS = words(
    "id class style lang name content charset title role scope headers rowspan colspan span open "
    "type x y x1 x2 y1 y2 cx cy r rx ry dx dy d points width height viewBox transform fill stroke "
    "stroke-width stroke-dasharray opacity offset clip-path clipPathUnits gradientUnits "
    "patternUnits patternContentUnits preserveAspectRatio text-anchor font-size version "
    "tabindex dir"
)
"""Attributes that do nothing but look or name; those in `STRICT` have few values."""
DRAWN = frozenset({"style", "fill", "stroke", "clip-path"})
"""Attributes in which a style is said, or part of one."""
LOCAL = re.compile(r"#[\w.:-]*")
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]*")
STRICT = {
    "href": LOCAL,
    "xlink:href": re.compile(f"{LOCAL.pattern}|{PICTURE.pattern}"),
    "charset": re.compile("utf-8"),
    "name": re.compile("viewport|generator"),
    "rdf:resource": re.compile(r"http://purl\.org/dc/dcmitype/StillImage"),
    "xmlns": re.compile(r"http://www\.w3\.org/2000/svg"),
    "xmlns:xlink": re.compile(r"http://www\.w3\.org/1999/xlink"),
    "xmlns:dc": re.compile(r"http://purl\.org/dc/elements/1\.1/"),
    "xmlns:cc": re.compile(r"http://creativecommons\.org/ns#"),
    "xmlns:rdf": re.compile(r"http://www\.w3\.org/1999/02/22-rdf-syntax-ns#"),
}
TAG = re.compile(r'<(/?)([A-Za-z][\w:]*)((?:\s+[A-Za-z][\w:-]*="[^"<>]*")*)\s*/?>', re.ASCII)
ATTRIBUTE = re.compile(r'([A-Za-z][\w:-]*)="([^"]*)"', re.ASCII)
COMMENT = re.compile(r"<!--(?:(?!--)[^<>])*-->")
OPENING = {
    ".html": re.compile(r"<!DOCTYPE html>\n"),
    ".svg": re.compile(
        r'<\?xml version="1\.0" encoding="utf-8" standalone="no"\?>\n'
        r'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1\.1//EN"\s+'
        r'"http://www\.w3\.org/Graphics/SVG/1\.1/DTD/svg11\.dtd">\n'
    ),
}
STYLE = re.compile(r"<style[^>]*>([^<]*)")
QUOTED = re.compile(r'"[^"\\\n]*"')
REACHING = re.compile(
    r"[\\&\"]|/\*|@(?!media\b|page\b)|url\((?!#)|expression\s*\(|behaviou?r\s*:|-moz-b|javascript\s*:",
    re.I,
)
"""What styles of ours never say: it would fetch something, run something or hide that it does."""


def kind_of(name: str) -> str:
    """Return the ending of a file that a browser would obey; empty if it obeys none of it."""
    return next((ending for ending in OPENING if name.endswith(ending)), "")


def alive(name: str, content: bytes) -> str:
    """Return what a page or picture holds that ours never do; nothing if it is inert."""
    if len(content) > MOST_BYTES:
        return f"is larger than {MOST_BYTES >> 20} MB"
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "is no text in UTF-8"
    if any(ord(each) < 32 and each not in "\n\t" for each in text):
        return "holds control characters"
    opening = OPENING[kind_of(name)].match(text)
    if opening is None:
        return "does not begin like one of ours"
    is_page = kind_of(name) == ".html"
    at = opening.end()
    while (at := text.find("<", at)) >= 0:
        comment = None if is_page else COMMENT.match(text, at)
        tag = TAG.match(text, at)
        if comment is None and tag is None:
            return f"holds {text[at : at + 40]!r}"
        if tag is not None and (reason := stirring(tag, is_page)):
            return reason
        at = (comment or tag).end()  # type: ignore[union-attr]
    for style in STYLE.findall(text):
        if reaches := REACHING.search(QUOTED.sub("", style)):
            return f"has a style with {reaches[0]!r}"
    return ""


def stirring(tag: re.Match[str], is_page: bool) -> str:
    """Return what a tag does or names that ours never do, or nothing."""
    name = tag[2]
    if name not in SVG and not (is_page and name in HTML):
        return f"holds <{name[:40]}>"
    for key, value in ATTRIBUTE.findall(tag[3]):
        is_told = key.startswith("aria-") or key in LOOKS or key in STRICT
        if not is_told or (key in STRICT and not STRICT[key].fullmatch(value)):
            return f'holds {key[:40]}="{value[:40]}"'
        if key in DRAWN and REACHING.search(unescape(value)):
            return f'holds {key}="{value[:40]}"'
    return ""
