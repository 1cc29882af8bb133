"""The product's own mail: a row first, then sent, visible, and never a way in for whoever reads the database."""

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, text

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Retry
from firstline.people import notices
from firstline.people.mailing import MailServer, Post
from firstline.people.notices import MOST_ATTEMPTS, notify, notify_holders
from firstline.people.rules import Permission
from firstline.people.tables import notice
from tests.world import Shop


class Mailbox:
    """A mail server of this machine: takes what comes, or answers what it is told to."""

    def __init__(self) -> None:
        self.arrived: list[tuple[list[str], Message]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 the name aiosmtpd calls
        if self.answer.startswith("2"):
            self.arrived.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return self.answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, MailServer]]:
    """A running mail server."""
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, MailServer("127.0.0.1", port, "Veloria <support@veloria.example>", "none")
    controller.stop()


def _row(shop: Shop, id_: str) -> Any:
    return shop.database.run(lambda tx: tx.row(select(notice).where(notice.c.id == id_)))


def test_a_notice_arrives_with_sender_subject_and_words(shop: Shop, mailbox: tuple[Mailbox, MailServer]) -> None:
    box, server = mailbox
    made = shop.database.run(notify, "ines@veloria.example", "75 % of the credits\r\nBcc: all@x.example", "Grüße", "<p>Grüße</p>")
    asyncio.run(Post(shop.database, server).send_notice(made))
    asyncio.run(Post(shop.database, server).send_notice(made))
    ((to, message),) = box.arrived
    assert to == ["ines@veloria.example"]
    assert message["Subject"] == "75 % of the credits Bcc: all@x.example"
    assert message["Bcc"] is None
    assert message["From"] == "Veloria <support@veloria.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert _row(shop, made).state == "sent"


def test_without_a_mail_server_a_notice_is_held_and_can_be_sent_later(shop: Shop, mailbox: tuple[Mailbox, MailServer]) -> None:
    made = shop.database.run(notify, "ines@veloria.example", "Hello", "Words")
    asyncio.run(Post(shop.database, None).send_notice(made))
    assert _row(shop, made).state == "held"
    assert shop.database.run(notices.unsent) == 1
    with pytest.raises(Forbidden):
        shop.database.run(notices.send_again, made, by=shop.samira)
    shop.database.run(notices.send_again, made, by=shop.ines)
    asyncio.run(Post(shop.database, mailbox[1]).send_notice(made))
    assert len(mailbox[0].arrived) == 1
    with pytest.raises(Conflict, match="sent already"):
        shop.database.run(notices.send_again, made, by=shop.ines)


@pytest.mark.parametrize("server", [True, False])
def test_words_with_a_secret_link_are_forgotten_once_sent_or_held(
    shop: Shop, mailbox: tuple[Mailbox, MailServer], server: bool
) -> None:
    made = shop.database.run(notify, "new@veloria.example", "Invitation", "https://x/invitation/TOKEN", secret=True)
    asyncio.run(Post(shop.database, mailbox[1] if server else None).send_notice(made))
    assert _row(shop, made).words is None
    if not server:
        with pytest.raises(Conflict, match="Send the invitation again"):
            shop.database.run(notices.send_again, made, by=shop.ines)


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    shop: Shop, mailbox: tuple[Mailbox, MailServer]
) -> None:
    box, server = mailbox
    made = shop.database.run(notify, "ines@veloria.example", "Hello", "Words")
    box.answer = "451 Come back later"
    for attempt in range(1, MOST_ATTEMPTS):
        with pytest.raises(Retry, match="Come back later"):
            asyncio.run(Post(shop.database, server).send_notice(made))
        assert _row(shop, made).attempts == attempt
    asyncio.run(Post(shop.database, server).send_notice(made))
    assert (_row(shop, made).state, _row(shop, made).problem) == ("failed", "The mail server said 451: Come back later")
    other = shop.database.run(notify, "ines@veloria.example", "Hello", "Words")
    box.answer = "550 No such person"
    asyncio.run(Post(shop.database, server).send_notice(other))
    assert _row(shop, other).state == "failed"


def test_a_mail_server_that_is_not_there_is_named(shop: Shop) -> None:
    made = shop.database.run(notify, "ines@veloria.example", "Hello", "Words")
    with pytest.raises(Retry, match=r"127\.0\.0\.1:9 could not be used"):
        asyncio.run(Post(shop.database, MailServer("127.0.0.1", 9, "a@b.example", "none")).send_notice(made))


def test_a_notice_to_the_holders_of_a_permission_reaches_them_only(shop: Shop) -> None:
    made = shop.database.run(notify_holders, Permission.MANAGE_BILLING, "Credits", "75 % are used.")
    assert [_row(shop, one).address for one in made] == ["ines@veloria.example"]


def test_a_notice_is_rolled_back_with_its_cause(shop: Shop) -> None:
    def fails(tx: Tx) -> None:
        notify(tx, "ines@veloria.example", "Hello", "Words")
        raise Conflict("No.")

    with pytest.raises(Conflict):
        shop.database.run(fails)
    count = text("select (select count(*) from notice) + (select count(*) from procrastinate_jobs where queue_name = 'people')")
    assert shop.database.run(lambda tx: tx.scalar(count)) == 0
