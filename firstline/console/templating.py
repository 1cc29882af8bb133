"""The Jinja environment: autoescape, strict about names, translated; every macro of ``templates/parts`` under ``ui``."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from firstline.console import format as written
from firstline.console import words
from firstline.console.assets import Assets
from firstline.console.view.common import Column

FOLDER = Path(__file__).parent / "templates"


def environment(assets: Assets) -> Environment:
    """One environment for all languages and threads."""
    env = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
    )
    env.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals["gettext"] = translated
    env.filters |= {
        "attributes": attributes,
        "initials": written.initials,
        "iso": written.iso,
        "milliseconds": written.milliseconds,
        "number": written.number,
        "pairs": pairs,
        "prose": written.prose,
        "signed": written.signed,
        "size": written.size,
        "tint": written.tint,
    }
    env.globals |= {"asset": assets.url, "assets": assets, "column": Column}
    ui = SimpleNamespace()
    env.globals["ui"] = ui
    for path in sorted((FOLDER / "parts").glob("*.html")):
        module = env.get_template(f"parts/{path.name}").module
        for name in (name for name in vars(module) if not name.startswith("_")):
            setattr(ui, name, getattr(module, name))
    return env


def translated(text: str, /, **values: Any) -> Markup:
    """A text of a template in the present language; what is filled in is escaped."""
    return Markup(words.placed(words.gettext(text), values)) % values


def pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """Options whose value is what they show."""
    return [(value, value) for value in values]


def attributes(values: Mapping[str, Any]) -> Markup:
    """HTML attributes: True stands alone, None and False are left out; ``hx_get`` is written ``hx-get``."""
    out = []
    for key, value in values.items():
        if value is None or value is False:
            continue
        name = escape(key.replace("_", "-"))
        out.append(f" {name}" if value is True else f' {name}="{escape(value)}"')
    return Markup("".join(out))
