"""Mails of one thread that name no id of it: Outlook's and Gmail's signs find it, and let nobody in."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.channels import accounts
from firstline.channels.base import RawRequest
from firstline.channels.email.headers import Headers
from firstline.channels.email.threads import signs_in
from firstline.channels.intake.taking import take
from firstline.conversations.rules import OwnerKind
from tests.channels.email.letters import ADDRESS, MIRA, mail
from tests.channels.email.test_placing import Mailbox, mailbox
from tests.world import KEYRING

__all__ = ["mailbox"]
ROOT = b"\x01" + bytes(range(21))
TOM = "tom@customer.example"


def index(*answers: bytes, root: bytes = ROOT) -> str:
    return base64.b64encode(root + b"".join(answers)).decode()


def gets(mailbox: Mailbox, raw: bytes, thrid: str = "", method: str = "IMAP") -> None:
    headers = {"x-gm-thrid": thrid} if thrid else {}
    request = RawRequest(method, "imap/INBOX/1/1", {"folder": "inbox"}, headers, raw, mailbox.shop.database.clock.now())
    mailbox.shop.database.run(
        lambda tx: take(tx, mailbox.channel.parse, accounts.which(tx, mailbox.account_id, KEYRING), request)
    )


def said(mailbox: Mailbox) -> list[list[str]]:
    return [mailbox.said(one.id) for one in mailbox.conversations()]


@pytest.mark.promise("CH2")
def test_outlook_s_index_finds_the_thread_when_ids_are_lost_on_the_way(mailbox: Mailbox) -> None:
    gets(mailbox, mail("First", thread_index=index()))
    gets(mailbox, mail("Other matter", message_id="<m2@customer.example>", thread_index=index(root=b"\x01" + b"x" * 21)))
    gets(mailbox, mail("Second", message_id="<m3@customer.example>", thread_index=index(b"12345")))
    assert said(mailbox) == [["First", "Second"], ["Other matter"]]


@pytest.mark.promise("CH2")
def test_gmail_s_number_finds_the_thread(mailbox: Mailbox) -> None:
    gets(mailbox, mail("First"), "1851234567890123456")
    gets(mailbox, mail("Other matter", message_id="<m2@customer.example>"), "1851234567890123457")
    gets(mailbox, mail("Second", message_id="<m3@customer.example>"), "1851234567890123456")
    assert said(mailbox) == [["First", "Second"], ["Other matter"]]


@pytest.mark.promise("CH2")
def test_a_stranger_who_copies_a_sign_begins_a_conversation_of_their_own(mailbox: Mailbox) -> None:
    gets(mailbox, mail("First", thread_index=index()), "7")
    gets(mailbox, mail("Mine, too", sender=TOM, message_id="<t1@customer.example>", thread_index=index()), "7")
    assert said(mailbox) == [["First"], ["Mine, too"]]
    gets(mailbox, mail("And I", message_id="<m2@customer.example>", thread_index=index(b"12345")), "7")
    assert said(mailbox) == [["First", "And I"], ["Mine, too"]]


@pytest.mark.promise("CH2", "CH9")
def test_a_sign_does_not_prove_that_a_mail_from_our_address_is_ours(mailbox: Mailbox) -> None:
    gets(mailbox, mail("First", thread_index=index()), "7")
    (talk,) = mailbox.conversations()
    mailbox.agent_takes(talk.id)
    for sender in (ADDRESS, "samira@veloria.example"):
        forged = mail("It is free.", sender=sender, to=MIRA, cc=ADDRESS, message_id=f"<{sender}>", thread_index=index(b"12345"))
        gets(mailbox, forged, "7")
    talk = mailbox.conversations()[0]
    assert mailbox.said(talk.id) == ["First"], "it is nobody's word"
    assert talk.owner.kind is OwnerKind.NOBODY, "it may be true: no machine speaks after it"


@pytest.mark.promise("CH2")
def test_the_header_counts_only_where_the_mailbox_itself_was_asked(mailbox: Mailbox) -> None:
    gets(mailbox, mail("First", x_gm_thrid="7"), "8")
    gets(mailbox, mail("Second", message_id="<m2@customer.example>", x_gm_thrid="8"), "9")
    gets(mailbox, mail("Third", message_id="<m3@customer.example>"), "8", method="POST")
    assert said(mailbox) == [["First"], ["Second"], ["Third"]]


@pytest.mark.promise("CH2")
def test_ids_are_believed_before_signs(mailbox: Mailbox) -> None:
    gets(mailbox, mail("First", thread_index=index()))
    gets(mailbox, mail("Other matter", message_id="<m2@customer.example>"))
    gets(
        mailbox,
        mail("Second", message_id="<m3@customer.example>", in_reply_to="<m2@customer.example>", thread_index=index(b"12345")),
    )
    assert said(mailbox) == [["First"], ["Other matter", "Second"]]


@pytest.mark.promise("CH2")
def test_what_is_answered_is_believed_before_older_references(mailbox: Mailbox) -> None:
    """In-Reply-To first, then References from the right, whichever conversation is the newer one."""
    gets(mailbox, mail("First"))
    gets(mailbox, mail("Other matter", message_id="<m2@customer.example>"))
    both = "<m2@customer.example>"
    gets(mailbox, mail("A", message_id="<m3@customer.example>", references=both, in_reply_to="<m1@customer.example>"))
    gets(mailbox, mail("B", message_id="<m4@customer.example>", references=f"{both} <m1@customer.example>"))
    gets(mailbox, mail("C", message_id="<m5@customer.example>", references=f"<m1@customer.example> {both}"))
    assert said(mailbox) == [["First", "A", "B"], ["Other matter", "C"]]


@pytest.mark.promise("CH2", "CH9")
def test_a_mail_that_comes_after_its_answer_joins_it_and_the_agent_is_not_given_it(mailbox: Mailbox) -> None:
    """The Sent folder is read first: what a person answered there is found by the mail they answered."""
    answer = mail("It is in stock.", sender=ADDRESS, to=MIRA, message_id="<s1@x>", in_reply_to="<m1@customer.example>")
    mailbox.gets(answer, folder="sent")
    gets(mailbox, mail("Is it in stock?"))
    (talk,) = mailbox.conversations()
    assert mailbox.said(talk.id) == ["It is in stock.", "Is it in stock?"]
    assert talk.owner.kind is OwnerKind.NOBODY
    assert talk.routing is not None, "it was decided who has it, and nothing asks anew"


@pytest.mark.promise("CH2")
def test_a_mail_that_somebody_else_s_answer_names_joins_nothing(mailbox: Mailbox) -> None:
    gets(mailbox, mail("Me first", sender=TOM, message_id="<t1@customer.example>", in_reply_to="<m1@customer.example>"))
    gets(mailbox, mail("First"))
    assert said(mailbox) == [["Me first"], ["First"]]


@pytest.mark.parametrize(
    "value",
    ["", "AQ==", "!!!", index(b"123"), index(root=b"\x02" + b"x" * 21), "é", "A" * 100_000, index()[:-4], "=" * 30],
)
def test_an_index_that_is_none_says_nothing(value: str) -> None:
    assert signs_in(Headers.of([("thread-index", value)]), "") == ()


def test_an_index_that_is_folded_is_read() -> None:
    value = index(b"12345", b"67890")
    assert signs_in(Headers.of([("thread-index", f"{value[:20]} {value[20:]}")]), "") == (f"ti:{ROOT.hex()}",)


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_index_and_no_number_raises(value: str, number: str) -> None:
    for sign in signs_in(Headers.of([("thread-index", value)]), number):
        assert len(sign) < 50


@pytest.mark.parametrize("number", ["-1", "1" * 21, "0x7", "７", "7 or 8", ""])
def test_a_number_of_gmail_that_is_none_says_nothing(number: str) -> None:
    assert signs_in(Headers(), number) == ()
