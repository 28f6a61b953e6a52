"""Names of files and folders as people write them."""

from pathlib import Path

from sim.world.errors import BadInput, cut

MOST = 300
"""characters of a path that a message shows"""


def expanded(given: str | Path, where: str = "") -> Path:
    """Return a path with the home that a leading ``~`` stands for.

    Parameters
    ----------
    where : file and key that asked for it, for the error.

    Raises
    ------
    BadInput
        If there is no such user.
    """
    try:
        return Path(given).expanduser()
    except RuntimeError:
        place = f"{where}: " if where else ""
        raise BadInput(
            f"{place}{shortened(given)}: ~ stands for somebody's home, and there is none of that "
            "name. Write the folder itself."
        ) from None


def as_text(path: Path, option: str) -> Path:
    """Return the path of a folder to write to, if every library can spell it.

    Raises
    ------
    BadInput
        If it holds bytes that are no text.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise BadInput(
            f"{option} {shortened(path)}: this name is no text in the machine's encoding. Name "
            "another folder, or set PYTHONUTF8=1 and repeat the command."
        ) from None
    return path


def is_folder(path: Path) -> bool:
    """Return whether there is a folder of that name, be it one that none can have."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def shortened(path: str | Path) -> str:
    """Return a path as a message shows it."""
    return cut(str(path), MOST)
