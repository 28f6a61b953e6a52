"""The console of rich, which writes its own colours and nothing else that steers a terminal."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from sim.cli.terminal import spelled


class Spelled:
    """Something to print whose text is spelled when it is laid out."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self.inner, options):
            yield Segment(text if control else spelled(text), style, control)


class Spelling(RenderHook):
    """Has everything that is printed spelled."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Return what is to be printed instead."""
        return [Spelled(one) for one in renderables]
