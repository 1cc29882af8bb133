"""A mail of one of our people that has arrived by a webhook and is not applied yet keeps the agent's mails from leaving."""

import asyncio
import base64
import json
import socket
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from firstline.channels import accounts
from firstline.channels.base import Account, Outbound, RawRequest, Receipt
from firstline.channels.deliver import Outbox
from firstline.channels.email.channel import Email
from firstline.channels.email.glancing import headers_of, whom_our_people_wrote
from firstline.channels.email.mime import Unreadable
from firstline.channels.intake import Intake
from firstline.channels.intake.backlog import Backlog, keep_for_later
from firstline.channels.intake.bringing import keep_to_bring
from firstline.channels.intake.taking import take
from firstline.channels.interrupting import FETCHING, PAUSE, WITHDRAWN, interrupted
from firstline.channels.tables import channel_account
from firstline.conversations import queries, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Delivery
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from tests.channels.email.letters import ADDRESS, AT, mail
from tests.channels.email.test_providers import KEY, form, postmark
from tests.channels.email.test_s3 import notice
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

    def __init__(self, shop: Shop, log: list[tuple[str, str]]) -> None:
        super().__init__(shop.database, KEYRING, allow_private=True)
        self.log = log

    async def send(self, account: Account, message: Outbound) -> Receipt:
        self.log.append(("left", message.entry_id))
        return Receipt(Delivery.SENT, self.signer.message_id(message.correlation, account.id, "veloria.example"))


class Run:
    """One customer of a mailbox, with everything that happens noted in order."""

    number = 0

    def __init__(self, shop: Shop, account: Account, way: Callable[[bytes], RawRequest] = by_postmark) -> None:
        Run.number += 1
        self.shop, self.account, self.way, self.who = shop, account, way, f"run{Run.number}@customer.example"
        self.log: list[tuple[str, str]] = []
        self.channel: Email = Told(shop, self.log)
        self.words = 0
        self.asked = f"<m{Run.number}@customer.example>"
        raw = mail("Hello", sender=self.who, message_id=self.asked)
        request = RawRequest("IMAP", "imap/INBOX/1/1", {"folder": "inbox"}, body=raw, at=AT)
        shop.database.run(lambda tx: take(tx, self.channel.parse, account, request))
        newest = select(conversation.c.id).where(conversation.c.channel_account_id == account.id)
        self.talk = str(shop.database.run(lambda tx: tx.scalar(newest.order_by(conversation.c.id.desc()))))
        shop.gives_to_agent(self.talk)

    def agent_says(self) -> None:
        def say(tx: Tx) -> str | None:
            found = locked(tx, self.talk)
            return replying.agent_reply(tx, found, "Velo here.", VELO, {}, turn_id="trn_1").id if found.held_by_agent else None

        if said := self.shop.database.run(say):
            self.log.append(("committed", said))

    def keeps(self, raw: bytes) -> None:
        self.shop.database.run(keep_for_later, self.account, [self.way(raw)], self.channel)

    def word(self) -> bytes:
        self.words += 1
        name = f"<w{self.number}.{self.words}@x>"
        return mail("Samira here.", sender=SAMIRA, to=self.who, cc=ADDRESS, message_id=name, in_reply_to=self.asked)

    def person_writes(self) -> None:
        self.keeps(self.word())
        self.log.append(("person", ""))

    def somebody_else_writes(self) -> None:
        Run.number += 1
        self.keeps(mail("Hi", sender=SAMIRA, to="stranger@customer.example", cc=ADDRESS, message_id=f"<o{Run.number}@x>"))

    def applies(self) -> None:
        parser = Intake(self.shop.database, {"email": self.channel}).parser
        asyncio.run(Backlog(self.shop.database, parser, KEYRING).take_in(self.account.id))
        self.log.append(("applied", ""))

    def returned(self) -> None:
        self.applies()
        self.shop.gives_to_agent(self.talk)

    def delivers(self) -> None:
        asyncio.run(Outbox(self.shop.database, {"email": self.channel}, KEYRING).deliver(self.talk))

    def left(self) -> list[str]:
        return [entry for what, entry in self.log if what == "left"]

    def pause(self) -> float:
        return self.shop.database.run(interrupted, self.talk)


ACTS: dict[str, Callable[[Run], None]] = {
    "agent": Run.agent_says,
    "person": Run.person_writes,
    "other": Run.somebody_else_writes,
    "apply": Run.applies,
    "deliver": Run.delivers,
    "return": Run.returned,
}


@pytest.mark.slow
@pytest.mark.promise("CH9", "HO9")
def test_in_whatever_order_things_happen_no_mail_of_the_agent_leaves_after_a_persons_arrived(shop: Shop) -> None:
    account = connected(shop)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(sorted(ACTS)), max_size=12), st.sampled_from([way for way in WAYS if way is not in_s3]))
    def holds(acts: list[str], way: Callable[[bytes], RawRequest]) -> None:
        run = Run(shop, account, way)
        for act in (*acts, "apply", "deliver"):
            ACTS[act](run)
        for at, (what, entry) in enumerate(run.log):
            if what == "left":
                between = [one for one, _ in run.log[run.log.index(("committed", entry)) : at]]
                assert "person" not in between, run.log
        for entry in {entry for what, entry in run.log if what == "committed"} - set(run.left()):
            found = shop.database.run(queries.one_entry, entry)
            assert (found.delivery, found.delivery_reason) == ("failed", WITHDRAWN)

    holds()


@pytest.mark.promise("CH9")
def test_a_mail_to_another_customer_holds_nobody_back(shop: Shop) -> None:
    run = Run(shop, connected(shop))
    run.somebody_else_writes()
    run.agent_says()
    run.delivers()
    assert len(run.left()) == 1


@pytest.mark.promise("CH9")
def test_a_mail_that_still_has_to_be_fetched_from_s3_holds_the_agent_back(shop: Shop) -> None:
    run = Run(shop, connected(shop), in_s3)
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
    run = Run(shop, connected(shop, secrets={"password": "x"}))
    server = Meanwhile(run.person_writes)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(
        server, hostname="127.0.0.1", port=port, auth_require_tls=False, auth_required=True, authenticator=server.signs_in
    )
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
