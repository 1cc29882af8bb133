"""A channel's set-up guide, from the README of its folder, with the account's own addresses filled in."""

import re
from functools import cache
from importlib import resources

from markdown_it import MarkdownIt
from markupsafe import Markup

from firstline.channels.base import Channel

_TITLE = re.compile(r"\A# [^\n]*\n+")
_RELATIVE = re.compile(r"\[([^\]]+)\]\((?!https?://)[^)]*\)")


@cache
def _readme(package: str) -> str:
    file = resources.files(package).joinpath("README.md")
    return file.read_text("utf-8") if file.is_file() else ""


def guide(channel: Channel, base_url: str, account_id: str = "") -> Markup:
    """The guide as HTML; empty if the channel has none. Markup in it is text: the renderer passes none through."""
    text = _TITLE.sub("", _readme(type(channel).__module__.rpartition(".")[0]))
    text = _RELATIVE.sub(r"\1", text).replace("https://YOUR-ADDRESS", base_url)
    if account_id:
        text = text.replace("ACCOUNT-ID", account_id).replace("/ACCOUNT/", f"/{account_id}/")
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return Markup(rendered)
