"""A mail's HTML for people's eyes: shown in a sandboxed frame, and cleaned all the same."""

from collections.abc import Callable
from html import escape

import nh3
from selectolax.lexbor import LexborHTMLParser

from firstline.channels.email.bodies import shallow

_TAGS = frozenset(
    """
    a abbr address article aside b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div dl dt em
    figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span
    strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var
    """.split()  # noqa: SIM905 a list of this length is read more easily as words
)
_PROPERTIES = frozenset(
    """
    background-color border border-bottom border-collapse border-color border-left border-radius border-right border-spacing
    border-style border-top border-width color direction font-family font-size font-style font-weight line-height list-style-type
    margin margin-bottom margin-left margin-right margin-top max-width padding padding-bottom padding-left padding-right
    padding-top text-align text-decoration text-indent vertical-align white-space width
    """.split()  # noqa: SIM905 a list of this length is read more easily as words
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title", "style", "align", "valign", "width", "height", "bgcolor"},
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "table": {"border", "cellpadding", "cellspacing"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "li": {"value"},
}


def for_display(html: str, image: Callable[[str], str | None]) -> str:
    """HTML that may be shown in a sandboxed frame: no scripts, forms, classes, hidden frames.

    :param image: where to show an image from, by the address that the mail names (``cid:…``, ``https:…``); None leaves it out.
    """
    blocked = 0

    def attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal blocked
        if tag != "img" or name != "src":
            return value
        shown = image(value.strip())
        blocked += shown is None
        return shown

    return nh3.clean(
        shallow(html),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        filter_style_properties=set(_PROPERTIES),
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def remote_images(html: str) -> tuple[str, ...]:
    """The addresses of images that would be loaded from elsewhere, which tells the sender who read the mail, and when."""
    found = (node.attributes.get("src") or "" for node in LexborHTMLParser(shallow(html)).css("img"))
    return tuple(dict.fromkeys(src.strip() for src in found if src.strip().lower().startswith(("http:", "https:", "//"))))


def html_of_text(text: str) -> str:
    """Plain text as HTML."""
    return "<br>\n".join(escape(line) for line in text.split("\n"))
