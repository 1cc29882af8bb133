"""A message as a mail: text and HTML, in its thread, with an address that leads the answer back. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any

from firstline.channels.base import Account, Outbound
from firstline.channels.email.addresses import normal
from firstline.channels.email.config import EmailConfig
from firstline.channels.email.headers import clean
from firstline.channels.email.kinds import ReplyTo
from firstline.channels.email.parse import bare_subject
from firstline.channels.email.pointers import Signer, trimmed
from firstline.conversations.rules import Attachment

POLICY = SMTP.clone(refold_source="all", max_line_length=78)
_LINK = re.compile(r"https?://[^\s<>\"'\])]{3,500}[^\s<>\"'\])., :;!?]")
_MARK = re.compile(r"\[(\d{1,2})\]")
_STYLE = "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:15px;line-height:1.5"


@dataclass(frozen=True)
class Rendered:
    """A mail ready to be sent."""

    message_id: str
    sender: str
    """The envelope's sender: the mailbox, or an address that leads what comes back to this message."""
    recipients: tuple[str, ...]
    content: bytes


def render(account: Account, config: EmailConfig, message: Outbound, signer: Signer) -> Rendered:
    """The same bytes but for the date each time: above all the same Message-ID, so that a second copy is recognised."""
    mail = EmailMessage(policy=POLICY)
    message_id = signer.message_id(message.correlation, account.id, config.domain)
    to = normal(message.to)
    thread = message.data.get("mail_thread")
    facts: Mapping[str, Any] = thread if isinstance(thread, Mapping) else {}
    copies = _copies(config, facts, to)
    mail["From"] = _named(config.sender_name or message.by_name, config.address)
    mail["To"] = _named("", to)
    if copies:
        mail["Cc"] = [_named("", one) for one in copies]
    mail["Subject"] = _subject(message.subject, reply=bool(message.history))
    mail["Message-ID"] = message_id
    if message.at is not None:
        mail["Date"] = format_datetime(message.at)
    made_for = (account.id, message.conversation_id, _customer(message))
    back = signer.reply_address(config.address, *made_for, config.reply_domain)
    if back and (config.plus_addressing or config.reply_domain):
        mail["Reply-To"] = _named("", back)
    _threaded(mail, message, facts)
    _machine(mail, config, message)
    _body(mail, config, message)
    for file in message.attachments:
        _attach(mail, file)
    back = signer.return_path(config.address, account.id, message.correlation, config.reply_domain) if config.return_path else ""
    return Rendered(message_id, back or config.address, (to, *copies), mail.as_bytes(policy=POLICY))


def _customer(message: Outbound) -> str:
    """Whom the reply address is made for: the address the customer writes from, which may not be the one that is answered."""
    return normal(message.identity.value) if message.identity is not None else normal(message.to)


def _copies(config: EmailConfig, facts: Mapping[str, Any], to: str) -> tuple[str, ...]:
    given = facts.get("cc")
    if config.reply_to is not ReplyTo.ALL or not isinstance(given, Sequence) or isinstance(given, str):
        return ()
    return tuple(one for one in dict.fromkeys(normal(str(each)) for each in given) if one != to and one not in config.own)[:20]


def _named(name: str, email: str) -> HeaderAddress:
    local, _, domain = email.rpartition("@")
    return HeaderAddress(clean(name, 120), local, domain)


def _subject(subject: str, *, reply: bool) -> str:
    bare = clean(bare_subject(subject), 300) or "Your message"
    return f"Re: {bare}" if reply else bare


def _threaded(mail: EmailMessage, message: Outbound, facts: Mapping[str, Any]) -> None:
    """It answers the customer's last mail, and refers to what that one refers to: the root of the thread stays the root."""
    given = facts.get("names")
    named = given if isinstance(given, Sequence) and not isinstance(given, str) else ()
    answered = str(message.reply_to or facts.get("message_id") or "")
    ids = list(dict.fromkeys(one for one in (*map(str, named), *message.history) if _is_id(one)))
    if _is_id(answered):
        ids = [*(one for one in ids if one != answered), answered]
    if ids:
        mail["In-Reply-To"] = ids[-1]
        mail["References"] = " ".join(trimmed(ids))


def _is_id(name: str) -> bool:
    return re.fullmatch(r"<[^<>\s\x00-\x20\x7f-\uffff]{1,400}>", name) is not None


def _machine(mail: EmailMessage, config: EmailConfig, message: Outbound) -> None:
    """An agent's answer says that a machine wrote it (RFC 3834); a person's does not."""
    mail["X-Firstline"] = message.by_kind
    mail["X-Firstline-Message"] = mail["Message-ID"]  # some servers write their own Message-ID over ours; bounces show this one
    if message.by_kind == "teammate" or not config.mark_automatic:
        return
    mail["Auto-Submitted"] = "auto-replied" if message.history else "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"


def _body(mail: EmailMessage, config: EmailConfig, message: Outbound) -> None:
    sources = _sources(message.data.get("citations"))
    signature = config.signature.strip()
    mail.set_content(_plain(message.text, sources, signature), cte="quoted-printable")
    mail.add_alternative(_html(message.text, sources, signature), subtype="html", cte="quoted-printable")


@dataclass(frozen=True)
class _Source:
    n: int
    title: str
    url: str


def _sources(given: object) -> tuple[_Source, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        return ()
    found = []
    for one in given:
        if isinstance(one, Mapping) and isinstance(one.get("n"), int):
            url = one.get("url")
            good = url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""
            found.append(_Source(one["n"], clean(str(one.get("title") or ""), 200), good))
    return tuple(found)


def _plain(text: str, sources: Sequence[_Source], signature: str) -> str:
    shown = [one for one in sources if one.url]
    numbers = {one.n for one in shown}
    text = _MARK.sub(lambda mark: mark.group(0) if int(mark.group(1)) in numbers or not sources else "", text)
    below = "\n".join(f"[{one.n}] {one.title}: {one.url}" for one in shown)
    return "\n\n".join(filter(None, (text.strip(), below))) + (f"\n\n-- \n{signature}" if signature else "") + "\n"


def _html(text: str, sources: Sequence[_Source], signature: str) -> str:
    by_number = {one.n: one for one in sources}
    paragraphs = "\n".join(_paragraph(block, by_number) for block in re.split(r"\n{2,}", text.strip()))
    listed = "".join(
        f'<li value="{one.n}"><a href="{escape(one.url)}">{escape(one.title or one.url)}</a></li>' for one in sources if one.url
    )
    below = f'<ol style="font-size:13px;color:#555;padding-left:20px">{listed}</ol>' if listed else ""
    end = f'<p style="color:#555">{_lines(signature, {})}</p>' if signature else ""
    return f'<!doctype html>\n<html><body><div dir="auto" style="{_STYLE}">\n{paragraphs}\n{below}{end}\n</div></body></html>\n'


def _paragraph(block: str, sources: Mapping[int, _Source]) -> str:
    lines = block.split("\n")
    items = [re.sub(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", "", line) for line in lines]
    if len(lines) > 1 and all(one != line for one, line in zip(items, lines, strict=True)):
        kind = "ol" if re.match(r"\s*\d", lines[0]) else "ul"
        return f"<{kind}>" + "".join(f"<li>{_lines(item, sources)}</li>" for item in items) + f"</{kind}>"
    return f"<p>{_lines(block, sources)}</p>"


def _lines(text: str, sources: Mapping[int, _Source]) -> str:
    """Text as HTML with its addresses, and the marks of sources, as links."""
    made: list[str] = []
    at = 0
    for link in _LINK.finditer(text):
        made += (escape(text[at : link.start()]), f'<a href="{escape(link.group(0))}">{escape(link.group(0))}</a>')
        at = link.end()
    made.append(escape(text[at:]))
    return _MARK.sub(lambda mark: _mark(mark, sources), "".join(made)).replace("\n", "<br>\n")


def _mark(mark: re.Match[str], sources: Mapping[int, _Source]) -> str:
    source = sources.get(int(mark.group(1)))
    if source is None:
        return mark.group(0)
    return f'<sup><a href="{escape(source.url)}" title="{escape(source.title)}">[{source.n}]</a></sup>' if source.url else ""


def _attach(mail: EmailMessage, file: Attachment) -> None:
    major, _, minor = (file.media_type or "application/octet-stream").partition("/")
    if major not in ("image", "audio", "video", "application", "text", "font", "model") or not re.fullmatch(
        r"[\w.+-]{1,100}", minor
    ):
        major, minor = "application", "octet-stream"
    mail.add_attachment(
        file.content or b"", maintype=major, subtype=minor, filename=clean(file.name, 200) or "file", disposition="attachment"
    )
