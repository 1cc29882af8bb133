"""Messages as mails."""

import email
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.channels.base import Outbound
from firstline.channels.email.config import config_of
from firstline.channels.email.parse import Letter
from firstline.channels.email.render import Rendered, render
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.rules import Attachment
from tests.channels.email.letters import ADDRESS, AT, MIRA, SIGNER, happening, mail, mailbox

CITED = {
    "citations": [
        {"n": 1, "title": "Opening hours", "url": "https://veloria.example/hours"},
        {"n": 2, "title": "Private", "url": None},
    ]
}


def outbound(text: str = "We open at 9.", **given: Any) -> Outbound:
    values: dict[str, Any] = {
        "entry_id": "ent_01k9yyyyyyyyyyyyyyyyyyyyyy",
        "conversation_id": "cnv_01k9zzzzzzzzzzzzzzzzzzzzzz",
        "text": text,
        "data": {},
        "by_kind": "agent",
        "to": MIRA,
        "identity": Identity(IdentityKind.EMAIL, MIRA),
        "subject": "Winter tyres",
        "history": ("<m1@customer.example>",),
        "at": AT,
    }
    return Outbound(**{**values, **given})


def rendered(message: Outbound, **setting: Any) -> tuple[Rendered, EmailMessage]:
    account = mailbox(**setting)
    made = render(account, config_of(account), message, SIGNER)
    read = email.message_from_bytes(made.content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return made, read


def text_in(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.promise("CH2")
def test_an_answer_stands_in_its_thread_and_leads_the_next_one_back() -> None:
    made, read = rendered(outbound(history=("<m0@x>", "<m1@customer.example>")), sender_name="Veloria Service")
    assert read["In-Reply-To"] == "<m1@customer.example>"
    assert read["References"].split() == ["<m0@x>", "<m1@customer.example>"]
    assert read["Subject"] == "Re: Winter tyres"
    assert str(read["From"]) == f"Veloria Service <{ADDRESS}>"
    assert made.recipients == (MIRA,)
    found = happening(mail(to=str(read["Reply-To"])))
    assert isinstance(found, Letter)
    assert found.references == ("cnv_01k9zzzzzzzzzzzzzzzzzzzzzz",)
    assert SIGNER.correlation_of(str(read["Message-ID"]), "cha_mail") == "ent_01k9yyyyyyyyyyyyyyyyyyyyyy"


@pytest.mark.promise("CH2")
def test_the_customer_s_last_mail_is_answered_and_its_root_stays_the_root() -> None:
    facts = {"message_id": "<m2@x>", "names": ("<root@elsewhere>", "<older@x>")}
    message = outbound(history=("<m1@x>", "<m2@x>", "<ours@x>"))
    channel_adds = {**message.data, "mail_thread": facts}
    _, read = rendered(outbound(history=message.history, data=channel_adds))
    assert read["In-Reply-To"] == "<m2@x>"
    assert read["References"].split() == ["<root@elsewhere>", "<older@x>", "<m1@x>", "<ours@x>", "<m2@x>"]
    hostile = {"message_id": "x\r\nBcc: a@b.example", "names": ["<a b>", 7, "<ok@x>\r\nBcc: a@b.example"]}
    _, read = rendered(outbound(data={"mail_thread": hostile}))
    assert (read["In-Reply-To"], read["Bcc"]) == ("<m1@customer.example>", None)


@pytest.mark.promise("CH2")
def test_a_domain_for_replies_leads_back_without_a_plus() -> None:
    given: dict[str, Any] = {"plus_addressing": False, "reply_domain": "replies.veloria.example"}
    _, read = rendered(outbound(), **given)
    back = str(read["Reply-To"])
    assert back.endswith("@replies.veloria.example")
    assert "+" not in back
    found = happening(mail(to=back.upper()), mailbox(**given))
    assert isinstance(found, Letter)
    assert (found.references, found.recipients) == (("cnv_01k9zzzzzzzzzzzzzzzzzzzzzz",), ())
    stranger = happening(mail(to=back, sender="tom@customer.example"), mailbox(**given))
    assert isinstance(stranger, Letter)
    assert (stranger.references, stranger.data["mail"]["stranger"]) == ((), True)


@pytest.mark.parametrize("domain", ["veloria.example", "a b.example", "example", "x@y@z.example", "replies.example/"])
def test_a_domain_for_replies_that_cannot_be_one_is_refused(domain: str) -> None:
    with pytest.raises(ValueError, match="domain"):
        config_of(mailbox(reply_domain=domain))


@pytest.mark.promise("CH2")
def test_every_attempt_has_the_same_message_id() -> None:
    first, _ = rendered(outbound())
    again, _ = rendered(outbound(attempt=2))
    assert first.message_id == again.message_id


def test_a_machine_s_mail_says_so_and_a_person_s_does_not() -> None:
    _, agent = rendered(outbound())
    assert (agent["Auto-Submitted"], agent["X-Auto-Response-Suppress"], agent["X-Firstline"]) == ("auto-replied", "All", "agent")
    _, person = rendered(outbound(by_kind="teammate"))
    assert person["Auto-Submitted"] is None
    _, unmarked = rendered(outbound(), mark_automatic=False)
    assert unmarked["Auto-Submitted"] is None
    assert all(read["List-Unsubscribe"] is None for read in (agent, person))


@pytest.mark.promise("CH2", "AN2")
def test_sources_are_links_in_html_and_a_list_in_text() -> None:
    _, read = rendered(outbound("We open at 9.[1] Ask for Jonas.[2]", data=CITED))
    plain, html = text_in(read, "plain"), text_in(read, "html")
    assert "We open at 9.[1] Ask for Jonas.\n\n[1] Opening hours: https://veloria.example/hours" in plain
    assert '<a href="https://veloria.example/hours" title="Opening hours">[1]</a>' in html
    assert "[2]" not in html


def test_text_becomes_paragraphs_lists_and_links_and_nothing_in_it_is_markup() -> None:
    _, read = rendered(
        outbound("Two ways:\n\n- by <b>train</b>\n- by bike\n\nSee https://veloria.example/a?b=1&c=2."),
        signature="Veloria\nLeipzig",
    )
    html = text_in(read, "html")
    assert "<ul><li>by &lt;b&gt;train&lt;/b&gt;</li><li>by bike</li></ul>" in html
    assert '<a href="https://veloria.example/a?b=1&amp;c=2">' in html
    assert "Veloria<br>\nLeipzig" in html
    assert "-- \nVeloria\nLeipzig" in text_in(read, "plain")


@pytest.mark.promise("ID4")
def test_everybody_on_the_mail_is_answered_only_if_it_is_set() -> None:
    data = {"mail_thread": {"cc": ["tom@customer.example", ADDRESS, MIRA]}}
    made, read = rendered(outbound(data=data), reply_to="all")
    assert made.recipients == (MIRA, "tom@customer.example")
    assert "tom@customer.example" in str(read["Cc"])
    made, read = rendered(outbound(data=data))
    assert made.recipients == (MIRA,)
    assert read["Cc"] is None


@pytest.mark.promise("CH2")
@given(st.text(max_size=120), st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_text_can_add_a_header_or_a_recipient(subject: str, name: str, file: str, text: str) -> None:
    evil = "\r\nBcc: eve@evil.example\r\n\r\n"
    message = outbound(
        text + evil,
        subject=subject + evil,
        by_name=name + evil,
        reply_to="<x@y>" + evil,
        history=("<ok@x>", "<bad" + evil + ">"),
        attachments=(Attachment("file", file + evil, "text/plain" + evil, 1, content=b"x"),),
        data={"citations": [{"n": 1, "title": name + evil, "url": "https://x.example/" + evil}]},
    )
    made, read = rendered(message, sender_name=name + evil)
    assert read["Bcc"] is None
    assert made.recipients == (MIRA,)
    assert set(read.keys()) <= {
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Date",
        "Reply-To",
        "In-Reply-To",
        "References",
        "X-Firstline",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "X-Firstline-Message",
        "MIME-Version",
        "Content-Type",
    }
    assert list(read.keys()).count("Subject") == 1


def test_attachments_go_along() -> None:
    _, read = rendered(outbound(attachments=(Attachment("file", "Rechnung März.pdf", "application/pdf", 5, content=b"%PDF-"),)))
    (file,) = list(read.iter_attachments())
    assert (file.get_filename(), file.get_content()) == ("Rechnung März.pdf", b"%PDF-")
