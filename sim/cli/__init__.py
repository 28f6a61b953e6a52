"""The command `partnersim`: parse, call, print."""

from partnersim import leave


def main() -> None:
    """Run the command, on whatever terminal and from whatever program it was started.

    Nothing is imported before the current folder is left.
    """
    leave()
    import functools
    import os
    import sys
    import warnings

    from sim.cli import commands, streams, terminal
    from sim.cli.shared import ending, show_warning

    os.environ["MPLBACKEND"] = "agg"  # a notebook's own may not be installed here
    heed_endings()
    streams.open_up()
    terminal.guard()
    warnings.showwarning = functools.partial(show_warning, warnings.showwarning)
    with ending():
        try:
            commands.app(prog_name="partnersim")
        finally:
            for stream in filter(None, (sys.stderr, sys.stdout)):
                stream.flush()


def heed_endings() -> None:
    """End like an interruption when told to end, or when the terminal is closed.

    Whoever started the command may have asked for it to go on without a terminal (nohup).
    """
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
