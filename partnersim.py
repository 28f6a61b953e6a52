"""The command by a name that is nobody else's: `python -m partnersim`.

`sim` and `policies` are names that a user's own file or folder may have, and what comes first on
Python's path hides what comes after. The command then runs nevertheless; Python tells of it.
"""

import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parent


def main() -> None:
    """Run the command from the files beside this one."""
    if strangers():
        sys.path.insert(0, str(HOME))
    from sim.cli import main as command

    command()


def strangers() -> dict[str, Path]:
    """Return what stands before a package of ours, by the name that it has taken."""
    specs = {name: find_spec(name) for name in ("sim", "policies")}
    found = {
        name: Path(spec.origin).resolve() for name, spec in specs.items() if spec and spec.origin
    }
    return {name: place for name, place in found.items() if place.parents[1] != HOME}


def warn_of_strangers() -> None:
    """Warn of them, each in one line."""
    for name, place in strangers().items():
        what = f"this stands before partnersim's own {name}, which cannot be used"
        why = "rename it, or take its folder off Python's path."
        warnings.warn_explicit(f"{what}: {why}", UserWarning, str(place), lineno=0)


if __name__ == "__main__":
    main()
