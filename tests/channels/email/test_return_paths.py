"""Each mail with a return path of its own (VERP): what comes back is matched by the address that it comes to."""

import asyncio
import socket
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select

from firstline.channels.base import Account, Outbound
from firstline.channels.email.channel import Email
from firstline.channels.email.config import EmailConfig, config_of
from firstline.channels.email.parse import Bounced, Letter
from firstline.channels.email.pointers import LOCAL
from firstline.channels.email.render import render
from firstline.channels.email.tables import mail_address
from firstline.channels.happenings import Ignored
from firstline.conversations.rules import Delivery
from firstline.kit.errors import Retry
from tests.channels.email.letters import ADDRESS, AT, MIRA, SIGNER, happening, mail, mailbox
from tests.channels.email.test_meaning import dsn
from tests.channels.email.test_placing import Mailbox
from tests.channels.email.test_placing import mailbox as placed
from tests.world import KEYRING, Shop

__all__ = ["placed"]
MESSAGE = "msg_01k9yyyyyyyyyyyyyyyyyyyyyy"
SERVER = {"sender": "Mail Delivery System <MAILER-DAEMON@mx.customer.example>", "return_path": "<>"}


def back(correlation: str = MESSAGE, **more: Any) -> str:
    return SIGNER.return_path(ADDRESS, "cha_mail", correlation, **more)


def outbound(correlation: str = MESSAGE, part: int = 0) -> Outbound:
    return Outbound(correlation, "cnv_01k9zzzzzzzzzzzzzzzzzzzzzz", "Yes.", {}, "agent", MIRA, part=part, parts=part + 1, at=AT)


def rendered(account: Account, part: int = 0) -> str:
    return render(account, config_of(account), outbound(part=part), SIGNER).sender


@pytest.mark.promise("CH2")
def test_the_envelope_has_an_address_of_its_own_only_where_it_is_wanted() -> None:
    assert rendered(mailbox()) == ADDRESS
    coded = rendered(mailbox(return_path=True))
    assert coded == back()
    assert coded.startswith("service+b")
    assert SIGNER.came_back([coded.upper()], "cha_mail") == MESSAGE
    second = rendered(mailbox(return_path=True), part=1)
    assert SIGNER.came_back([second], "cha_mail") == f"{MESSAGE}.1"
    at = rendered(mailbox(return_path=True, reply_domain="replies.veloria.example"))
    assert at.endswith("@replies.veloria.example")
    assert SIGNER.came_back([at], "cha_mail") == MESSAGE
    assert max(len(one.partition("@")[0]) for one in (coded, second, at)) <= LOCAL
    long = mailbox(address=f"{'a' * 40}@veloria.example", return_path=True)
    assert rendered(long) == f"{'a' * 40}@veloria.example", "no room for a code"
    with pytest.raises(ValidationError, match="addresses of their own"):
        EmailConfig.model_validate({"address": ADDRESS, "incoming": "none", "return_path": True, "plus_addressing": False})


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(
    ("text", "status", "permanent"),
    [("Your mail could not be brought.", None, False), ("550 5.1.1 gone", "5.1.1", True), ("", None, False)],
)
def test_what_comes_back_without_a_word_that_can_be_read_is_matched_by_its_address(
    text: str, status: str | None, permanent: bool
) -> None:
    found = happening(mail(text, to=back(), **SERVER))
    assert isinstance(found, Bounced)
    assert (found.delivery, found.correlation, found.code, found.permanent) == (Delivery.FAILED, MESSAGE, status, permanent)


@pytest.mark.promise("CH2")
def test_a_report_that_quotes_nothing_of_ours_is_matched_by_its_address_and_a_delay_stays_one() -> None:
    raw = dsn("<other@veloria.example>").replace(b"To: service@veloria.example", f"To: {back()}".encode())
    found = happening(raw)
    assert isinstance(found, Bounced)
    assert (found.correlation, found.recipient, found.permanent) == (MESSAGE, MIRA, True)
    assert isinstance(happening(mail("451 4.4.1 still trying", to=back(), **SERVER)), Ignored)


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "auto-replied", "return_path": "<>", "subject": "Out of office"},
        {"return_path": "<>", "subject": "I am away"},
        {"subject": "Re: your mail"},
    ],
)
def test_an_out_of_office_note_or_a_person_s_mail_to_a_return_path_is_no_bounce(headers: dict[str, str]) -> None:
    found = happening(mail("I am away until Monday.", to=back(), **headers))
    assert isinstance(found, Letter)
    assert found.answerable == ("return_path" not in headers)


def forged() -> list[str]:
    local, _, domain = back().partition("@")
    other = SIGNER.return_path(ADDRESS, "cha_other", MESSAGE)
    return [f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}", other, f"{local}p1@{domain}", f"{local[:12]}@{domain}"]


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("to", forged())
def test_an_address_that_was_made_up_or_is_of_another_mailbox_matches_nothing(to: str) -> None:
    found = happening(mail("Gone.", to=to, **SERVER))
    assert not isinstance(found, Bounced)


@given(st.lists(st.text(max_size=90), max_size=5))
def test_no_address_raises_anything(given_: list[str]) -> None:
    assert SIGNER.came_back([*given_, *(f"{one}@x" for one in given_)], "cha_mail") is None


@pytest.mark.promise("CH2")
def test_a_forged_bounce_to_a_good_address_proves_no_more_than_that_this_mail_came_back(placed: Mailbox) -> None:
    placed.gets(mail())
    (first,) = placed.conversations()
    name = placed.agent_answers(first.id)
    answer = placed.timeline(first.id)[-1]
    to = placed.channel.signer.return_path(ADDRESS, placed.account_id, answer.id)
    assert name.strip("<>").startswith(answer.id)
    report = dsn("<other@x>").replace(b"To: service@veloria.example", f"To: {to}".encode())
    placed.gets(report.replace(MIRA.encode(), b"boss@elsewhere.example"))
    rows = placed.shop.database.run(lambda tx: tx.rows(select(mail_address.c.address)))
    assert [row.address for row in rows] == [], "nobody says which other addresses can be reached"
    assert placed.timeline(first.id)[-1].delivery == "failed"
    placed.gets(mail("It came back.", to=to, message_id="<b2@x>", **SERVER))
    assert placed.shop.database.run(lambda tx: tx.rows(select(mail_address.c.address))) == []
    placed.gets(report)
    (row,) = placed.shop.database.run(lambda tx: tx.rows(select(mail_address.c.address)))
    assert row.address == MIRA
    assert len(placed.conversations()) == 1


class Strict:
    """A mail server that lets nobody send under another address, or not now."""

    def __init__(self, says: str) -> None:
        self.says, self.senders, self.taken = says, list[str](), list[str]()

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.senders.append(address)
        if address != ADDRESS:
            return self.says
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 the name aiosmtpd calls
        self.taken.append(envelope.mail_from)
        return "250 OK"


def sends(shop: Shop, says: str) -> Strict:
    """A mail is sent through such a server."""
    handler = Strict(says)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    account = mailbox(return_path=True, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    try:
        asyncio.run(Email(shop.database, KEYRING, allow_private=True).send(account, outbound()))
    except Retry:
        handler.taken.append("later")
    finally:
        controller.stop()
    return handler


@pytest.mark.promise("CH2")
def test_a_server_that_allows_no_other_sender_gets_the_mail_with_the_mailbox_s_own(shop: Shop) -> None:
    refusing = sends(shop, "553 5.7.1 not yours")
    assert (len(refusing.senders), refusing.taken) == (2, [ADDRESS])
    assert refusing.senders[0].startswith("service+b")


def test_a_server_that_takes_no_mail_now_is_asked_later_with_the_same_sender(shop: Shop) -> None:
    busy = sends(shop, "451 4.7.1 later")
    assert (len(busy.senders), busy.taken) == (1, ["later"])
