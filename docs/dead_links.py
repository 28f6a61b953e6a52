"""Links within a built site that lead nowhere; links out of it are not followed.

As a script it takes the folder: ``python docs/dead_links.py build/site``.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page can be entered at, and where it leads."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors = {"", "top"}
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag's anchor and its target."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            elif name in ("href", "src"):
                self.targets.append(value or "")


def dead_links(site: Path) -> list[str]:
    """Return a line for every link whose file or anchor does not exist."""
    pages = {
        path.resolve(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")
    }
    dead = []
    for path, page in sorted(pages.items()):
        for target in dict.fromkeys(page.targets):
            link = urlsplit(target)
            if link.scheme or link.netloc:
                continue
            to = (path.parent / unquote(link.path)).resolve() if link.path else path
            to = to / "index.html" if to.is_dir() else to
            outside = not to.is_relative_to(site.resolve())
            if outside or not to.is_file():
                dead.append(f"{path.relative_to(site.resolve())}: {target}: no such file")
            elif to in pages and unquote(link.fragment) not in pages[to].anchors:
                dead.append(f"{path.relative_to(site.resolve())}: {target}: no such place on it")
    return dead


if __name__ == "__main__":
    found = dead_links(Path(sys.argv[1]))
    sys.exit("\n".join(found) or None)
