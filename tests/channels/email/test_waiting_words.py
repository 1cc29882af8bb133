"""A mail of one of our people that has arrived by a webhook and is not applied yet keeps the agent's mails from leaving."""

import base64
import json
import socket
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from firstline.channels import accounts
from firstline.channels.base import Account, Outbound, RawRequest, Receipt
from firstline.channels.email.channel import Email
from firstline.channels.email.glancing import headers_of, whom_our_people_wrote
from firstline.channels.email.mime import Unreadable
from firstline.channels.intake.bringing import keep_to_bring
from firstline.channels.intake.taking import take
from firstline.channels.interrupting import FETCHING, PAUSE, WITHDRAWN, interrupted
from firstline.channels.tables import channel_account
from firstline.conversations import queries
from firstline.conversations.rules import Delivery
from firstline.people.rules import Actor
from tests.channels.email.letters import ADDRESS, AT, mail
from tests.channels.email.test_providers import KEY, form, postmark
from tests.channels.email.test_s3 import notice
from tests.channels.interleaving import Run, no_word_leaves_after_a_persons
from tests.world import KEYRING, Shop

SAMIRA = "samira@veloria.example"
VELO = Actor.agent("agt_velo", "Velo")


def by_postmark(raw: bytes) -> RawRequest:
    return postmark(RawEmail=raw.decode())


def by_postmark_fields(raw: bytes) -> RawRequest:
    return postmark(Headers=listed(raw, "Name", "Value"), From="", To="", Subject="")


def by_sendgrid(raw: bytes) -> RawRequest:
    return form("sendgrid", {"email": raw}, secret=KEY)


def by_sendgrid_fields(raw: bytes) -> RawRequest:
    return form("sendgrid", {"headers": raw.partition(b"\r\n\r\n")[0], "text": "x", "charsets": "{}"}, secret=KEY)


def once(raw: bytes) -> str:
    """Mailgun's one-time token: with one that another mail had, a mail is forged and counts for nothing."""
    return sha256(raw).hexdigest()[:50]


def by_mailgun(raw: bytes) -> RawRequest:
    return form("mailgun/mime", {"body-mime": raw, "token": once(raw)})


def by_mailgun_fields(raw: bytes) -> RawRequest:
    pairs = [[one["n"], one["v"]] for one in listed(raw, "n", "v")]
    return form("mailgun", {"message-headers": json.dumps(pairs), "token": once(raw), "body-plain": "x"})


def by_amazon(raw: bytes) -> RawRequest:
    return notice("x", content=base64.b64encode(raw).decode(), receipt={"action": {"type": "SNS", "encoding": "BASE64"}})


def by_amazon_as_text(raw: bytes) -> RawRequest:
    return notice("x", content=raw.decode(), receipt={"action": {"type": "SNS", "encoding": "UTF-8"}})


def in_s3(raw: bytes) -> RawRequest:
    return notice("in/1", mail={"source": SAMIRA, "headers": listed(raw, "name", "value")})


WAYS = (
    by_postmark,
    by_postmark_fields,
    by_sendgrid,
    by_sendgrid_fields,
    by_mailgun,
    by_mailgun_fields,
    by_amazon,
    by_amazon_as_text,
    in_s3,
)


def listed(raw: bytes, name: str, value: str) -> list[dict[str, str]]:
    lines = raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return [{name: key, value: said.strip()} for key, _, said in (line.partition(":") for line in lines)]


def connected(shop: Shop, secrets: dict[str, str] | None = None) -> Account:
    settings = {"address": ADDRESS, "incoming": "webhook", "staff": ["workshop.example"]}
    given: dict[str, Any] = {"settings": settings, "secrets": secrets, "by": shop.ines}
    made = shop.database.run(
        lambda tx: accounts.connect(tx, KEYRING, Email.config, kind="email", name="Service", workspace="inbox", **given)
    )
    return shop.database.run(accounts.which, made, KEYRING)


def whom(shop: Shop, account: Account, request: RawRequest) -> tuple[str, ...]:
    return shop.database.run(whom_our_people_wrote, account, request)


@pytest.mark.promise("CH9")
def test_from_the_headers_alone_it_is_told_to_whom_one_of_our_people_wrote(shop: Shop) -> None:
    account = connected(shop)
    copied = mail("x" * 20_000, sender=f"Samira <{SAMIRA.title()}>", to="Mira <MIRA@customer.example>", cc=ADDRESS)
    own = mail("x", sender=f'"=?utf-8?q?Service?=" <{ADDRESS}>', to="mira@customer.example, tom@customer.example")
    listed_ = mail("x", sender="anna@workshop.example", to="mira@customer.example", cc=f"{ADDRESS.replace('@', '+code@')}")
    theirs = mail("x", to=ADDRESS, cc="tom@customer.example")
    alone = mail("x", sender=SAMIRA, to=ADDRESS)
    for way in WAYS:
        found = [whom(shop, account, way(raw)) for raw in (copied, own, listed_, theirs, alone)]
        mira = ("mira@customer.example",)
        assert found == [mira, (*mira, "tom@customer.example"), mira, (), ()], way.__name__


@pytest.mark.parametrize("rest", ["postmark", "mailgun", "sendgrid", "ses", "imap/INBOX/1/1", ""])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"[" * 50_000, b'{"RawEmail": 7, "Headers": 3}', b"From", b"\xff\x00", b"\r\n" * 9]
)
def test_what_cannot_be_read_takes_the_word_from_nobody(shop: Shop, rest: str, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert whom(shop, connected(shop), RawRequest("POST", rest, headers=headers, body=body)) == ()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["postmark", "mailgun", "sendgrid", "ses"]), st.binary(max_size=400))
def test_no_bytes_raise_anything_but_that_they_are_no_mail(rest: str, body: bytes) -> None:
    for whole in (body, b'{"Message": "' + body + b'"}', b"--x\r\n" + body):
        try:
            headers_of(RawRequest("POST", rest, headers={"content-type": "multipart/form-data; boundary=x"}, body=whole))
        except (Unreadable, ValueError):
            continue


class Told(Email):
    """Mail whose leaving is noted; or that goes to a real server."""

    def __init__(self, shop: Shop, leaves: Callable[[Outbound], None]) -> None:
        super().__init__(shop.database, KEYRING, allow_private=True)
        self.leaves = leaves

    async def send(self, account: Account, message: Outbound) -> Receipt:
        self.leaves(message)
        return Receipt(Delivery.SENT, self.signer.message_id(message.correlation, account.id, "veloria.example"))


class Mailed(Run):
    """In a mailbox; people's words come as copies of their mails."""

    number = 0

    def __init__(self, shop: Shop, account: Account, way: Callable[[bytes], RawRequest] = by_postmark) -> None:
        Mailed.number += 1
        channel = Told(shop, self.left_now)
        super().__init__(shop, account, channel)
        self.way, self.who, self.words = way, f"run{Mailed.number}@customer.example", 0
        self.asked = f"<m{Mailed.number}@customer.example>"
        raw = mail("Hello", sender=self.who, message_id=self.asked)
        request = RawRequest("IMAP", "imap/INBOX/1/1", {"folder": "inbox"}, body=raw, at=AT)
        shop.database.run(lambda tx: take(tx, channel.parse, account, request))
        self.begins()

    def word(self) -> bytes:
        self.words += 1
        name = f"<w{self.number}.{self.words}@x>"
        return mail("Samira here.", sender=SAMIRA, to=self.who, cc=ADDRESS, message_id=name, in_reply_to=self.asked)

    def word_of_a_person(self) -> RawRequest:
        return self.way(self.word())

    def somebody_else_writes(self) -> None:
        Mailed.number += 1
        name = f"<o{Mailed.number}@x>"
        self.keeps(self.way(mail("Hi", sender=SAMIRA, to="stranger@customer.example", cc=ADDRESS, message_id=name)))

    def left(self) -> list[str]:
        return self.noted("left")

    def pause(self) -> float:
        return self.shop.database.run(interrupted, self.talk)


@pytest.mark.slow
@pytest.mark.promise("CH9", "HO9")
def test_in_whatever_order_things_happen_no_mail_of_the_agent_leaves_after_a_persons_arrived(shop: Shop) -> None:
    account = connected(shop)
    ways = st.sampled_from([way for way in WAYS if way is not in_s3])
    no_word_leaves_after_a_persons(ways.map(lambda way: lambda: Mailed(shop, account, way)))


@pytest.mark.promise("CH9")
def test_a_mail_to_another_customer_holds_nobody_back(shop: Shop) -> None:
    run = Mailed(shop, connected(shop))
    run.somebody_else_writes()
    run.agent_says()
    run.delivers()
    assert len(run.left()) == 1


@pytest.mark.promise("CH9")
def test_a_mail_that_still_has_to_be_fetched_from_s3_holds_the_agent_back(shop: Shop) -> None:
    run = Mailed(shop, connected(shop), in_s3)
    raw = run.word()
    shop.database.run(keep_to_bring, run.account, [in_s3(raw)], run.channel)
    run.agent_says()
    run.delivers()
    assert (run.left(), run.pause()) == ([], FETCHING)
    brought = text("update raw_delivery set brought = :raw, bring_at = null, waits = true where bring_at is not null")
    shop.database.run(lambda tx: tx.execute(brought, {"raw": raw}))
    assert run.pause() == PAUSE
    run.applies()
    run.delivers()
    assert (run.left(), run.pause()) == ([], 0.0)


class Meanwhile:
    """A mail server at whose sign-in something happens."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act, self.taken = act, 0

    def signs_in(self, *_: Any) -> AuthResult:
        self.act()
        return AuthResult(success=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 the name aiosmtpd calls
        self.taken += 1
        return "250 OK"


@pytest.mark.promise("CH9")
def test_a_mail_that_arrives_while_the_mail_server_is_being_called_still_stops_the_agent(shop: Shop) -> None:
    run = Mailed(shop, connected(shop, secrets={"password": "x"}))
    server = Meanwhile(run.person_writes)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(server, hostname="127.0.0.1", port=port, auth_require_tls=False, authenticator=server.signs_in)
    controller.start()
    try:
        c = channel_account.c
        sends = {**run.account.settings, "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
        shop.database.run(lambda tx: tx.execute(update(channel_account).where(c.id == run.account.id).values(settings=sends)))
        run.channel = Email(shop.database, KEYRING, allow_private=True)
        run.agent_says()
        run.delivers()
        assert server.taken == 0
        committed = run.log[0][1]
        assert shop.database.run(queries.one_entry, committed).delivery == "pending"
        server.act = lambda: None
        run.applies()
        run.delivers()
        assert server.taken == 0
        assert shop.database.run(queries.one_entry, committed).delivery_reason == WITHDRAWN
        run.shop.gives_to_agent(run.talk)
        run.agent_says()
        run.delivers()
        assert server.taken == 1, "with nothing waiting, mail goes out"
    finally:
        controller.stop()
