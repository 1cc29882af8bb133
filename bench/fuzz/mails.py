"""Mails with something wrong in them: cut, repeated, spliced, sprinkled."""

import base64
import json
import random
from collections.abc import Callable, Sequence

from bench.fuzz import webhooks
from bench.fuzz.target import LARGEST, Target
from firstline.channels.base import Forged, RawRequest
from firstline.channels.email.display import for_display
from firstline.channels.email.mime import Unreadable
from firstline.channels.email.parse import parse
from firstline.channels.email.providers.ses import verify
from firstline.channels.email.quotes import reply_only
from firstline.simulators.mail.sns import Stand, notification
from tests.channels.email.letters import AT, SIGNER, mail, mailbox
from tests.channels.email.test_meaning import dsn
from tests.channels.email.test_mime import multipart, part
from tests.channels.email.test_providers import account, form, mailgun, postmark
from tests.channels.email.test_reading import QUOTED

TOKENS = [
    b"Content-Type: multipart/mixed; boundary=x\r\n", b"--x\r\n", b"--x--\r\n", b"\r\n\r\n", b"=?utf-8?B?", b"?=", b"<", b">",
    b"Content-Transfer-Encoding: base64\r\n", b"\xff\xfe", b"\x00", b"<div>", b"<table><tr><td>", b"style='color:white'", b"&#",
    b"On Mon, 3 Nov 2026, x wrote:\n", b"filename*0*=", b";", b"charset=utf-7", b"From: ", b"References: <a@b>", b"----",
    b"_____", b"{", b"[", b"(", b'"', b"> ",
]  # fmt: skip


def seeds() -> list[bytes]:
    """Mails to begin with."""
    html = part(b"<p>Hi <img src='cid:a'></p><blockquote type=cite>old</blockquote>", "text/html")
    made = [mail(), mail(in_reply_to="<a@b>", authentication_results="mx; dmarc=pass"), dsn("<a@b>"), multipart(html, part(b"x"))]
    return [*made, *(mail(text) for text, _ in QUOTED)]


def mutated(random_: random.Random, pool: Sequence[bytes]) -> bytes:
    """A mail with something wrong: cut, repeated, spliced, sprinkled."""
    raw = bytearray(random_.choice(pool))
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(raw) + 1)
        match random_.randrange(6):
            case 0:
                raw[at : at + random_.randint(1, 40)] = b""
            case 1:
                raw[at:at] = random_.choice(TOKENS)
            case 2:
                raw[at:at] = random_.choice(TOKENS) * random_.randint(1, LARGEST // 40)
            case 3:
                raw[at:at] = random_.choice(pool)[: random_.randint(1, 2_000)]
            case 4:
                raw[at:at] = random_.randbytes(random_.randint(1, 30))
            case _:
                if raw:
                    raw[at % len(raw)] = random_.randrange(256)
    return bytes(raw[:LARGEST])


def _mail(raw: bytes) -> None:
    parse(mailbox(trusted_servers=["mx"]), RawRequest(rest="imap/INBOX/1/1", query={"folder": "inbox"}, body=raw, at=AT), SIGNER)


def _provider(way: str) -> Callable[[bytes], None]:
    given = {"mailgun": mailgun(), "postmark": postmark(), "sendgrid": form("sendgrid", {"email": b"x"})}[way]

    def read(raw: bytes) -> None:
        request = RawRequest("POST", way, given.query, given.headers, raw, AT)
        parse(account(), request, SIGNER)

    return read


def _signed(stand: Stand) -> Callable[[bytes], None]:
    """What Amazon delivers is checked first: everything behind the signature is reached by what is signed."""
    mailbox_ = mailbox(incoming="webhook", topic=stand.topic, topic_certificate=stand.certificate)

    def read(raw: bytes) -> None:
        request = RawRequest("POST", "ses", {}, {}, raw, AT)
        verify(mailbox_, request, lambda address: None, lambda link: None)
        parse(mailbox_, request, SIGNER)

    return read


def _notified(random_: random.Random, pool: Sequence[bytes], stand: Stand) -> bytes:
    """A broken mail in a good envelope, a broken message in a signed one, or an envelope that is broken itself."""
    raw = mutated(random_, pool)
    inner = json.loads(json.loads(notification(mail(), stand).body)["Message"])
    inner["content"] = base64.b64encode(raw).decode()
    if random_.randrange(2):
        inner["content"], inner["receipt"]["action"]["encoding"] = (
            raw.decode("utf-8", "replace"),
            random_.choice(("UTF-8", "", 7)),
        )
    whole = stand.signed("Notification", json.dumps(inner)).body
    match random_.randrange(4):
        case 0 | 1:
            return whole
        case 2:
            broken = webhooks.mutated(random_, [inner]).decode("utf-8", "replace")
            return stand.signed(random_.choice(("Notification", "SubscriptionConfirmation", "x")), broken).body
        case _:
            return webhooks.mutated(random_, [json.loads(whole), inner])


def _text(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    reply_only(text)
    for_display(text, lambda source: None)


def targets() -> list[Target]:
    """What reads mails, their texts, and what mail providers post."""
    pool = seeds()
    own = {"mailgun": [mailgun().body], "postmark": [postmark().body], "sendgrid": [form("sendgrid", {"email": mail()}).body]}
    declared = (Unreadable, Forged)
    made = [Target("mail", _mail, lambda random_: mutated(random_, pool), declared)]
    made.append(Target("text", _text, lambda random_: mutated(random_, pool), declared))
    stand = Stand.made()
    made.append(Target("ses", _signed(stand), lambda random_: _notified(random_, pool, stand), declared))
    for way in ("mailgun", "postmark", "sendgrid"):
        wide = [*pool, *own.get(way, []) * 10]
        made.append(Target(way, _provider(way), lambda random_, wide=wide: mutated(random_, wide), declared))  # type: ignore[misc]
    return made
