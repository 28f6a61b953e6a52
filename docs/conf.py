"""How the documentation site is built; CONTRIBUTING.md has the command.

The site's root is that of the checkout, so that every document keeps its place and its links. The
pages in docs/reference are templates (Jinja), filled from what the code declares.
"""

import importlib
import inspect
import re
import sys
import tempfile
import tomllib
from pathlib import Path

import jinja2
import numba
import typer.cli
import typer.main
from sphinx.errors import SphinxError

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]
numba.config.DISABLE_JIT = True  # a compiled rule shows neither its signature nor its docstring

import dead_links

import policies.contract
import sim
import sim.cli.commands
from policies import registry
from sim.present import i18n as words
from sim.study.indicators import INDICATORS
from sim.world import departures

project = "partnersim"
copyright = "the partnersim authors"
release = sim.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "notebooks/*.ipynb",
    "scenarios/README.md",
    "tests/rulings/README.md",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
exclude_patterns = [".*", "build", "dist", "results", "sim", "policies", "benchmarks"]

# ---------------------------------------------------------------- pages

myst_heading_anchors = 3
myst_disable_syntax = ["myst_line_comment"]  # a line may begin with a percent sign
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_in_temp = True
nb_execution_timeout = 600
nb_output_stderr = "remove"

html_theme = "furo"
html_title = "partnersim"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["index.html"]
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}

# ---------------------------------------------------------------- docstrings

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_param = False
default_role = "py:obj"
python_maximum_signature_line_length = 80


COLON = "\ue000"  # stands for a colon that napoleon would take for the end of a type


def before_napoleon(app, what, name, obj, options, lines):
    """Have prose read as prose: types are in the signatures, none is in our docstrings."""
    text = "\n".join(lines)
    if what in ("attribute", "data", "property"):
        text = text.replace(":", COLON)
    head, *sections = re.split(r"^(\w+)\n-{3,}\n", text, flags=re.M)
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        if title == "Parameters":
            body = re.sub(r"^([\w*, ]+?) : (.+)", r"\1\n    \2", body, flags=re.M)
        elif title == "Returns":
            told, _, rest = body.partition("\n\n")
            body = " ".join(told.split()).replace(":", COLON) + "\n\n" + rest
        head += f"{title}\n{'-' * len(title)}\n{body}"
    lines[:] = head.split("\n")


def after_napoleon(app, what, name, obj, options, lines):
    """Call what is returned so, and not a type."""
    lines[:] = [line.replace(":rtype:", ":returns:").replace(COLON, ":") for line in lines]


# ---------------------------------------------------------------- reference


def described(name: str) -> dict:
    """Return what a policy's page tells of it."""
    told = registry.describe(name)
    more = inspect.getdoc(importlib.import_module(f"policies.{name}")).partition("\n")[2].strip()
    with words.speaking("ru"):
        russian = words._(told["summary"])
    return {**told, "more": more, "russian": russian}


def kind(thing: object) -> str:
    """Return what a public name stands for, in the words of Sphinx's directives."""
    if inspect.ismodule(thing):
        return "module"
    return "class" if inspect.isclass(thing) else "function"


def translated(text: str) -> str:
    """Return a text of the reports in Russian."""
    with words.speaking("ru"):
        return words._(text)


def rulings(name: str) -> list[dict]:
    """Return a policy's cases as their file has them."""
    path = ROOT / "tests" / "rulings" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["case"]


def commands() -> str:
    """Return the help of every command in Markdown."""
    command = typer.main.get_command(sim.cli.commands.app)
    for each in command.commands.values():  # whole first sentences in the list
        each.short_help = inspect.cleandoc(each.help).partition("\n")[0]
    context = typer.Context(command, info_name="partnersim")
    told = typer.cli.get_docs_for_click(obj=command, ctx=context, name="partnersim")
    return re.sub(r"\[bold\](.*?)\[/bold\]", r"`\1`", told).replace("\\[", "[").partition("\n")[2]


def fill(app, page, source):
    """Fill a template of docs/reference with what the code declares."""
    if not page.startswith("docs/reference/"):
        return
    template = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(source[0])
    source[0] = template.render(
        assumptions=departures.catalogue(),
        commands=commands,
        contract={
            name: kind(getattr(policies.contract, name)) for name in policies.contract.__all__
        },
        indicators=INDICATORS,
        policies=[described(name) for name in registry.available()],
        public={name: kind(getattr(sim, name)) for name in sim.__all__},
        rulings=rulings,
        translated=translated,
    )


def fit_in(app, page, source):
    """Fit in what is a file of its own in the repository."""
    if page == "docs/decisions/README":  # its list is a plain one
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n0*\n```\n"
    elif page == "README":  # the start page has this name
        source[0] = source[0].replace("# partnersim", "# Run it", 1)


def list_own_code(app, env):
    """Keep the list of sources to those that are shown: one is listed for each built-in type."""
    shown = getattr(env, "_viewcode_modules", {})
    shown.pop("builtins", None)


# ---------------------------------------------------------------- checks


def check_pages(app, error):
    """Fail if a link leads nowhere or a page names a folder of the machine that built it."""
    if error or app.builder.format != "html":
        return
    wrong = dead_links.dead_links(Path(app.outdir))
    folders = [f"{folder}/" for folder in (ROOT, sys.prefix, Path.home(), tempfile.gettempdir())]
    for path in sorted(Path(app.outdir).rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        wrong += [f"{path.relative_to(app.outdir)}: {name}" for name in folders if name in text]
    if wrong:
        raise SphinxError("\n".join(["the pages are not right", *wrong]))


def setup(app):
    """Take part in Sphinx's reading."""
    app.connect("autodoc-process-docstring", before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", after_napoleon, priority=600)
    app.connect("source-read", fill)
    app.connect("source-read", fit_in)
    app.connect("env-check-consistency", list_own_code)
    app.connect("build-finished", check_pages)
