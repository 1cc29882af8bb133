"""Mailboxes on real servers: Dovecot and Postfix."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from firstline.channels import accounts
from firstline.channels.base import Account, Broken, Outbound, RawRequest
from firstline.channels.email import mailboxes
from firstline.channels.email.channel import Email
from firstline.channels.email.parse import Bounced
from firstline.channels.email.tables import mailbox_folder, mailbox_message
from firstline.channels.intake import Intake
from firstline.conversations.tables import entry
from firstline.kit.clock import SystemClock
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Rejected
from tests.channels.email.letters import mail
from tests.channels.email.servers import PASSWORD, USERS, Post
from tests.world import KEYRING, Shop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mail servers")]
SERVICE, _, SAMIRA, MIRA, _ = USERS


class Office:
    """Veloria's mailbox on the servers."""

    def __init__(self, shop: Shop, post: Post, **settings: Any) -> None:
        self.shop, self.post = shop, post
        self.database = Database(shop.database.dsn, SystemClock(), threads=4)
        self.channel = Email(self.database, KEYRING, allow_private=True)
        self.intake = Intake(self.database, {"email": self.channel})

        def connect(tx: Tx) -> str:
            given: dict[str, Any] = {"settings": post.settings(**settings), "secrets": {"password": PASSWORD}, "by": shop.ines}
            return accounts.connect(tx, KEYRING, Email.config, kind="email", name="Service", workspace="inbox", **given)

        self.account_id = self.database.run(connect)

    @property
    def account(self) -> Account:
        return self.database.run(lambda tx: accounts.which(tx, self.account_id, KEYRING))

    def texts(self) -> list[str]:
        query = select(entry.c.text).where(entry.c.kind == "message").order_by(entry.c.id)
        return [row.text for row in self.database.run(lambda tx: tx.rows(query))]

    def has(self, count: int) -> bool:
        """Whether there are so many messages."""
        return len(self.texts()) == count

    def audits(self) -> dict[str, mailboxes.Audit]:
        return {one.folder: one for one in self.database.run(mailboxes.audits, self.account_id)}

    def run(self, act: Callable[[], Awaitable[None]], **change: Any) -> None:
        """Watch the mailbox while something happens."""

        async def both() -> None:
            watching = asyncio.create_task(self.channel.run(replace(self.account, **change), self.intake))
            acting = asyncio.ensure_future(act())
            try:
                async with asyncio.timeout(45):
                    await asyncio.wait((watching, acting), return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended = watching.done()
                for one in (watching, acting):
                    one.cancel()
                await asyncio.gather(watching, acting, return_exceptions=True)
            if ended:
                watching.result()
            acting.result()

        asyncio.run(both())

    async def until(self, look: Callable[[], Any]) -> Any:
        while not (found := await asyncio.to_thread(look)):  # noqa: ASYNC110 it happens in other processes
            await asyncio.sleep(0.05)
        return found

    async def ready(self) -> None:
        """The watcher has looked at both folders."""
        await self.until(lambda: {"INBOX", "Sent"} <= set(self.audits()))


@pytest.fixture
def office(shop: Shop, post: Post) -> Any:
    made = Office(shop, post)
    yield made
    made.database.close()


@pytest.mark.promise("CH2")
def test_new_mail_is_taken_as_it_arrives_and_what_was_there_before_is_not(office: Office) -> None:
    office.post.hand_in(MIRA, SERVICE, mail("From before", message_id="<m0@x>"))
    office.post.mails(SERVICE)

    async def act() -> None:
        await office.ready()
        await asyncio.to_thread(office.post.hand_in, MIRA, SERVICE, mail("Do you have winter tyres?"))
        await office.until(lambda: office.texts() == ["Do you have winter tyres?"])

    office.run(act)
    with office.post.reading(SERVICE) as client:
        assert client.search("UNSEEN") == client.search()


@pytest.mark.promise("CH2", "CH9")
def test_a_mail_in_the_sent_folder_is_noticed_by_itself(office: Office) -> None:
    async def act() -> None:
        await office.ready()

        def send() -> None:
            with office.post.reading(SERVICE, "Sent") as client:
                client.append("Sent", mail("I answer myself.", sender=SERVICE, to=MIRA, message_id="<s@x>"))

        await asyncio.to_thread(send)
        await office.until(lambda: office.texts() == ["I answer myself."])

    office.run(act)


@pytest.mark.promise("CH2")
def test_a_gap_is_found_told_and_repaired(office: Office) -> None:
    async def fill() -> None:
        await office.ready()
        for number in range(3):
            await asyncio.to_thread(office.post.hand_in, MIRA, SERVICE, mail(f"Mail {number}", message_id=f"<m{number}@x>"))
            # one after another: a busy server delivers several in any order, and the last is the one to be lost
            await office.until(partial(office.has, number + 1))

    office.run(fill)
    uids = select(mailbox_message.c.uid).where(mailbox_message.c.folder == "INBOX")
    lost = office.database.run(lambda tx: max(row.uid for row in tx.rows(uids)))

    def lose(tx: Tx) -> None:
        """As a mail that the server listed too late: behind the cursor, and never taken."""
        tx.execute(delete(mailbox_message).where(mailbox_message.c.uid == lost))
        tx.execute(delete(entry).where(entry.c.text == "Mail 2"))

    office.database.run(lose)
    at = office.database.run(mailboxes.where, office.account_id, "INBOX")
    assert at is not None
    with office.post.reading(SERVICE) as client:
        listed = [uid for uid in client.search() if uid > at.baseline]
    assert office.database.run(mailboxes.compared, office.account_id, at, listed) == (lost,)
    audit = office.audits()["INBOX"]
    assert audit.sentence == f"INBOX: server 3, ingested 2, missing UID {lost}."
    office.database.run(mailboxes.repair, office.account_id, office.shop.ines)

    async def mended() -> None:
        await office.until(lambda: office.audits()["INBOX"].sentence == "INBOX: server 3, ingested 3, nothing missing.")

    office.run(mended)
    assert "Mail 2" in office.texts()


@pytest.mark.promise("CH2")
def test_a_server_that_numbers_its_mails_anew_loses_and_doubles_nothing(office: Office) -> None:
    async def first() -> None:
        await office.ready()
        await asyncio.to_thread(office.post.hand_in, MIRA, SERVICE, mail("One", message_id="<m1@x>"))
        await office.until(lambda: office.texts() == ["One"])

    office.run(first)
    office.database.run(lambda tx: tx.execute(update(mailbox_folder).values(uidvalidity=1, cursor=9_999)))
    office.post.hand_in(MIRA, SERVICE, mail("Two", message_id="<m2@x>"))

    async def second() -> None:
        await office.until(lambda: sorted(office.texts()) == ["One", "Two"])
        await office.until(lambda: office.audits()["INBOX"].taken == 2)

    office.run(second)
    assert sorted(office.texts()) == ["One", "Two"]


@pytest.mark.promise("CH2")
def test_a_mail_that_cannot_be_read_is_a_tombstone_and_holds_up_nothing(office: Office) -> None:
    async def act() -> None:
        await office.ready()

        def put() -> None:
            with office.post.reading(SERVICE) as client:
                client.append("INBOX", mail("Bad", sender="nobody", message_id="<m1@x>"))

        await asyncio.to_thread(put)
        await asyncio.to_thread(office.post.hand_in, MIRA, SERVICE, mail("Good", message_id="<m2@x>"))
        await office.until(lambda: office.texts() == ["Good"])

    office.run(act)
    (stone,) = office.audits()["INBOX"].tombstones
    assert "dead letters" in stone.reason


@pytest.mark.promise("CH7")
@pytest.mark.parametrize(
    ("settings", "secrets", "cause"),
    [
        ({}, {"password": "wrong"}, "refuses to sign in"),
        ({"certificate_authority": ""}, {}, "not trusted"),
        ({"folder": "Nowhere"}, {}, "Nowhere cannot be opened"),
        ({"imap_host": "no-such-host.invalid"}, {}, "not known"),
    ],
)
def test_a_connection_that_cannot_work_says_why(
    office: Office, settings: dict[str, Any], secrets: dict[str, str], cause: str
) -> None:
    account = office.account
    bad = replace(account, settings={**account.settings, **settings}, secrets={**account.secrets, **secrets})
    with pytest.raises(Rejected) as refused:
        asyncio.run(office.channel.check(bad))
    assert cause in refused.value.reason
    if isinstance(refused.value, Broken):
        assert refused.value.cure


@pytest.mark.promise("CH7")
@pytest.mark.parametrize(
    "changes",
    [{}, {"imap_security": "starttls", "port": "imap"}, {"smtp_security": "tls", "smtp": "smtps"}],
    ids=["default", "imap", "smtp"],
)
def test_a_check_signs_in_at_both_servers_over_tls(office: Office, changes: dict[str, str]) -> None:
    settings: dict[str, Any] = {**office.account.settings, **{k: v for k, v in changes.items() if k.endswith("security")}}
    settings["imap_port"] = getattr(office.post, changes.get("port", "imaps"))
    settings["smtp_port"] = getattr(office.post, changes.get("smtp", "smtp"))
    said = asyncio.run(office.channel.check(replace(office.account, settings=settings)))
    assert said == "INBOX can be read, and Sent tells what is sent elsewhere, localhost takes mail."


@pytest.mark.promise("CH2")
def test_a_mail_is_sent_and_one_that_comes_back_is_told(office: Office) -> None:
    def message(to: str, entry_id: str) -> Outbound:
        now = office.database.clock.now()
        return Outbound(entry_id, "cnv_01k9zzzzzzzzzzzzzzzzzzzzzz", "Yes.", {}, "teammate", to, subject="Tyres", at=now)

    asyncio.run(office.channel.send(office.account, message(MIRA, "ent_01k9yyyyyyyyyyyyyyyyyyyyya")))
    (raw,) = office.post.mails(MIRA)
    assert b"Subject: Tyres" in raw
    gone = message("gone@customer.example", "ent_01k9yyyyyyyyyyyyyyyyyyyyyb")
    receipt = asyncio.run(office.channel.send(office.account, gone))
    (bounce,) = office.post.mails(SERVICE)
    assert (receipt.provider_id or "").encode() in bounce
    request = RawRequest("IMAP", "imap/INBOX/1/1", {"folder": "inbox"}, body=bounce, at=office.database.clock.now())
    (one,) = office.channel.parse(office.account, request).happenings
    assert isinstance(one, Bounced)
    assert (one.correlation, one.recipient, one.permanent) == (gone.entry_id, "gone@customer.example", True)
