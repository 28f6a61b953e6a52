"""Try the engines under one set of libraries: python -m tests.versions.sets [NAME ...].

Each set gets an environment of its own, into which this checkout and the set are installed
together, so that pip says if they do not resolve.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parents[2]
SETS = tomllib.loads(Path(__file__).with_name("sets.toml").read_text(encoding="utf-8"))
TOOLS = ("hypothesis", "pytest", "pytest-xdist")
TRIES = (
    "tests/engines/test_same_bits.py::test_every_policy",
    "tests/engines/test_compiler.py",
    "tests/engines/test_canaries.py",
    "tests/engines/test_mesa_conventions.py",
    "tests/questions/test_discovery.py",
)
"""The quick tests that both engines are equal, and of what else rests on these libraries."""
FEW = (f"{TRIES[0]}[clauses-1]", *TRIES[2:4])
"""Those of them that compile only one policy."""


def pins(name):
    """Return a set's libraries as pip takes them."""
    return [f"{part}=={number}" for part, number in SETS[name].items() if part != "python"]


def interpreter(version):
    """Return the command of a Python of this version, None if this machine has none that runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = sorted(pyenv.glob(f"{version}.*/bin/python"))
    for command in (sys.executable, which(f"python{version}"), *map(str, found)):
        if command and is_python(command, version):
            return command
    return None


def is_python(command, version):
    """Return whether a command runs a Python of this version."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([command, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


def install(name, folder):
    """Make an environment of a set in a folder; return its Python."""
    command = interpreter(SETS[name]["python"])
    if command is None:
        raise FileNotFoundError(f"{name} needs a Python {SETS[name]['python']}: none was found")
    subprocess.run([command, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--prefer-binary", "--editable", str(ROOT), *pins(name), *TOOLS], check=True
    )
    return python


def try_set(name, folder, tries=TRIES):
    """Run the quick tests under a set of libraries; return pytest's exit code."""
    python = install(name, folder / "environment")
    cache = {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    tests = [python, "-m", "pytest", "-n", "0", "-q", "-x", "-p", "no:cacheprovider", *tries]
    return subprocess.run(tests, cwd=ROOT, env={**os.environ, **cache}, check=False).returncode


def main(names):
    """Try the named sets, or all; return how many failed."""
    failed = []
    for name in names or SETS:
        print(f"== {name}: {', '.join(pins(name))}", flush=True)
        with tempfile.TemporaryDirectory(prefix="partnersim-") as folder:
            if try_set(name, Path(folder)):
                failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all of them run")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
