"""What a mail says, as text for the agent."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from firstline.channels.email.headers import readable
from firstline.channels.email.mime import Mail

MOST_HTML = 500_000
"""Characters of HTML that are looked at."""
DEEPEST_HTML = 400
_STUB = re.compile(r"(html|not support|nicht unterstützt|cannot (?:show|display|view)|view (?:this|it) in)", re.IGNORECASE)
_BLOCKS = frozenset(
    """
    address article aside blockquote br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav
    ol p pre section table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905 a list of this length is read more easily as words
)
_SILENT = frozenset(
    """
    script style head title meta link template noscript object embed iframe svg math textarea select
    """.split()  # noqa: SIM905 a list of this length is read more easily as words
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|font-size\s*:\s*0(?:\.\d+)?\s*(?:px|pt|em|rem|%)?\s*(?:;|!|$)|"
    r"mso-hide\s*:\s*all|(?:max-)?(?:height|width)\s*:\s*0(?:px|pt)?\s*(?:;|!|$)|(?:text-indent|left|top)\s*:\s*-\d{3,}|"
    r"clip\s*:\s*rect\(0|transform\s*:\s*scale\(0",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*([^;!]{1,40})", re.IGNORECASE)
_GROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]{1,40})", re.IGNORECASE)
_WHITE = re.compile(
    r"white|#fff(?:f{3})?(?:ff)?|#f[c-f]f[c-f]f[c-f]|rgba?\(\s*25[2-5]\s*,\s*25[2-5]\s*,\s*25[2-5].*|transparent|rgba\(.*,\s*0(?:\.0+)?\s*\)",
    re.IGNORECASE,
)
_QUOTE_BOXES = (
    ".gmail_quote, blockquote[type=cite], .yahoo_quoted, .protonmail_quote, .tutanota_quote, #divRplyFwdMsg, #appendonsend, "
    ".moz-cite-prefix, .gmail_attr, #mail-editor-reference-message-container"
)
_AND_WHAT_FOLLOWS = frozenset(("divRplyFwdMsg", "appendonsend"))


_NESTING = re.compile(
    r"<(/?)(?:div|span|blockquote|table|center|section|article|main|b|i|u|s|em|strong|font|a|ul|ol|dl|big|small)\b", re.IGNORECASE
)


def shallow(html: str) -> str:
    """As much of the HTML as is not nested deeper than any person writes: parsers take a long time over the rest."""
    depth = 0
    html = html[:MOST_HTML]
    for mark in _NESTING.finditer(html):
        depth = max(depth - 1, 0) if mark.group(1) else depth + 1
        if depth > DEEPEST_HTML:
            return html[: mark.start()]
    return html


def text_of(mail: Mail, *, without_quotes: bool = False) -> str:
    """The mail's text: the plain part, unless it is missing, a stub, or much shorter than what the HTML says."""
    plain = mail.plain.strip()
    if not mail.html:
        return plain
    shown = text_of_html(mail.html, without_quotes=without_quotes)
    stub = len(plain) < 200 and _STUB.search(plain) is not None and len(shown) > len(plain)
    if not plain or stub or len(plain) * 4 < len(shown):
        return shown
    return plain


def text_of_html(html: str, *, without_quotes: bool = False) -> str:
    """The text that a reader of the HTML sees; what is hidden from people would be a way to instruct the agent."""
    tree = LexborHTMLParser(shallow(html))
    body = tree.body
    if body is None:
        return ""
    if without_quotes:
        _drop_quotes(tree)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" *\n *", "\n", readable(_written(body)))).strip()


def _drop_quotes(tree: LexborHTMLParser) -> None:
    body = tree.body
    boxes = [node for node in tree.css(_QUOTE_BOXES) if "forward" not in (node.text(deep=True) or "")[:300].lower()]
    if body is None or not boxes:
        return
    kept = len(re.sub(r"\s", "", body.text(deep=True) or "")) - sum(
        len(re.sub(r"\s", "", b.text(deep=True) or "")) for b in boxes
    )
    if kept < 1 and len(boxes) == 1:
        return
    for box in boxes[:50]:
        if (box.attributes.get("id") or "") in _AND_WHAT_FOLLOWS:
            after = box.next
            while after is not None:
                gone, after = after, after.next
                gone.decompose()
        box.decompose()


def _written(body: LexborNode) -> str:
    """The text of a tree, walked without recursion: nesting is the sender's choice."""
    out: list[str] = []
    top = body.mem_id  # nodes compare by what they contain, which is slow and not what is meant
    node: LexborNode | None = body
    while node is not None:
        entered = _enter(node, out)
        if entered and node.child is not None:
            node = node.child
            continue
        while node is not None and node.mem_id != top and node.next is None:
            node = node.parent
            if node is not None and node.tag in _BLOCKS and node.tag != "li":
                out.append("\n")
        node = node.next if node is not None and node.mem_id != top else None
    return "".join(out)


def _enter(node: LexborNode, out: list[str]) -> bool:
    """Write what a node itself shows; whether its children are shown."""
    tag = node.tag
    if tag == "-text":
        out.append(re.sub(r"[ \t\r\n\xa0]+", " ", node.text(deep=False) or node.text_content or ""))
        return False
    if tag is None or tag.startswith(("-", "!")) or tag in _SILENT or _is_hidden(node):
        return False
    if tag in _BLOCKS:
        out.append("\n- " if tag == "li" else "\n")
    elif tag in ("td", "th"):
        out.append(" ")
    if tag == "img" and (alt := node.attributes.get("alt")):
        out.append(f"[{alt[:200]}]")
    return True


def _is_hidden(node: LexborNode) -> bool:
    given = node.attributes
    if "hidden" in given or given.get("aria-hidden") == "true":
        return True
    if node.tag == "font" and (_WHITE.fullmatch((given.get("color") or "").strip()) or (given.get("size") or "").strip() == "0"):
        return True
    style = (given.get("style") or "")[:2_000]
    if not style:
        return False
    if _HIDDEN.search(style):
        return True
    colour, ground = _COLOUR.search(style), _GROUND.search(style)
    if colour and ground and colour.group(1).strip().lower() == ground.group(1).strip().lower():
        return True
    return bool(colour and _WHITE.fullmatch(colour.group(1).strip()) and not ground)
