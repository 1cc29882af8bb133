"""The page of commands, from the command line itself."""

from collections.abc import Iterator

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from docs.generate.markdown import code, page, table
from firstline.cli import app

Parameter = TyperArgument | TyperOption

INTRODUCTION = """`bin/firstline COMMAND` in the environment of this folder; `firstline COMMAND` where the package
is installed. Every command uses the same data folder: `--data`, or `FIRSTLINE_DATA`, or `./data`. The other
[settings](settings.md) come from the environment. A command that fails says why in one sentence and exits with 1;
wrong usage exits with 2."""


def write() -> str:
    """The page."""
    root = typer.main.get_command(app)
    found = list(_commands(root, "firstline"))
    return page(
        "Commands",
        INTRODUCTION,
        table(("command", "does"), ((f"[{code(path)}](#{_anchor(path)})", _sentence(one)) for path, one in found)),
        *(_part(path, one) for path, one in found),
    )


def _commands(command: object, path: str) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, one in sorted(command.commands.items()):
            if not one.hidden:
                yield from _commands(one, f"{path} {name}")
    elif isinstance(command, TyperCommand):
        yield path, command


def _anchor(path: str) -> str:
    return path.replace(" ", "-")


def _sentence(command: TyperCommand) -> str:
    return " ".join((command.help or "").partition("\n\n")[0].split())


def _part(path: str, command: TyperCommand) -> str:
    parameters = [one for one in command.params if isinstance(one, Parameter) and not one.hidden]
    usage = " ".join([path, *(_usage(one) for one in parameters)])
    rows = [(code(_name(one)), _about(one), _default(one)) for one in parameters]
    text = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    parts = (f"## {path}", text, f"```\n{usage}\n```", table(("option", "means", "default"), rows))
    return "\n\n".join(part for part in parts if part)


def _name(parameter: Parameter) -> str:
    if isinstance(parameter, TyperOption):
        return ", ".join((*parameter.opts, *parameter.secondary_opts))
    return _value(parameter)


def _value(parameter: Parameter) -> str:
    return parameter.metavar or (parameter.name or "").upper().replace("_", "-")


def _usage(parameter: Parameter) -> str:
    if isinstance(parameter, TyperOption):
        off = parameter.secondary_opts if parameter.default is True else parameter.opts
        shown = off[0] if parameter.is_flag else f"{off[0]} {_value(parameter)}"
    else:
        shown = _value(parameter)
    return shown if parameter.required else f"[{shown}]"


def _about(parameter: Parameter) -> str:
    words = " ".join((parameter.help or "").split())
    variable = parameter.envvar
    return f"{words} Also {code(variable)}." if isinstance(variable, str) else words


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if parameter.default is None or parameter.default in ((), [], "") or callable(parameter.default):
        return "–"
    if isinstance(parameter.default, bool):
        return "on" if parameter.default else "–"
    return code(parameter.default)
