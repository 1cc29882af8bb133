"""The page of roles, permissions and scopes, from ``people/rules.py`` and the commands that ask for them."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeGuard

import firstline
from docs.generate.markdown import code, first_sentence, page, table
from firstline.people.rules import PERMISSION_NAMES, ROLE_NAMES, ROLES, Permission
from firstline.people.scopes import SCOPES

INTRODUCTION = """A teammate has one role; a role allows what its column says. An API key acts for a teammate and is
limited to its scopes: it never can more than the teammate. Creating, changing and publishing the agent needs the
permission *Customer agent editor* **and** an assigned seat. Permissions are checked in the commands, so the console
and REST cannot differ; whoever lacks one is told which."""


def write() -> str:
    """The page."""
    roles = table(
        ("permission", *ROLE_NAMES.values()),
        [
            (f"{name} ({code(permission.value)})", *("yes" if permission in ROLES[role] else "–" for role in ROLE_NAMES))
            for permission, name in PERMISSION_NAMES.items()
        ],
    )
    scopes = table(
        ("scope", "permissions"),
        [
            (code(scope), "all of the teammate" if scope == "*" else ", ".join(_names(allowed)))
            for scope, allowed in SCOPES.items()
        ],
    )
    return page(
        "Roles and permissions",
        INTRODUCTION,
        "## Roles",
        "The role is set for each teammate; its name in REST is that in brackets: "
        + ", ".join(f"{name} ({code(role)})" for role, name in ROLE_NAMES.items())
        + ".",
        roles,
        "## Scopes of API keys",
        scopes,
        "## What needs which permission",
        "Reading and answering a conversation needs the permission of the workspace that it is in.",
        *_deeds(),
    )


def _deeds() -> Iterator[str]:
    """What needs a permission; permissions that allow the same share a part."""
    names: dict[frozenset[str], list[str]] = defaultdict(list)
    needed = _needed()
    for permission, name in PERMISSION_NAMES.items():
        names[frozenset(needed[permission.name])].append(name)
    for deeds, together in names.items():
        if deeds:
            yield f"### {', '.join(together)}\n\n" + "\n".join(f"- {deed}" for deed in sorted(deeds))


def _names(allowed: frozenset[Permission]) -> list[str]:
    return [name for permission, name in PERMISSION_NAMES.items() if permission in allowed]


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _needed() -> dict[str, set[str]]:
    """Per permission, what the functions that ask for it do; one without a sentence of its own asks for its callers."""
    functions = list(_functions())
    gates: dict[str, set[str]] = defaultdict(set)
    for function in functions:
        if not _sentence(function):
            gates[function.name] |= _asked(function, {})
    found: dict[str, set[str]] = defaultdict(set)
    for function in functions:
        for permission in _asked(function, gates) if _sentence(function) else ():
            found[permission].add(_sentence(function))
    return found


def _functions() -> Iterator[Function]:
    for path in sorted(Path(firstline.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function):
                yield node


def _sentence(function: Function) -> str:
    words = first_sentence(ast.get_docstring(function))
    return "" if words.startswith(":") else words


def _asked(function: Function, gates: Mapping[str, set[str]]) -> set[str]:
    """Names of the permissions that a function requires of its actor, by itself or through a gate."""
    asked: set[str] = set()
    for call in ast.walk(function):
        if not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Name):
            asked |= gates.get(call.func.id, set())
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "require_agent_editor":
            asked.add(Permission.EDIT_AGENT.name)
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "require":
            asked |= {one.attr for argument in call.args for one in ast.walk(argument) if _names_permission(one)}
    return asked


def _names_permission(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Permission"
