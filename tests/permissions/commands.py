"""The commands of the product, found in its source, and a way to call one with arguments that mean nothing."""

import ast
import importlib
import inspect
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeGuard
from unittest.mock import MagicMock

import firstline

NOT_COMMANDS = ("console", "cli", "demo", "widget", "live")
"""Packages whose functions call commands."""
TABLE = Path(__file__).with_name("commands.toml")


def table() -> dict[str, str]:
    """What each command takes, as it is written down."""
    commands: dict[str, str] = tomllib.loads(TABLE.read_text("utf-8"))["commands"]
    return commands


def found() -> list[str]:
    """Every public function that takes ``by: Actor``, by its dotted name below ``firstline``."""
    root = Path(firstline.__path__[0])
    names = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if parts[0] in NOT_COMMANDS or parts[-1].endswith("api"):
            continue
        names += [".".join((*parts, node.name)) for node in ast.parse(path.read_text("utf-8")).body if _is_command(node)]
    return names


def _is_command(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
        return False
    arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return any(one.arg == "by" and one.annotation is not None and "Actor" in ast.unparse(one.annotation) for one in arguments)


def function(name: str) -> Callable[..., Any]:
    """The command of that name."""
    module, _, verb = name.rpartition(".")
    command: Callable[..., Any] = getattr(importlib.import_module(f"firstline.{module}"), verb)
    return command


def call(name: str, tx: Any, by: Any, **known: Any) -> Any:
    """Call a command with arguments that mean nothing, but for those that are known."""
    command = function(name)
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in inspect.signature(command).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if parameter.name not in ("tx", "by", *known) and parameter.default is not parameter.empty:
            continue
        value = {"tx": tx, "by": by, **known}.get(parameter.name, _nothing(parameter))
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            positional.append(value)
    return command(*positional, **named)


def _nothing(parameter: inspect.Parameter) -> Any:
    by_type: dict[Any, Any] = {str: "x.txt", bytes: b"x"}
    return by_type.get(parameter.annotation) or MagicMock()
