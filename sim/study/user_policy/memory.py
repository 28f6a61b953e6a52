"""Whether a rule could remember something between two calls, read off its code.

A rule answers from its terms and an account alone. What could make it answer otherwise the second
time is a name it binds anew outside itself, an attribute it sets, or something changeable that it
can reach: a list of its module, of a function around it, or of its own defaults. Such a thing may
be looked into, in the few ways listed here; any other use is refused, since it may change it.
"""

from __future__ import annotations

import ast
import dis
import inspect
import sysconfig
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from policies.compiler import is_ours

FIXED = (int, float, complex, str, bytes, type(None), np.generic, np.dtype, range, Enum)
"""Kinds of things that never change."""
LOOKS = {"all", "any", "enumerate", "len", "max", "min", "range", "reversed", "sorted", "sum"}
LOOKS |= {"tuple", "zip"}
"""Functions that change nothing they are given."""
ASKS = {"count", "dtype", "get", "index", "items", "keys", "ndim", "shape", "size", "values"}
"""Attributes of a list, dict or array that change nothing in it."""
LIBRARIES = tuple(sysconfig.get_paths()[kind] for kind in ("stdlib", "purelib", "platlib"))
ADVICE = "a rule remembers nothing from one call to the next"


def remembering(rules: Iterable[Any]) -> str:
    """Return the first way in which rules, or what they call, could remember, or nothing."""
    for rule in rules:
        for function in reached(rule):
            if reason := binding(function) or changing(function):
                return f"{function.__name__}: {reason}"
    return ""


def plain(thing: Any) -> Any:
    """Return what was compiled as it is written."""
    return getattr(thing, "py_func", thing)


def reached(rule: Any) -> Iterator[FunctionType]:
    """Yield a rule and every function of somebody's own that it can call."""
    waiting, seen = [plain(rule)], set()
    while waiting:
        function = waiting.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        if isinstance(function, type):
            waiting += [plain(part) for part in vars(function).values()]
        elif isinstance(function, FunctionType) and is_own(function):
            yield function
            waiting += [plain(thing) for thing in held(function).values()]


def is_own(thing: Any) -> bool:
    """Return whether a function or class is neither shipped nor of a library."""
    code = getattr(thing, "__code__", None)
    return not is_ours(thing) and not (code and code.co_filename.startswith(LIBRARIES))


def codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of those written in it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from codes(part)


def held(function: FunctionType) -> dict[str, Any]:
    """Return what a function can reach besides its arguments, by name."""
    outer = function.__globals__
    names = [name for code in codes(function.__code__) for name in code.co_names]
    things = {name: outer[name] for name in names if name in outer}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            things[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    for name, usual in inspect.signature(function).parameters.items():
        if usual.default is not usual.empty:
            things[name] = usual.default
    return things


def binding(function: FunctionType) -> str:
    """Return how a function binds a name outside itself or sets an attribute, or nothing."""
    outside = set(function.__code__.co_freevars)
    line = function.__code__.co_firstlineno
    for code in codes(function.__code__):
        for step in dis.get_instructions(code):
            line = line_of(step) or line
            what, name = step.opname, step.argval
            if what in ("STORE_GLOBAL", "DELETE_GLOBAL") or (
                what in ("STORE_DEREF", "DELETE_DEREF") and name in outside
            ):
                return f"line {line}: it sets {name}, which outlives the call; {ADVICE}"
            if what in ("STORE_ATTR", "DELETE_ATTR"):
                return f"line {line}: it sets the attribute {name} of something; {ADVICE}"
    return ""


def line_of(step: dis.Instruction) -> int | None:
    """Return the line that an instruction was written in, if it is known."""
    return step.positions.lineno if step.positions is not None else None


def changing(function: FunctionType) -> str:
    """Return the first use of a changeable thing that may change it, or nothing."""
    changeable = {name: thing for name, thing in held(function).items() if not is_fixed(thing)}
    if not changeable:
        return ""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):
        tree = None
    first = function.__code__.co_firstlineno
    for name, thing in changeable.items():
        line = first if tree is None else misused(tree, name, is_nested(thing))
        if line:
            place = line if tree is None else first + line - 1
            kind = type(thing).__name__
            return f"line {place}: it may change {name}, a {kind}; {ADVICE}. Make it a tuple"
    return ""


def is_fixed(thing: Any) -> bool:
    """Return whether nothing in a thing can be changed by whoever holds it."""
    thing = plain(thing)
    if isinstance(thing, tuple | frozenset):
        return all(is_fixed(part) for part in thing)
    if isinstance(thing, np.ndarray):
        return not thing.flags.writeable
    if isinstance(thing, type):
        if not is_own(thing) or thing.__module__ == "builtins":
            return True
        return all(
            is_fixed(part)
            for name, part in vars(thing).items()
            if not name.startswith("__") and name != "_field_defaults"
        )
    return isinstance(thing, FIXED) or is_code(thing)


def is_code(thing: Any) -> bool:
    """Return whether a thing is a module, a function, or what a class is made of."""
    made_of = (FunctionType, ModuleType, property, classmethod, staticmethod)
    return isinstance(thing, made_of) or inspect.isroutine(thing) or inspect.isdatadescriptor(thing)


def is_nested(thing: Any) -> bool:
    """Return whether a changeable thing holds others that can be changed."""
    if isinstance(thing, np.ndarray):
        return False
    parts = thing.values() if isinstance(thing, dict) else thing
    is_listed = isinstance(thing, list | dict | set)
    return not is_listed or not all(is_fixed(part) for part in parts)


def misused(tree: ast.AST, name: str, is_deep: bool) -> int:
    """Return the line on which something changeable is more than looked into, or 0.

    Parameters
    ----------
    is_deep : it holds other changeable things, which may only be indexed to the bottom.
    """
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and not is_look(node, above, is_deep):
            return node.lineno
    return 0


def is_look(node: ast.expr, above: dict[ast.AST, ast.AST], is_deep: bool) -> bool:
    """Return whether a use of a name only looks into what it stands for."""
    user = above[node]
    depth = 0
    while isinstance(user, ast.Subscript) and user.value is node:
        if not isinstance(user.ctx, ast.Load):
            return False
        node, user, depth = user, above[user], depth + 1
    if depth and not isinstance(user, ast.Attribute):
        return not is_deep or depth > 1
    if isinstance(user, ast.Compare):
        return True
    if is_deep:
        return is_call_of(user, node, {"len"})
    if isinstance(user, ast.Attribute):
        return not depth and user.attr in ASKS
    if isinstance(user, ast.For | ast.comprehension):
        return user.iter is node
    return is_call_of(user, node, LOOKS)


def is_call_of(user: ast.AST, given: ast.expr, names: set[str]) -> bool:
    """Return whether something is given to one of some functions."""
    return (
        isinstance(user, ast.Call)
        and given in user.args
        and isinstance(user.func, ast.Name)
        and user.func.id in names
    )
