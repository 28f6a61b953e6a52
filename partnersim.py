"""How the command begins, by a name that is nobody else's: `python -m partnersim`.

`sim` and `policies` are names that a user's own file or folder may have, and what comes first on
Python's path hides what comes after. The command then runs nevertheless; Python tells of it.

The current folder holds files, not modules: neither for the command nor for what it starts. Python
looks for modules there first when it is started with -m or -c, as worker processes are, so that a
stranger's folder with a ``random.py`` in it would be run. So nothing is imported here that is not
there already, before that folder is left: whatever is imported might lie in it.
"""

import os
import sys

HOME = os.path.realpath(f"{__file__}/..")
"""where the program lies; in a checkout this may be the current folder, and stays what it is"""


def main() -> None:
    """Run the command from the files beside this one."""
    leave()
    if strangers():
        sys.path.insert(0, HOME)
    from sim.cli import main as command

    command()


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
    return folder == os.path.realpath("") and folder != HOME


def strangers() -> dict[str, str]:
    """Return what stands before a package of ours, by the name that it has taken."""
    from importlib.util import find_spec

    specs = {name: find_spec(name) for name in ("sim", "policies")}
    found = {
        name: os.path.realpath(spec.origin) for name, spec in specs.items() if spec and spec.origin
    }
    return {
        name: place for name, place in found.items() if os.path.realpath(f"{place}/../..") != HOME
    }


def warn_of_strangers() -> None:
    """Warn of them, each in one line; not while the command begins in a folder not yet left."""
    if sys.argv[:1] == ["-m"]:
        return
    import warnings

    for name, place in strangers().items():
        what = f"this stands before partnersim's own {name}, which cannot be used"
        why = "rename it, or take its folder off Python's path."
        warnings.warn_explicit(f"{what}: {why}", UserWarning, place, lineno=0)


if __name__ == "__main__":
    main()
