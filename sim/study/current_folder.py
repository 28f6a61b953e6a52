"""The current folder holds files, not modules: neither for the command nor for what it starts.

Python looks for modules in the current folder first when it is started with -m or -c, as worker
processes are, so that a stranger's folder with a ``random.py`` in it would be run. This module
imports nothing that is not there already, because whatever it imports might lie in that folder.
"""

import os
import sys

ROOT = os.path.realpath(f"{__file__}/../../..")
"""where the program lies; in a checkout this may be the current folder, and stays what it is"""


def leave() -> None:
    """Take the current folder out of where this process, and all it starts, look for modules."""
    sys.path[:] = [place for place in sys.path if not is_current(place)]
    os.environ.update(environment())


def environment() -> dict[str, str]:
    """Return what tells a Python that is started not to look for modules in the current folder."""
    places = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    elsewhere = os.pathsep.join(place for place in places if not is_current(place))
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": elsewhere}


def is_current(place: str) -> bool:
    """Return whether a place to look for modules is the current folder, and not the program's."""
    folder = os.path.realpath(place)
    return folder == os.path.realpath("") and folder != ROOT
