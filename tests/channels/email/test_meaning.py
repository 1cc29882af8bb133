"""What a mail means: a letter, a word of our own people, a bounce, or nothing."""

from typing import Any

import pytest

from firstline.channels.base import RawRequest
from firstline.channels.email.parse import Bounced, Letter, OwnWord, parse
from firstline.channels.email.pointers import Signer
from firstline.channels.happenings import Echo, Ignored
from firstline.conversations.rules import Delivery
from tests.channels.email.letters import ADDRESS, AT, MIRA, SIGNER, happening, mail, mailbox

CONVERSATION = "cnv_01k9zzzzzzzzzzzzzzzzzzzzzz"
ENTRY = "ent_01k9yyyyyyyyyyyyyyyyyyyyyy"


def letter(raw: bytes, **settings: Any) -> Letter:
    found = happening(raw, mailbox(**settings))
    assert isinstance(found, Letter), found
    return found


@pytest.mark.promise("CH2")
def test_a_mail_of_a_customer_is_a_message_with_sender_subject_and_thread() -> None:
    found = letter(mail("Do you have winter tyres?\n\n-- \nMira", in_reply_to="<a@x> <b@x>", references="<r1@x> <r2@x>"))
    assert (found.sender.value, found.sender_name, found.subject) == (MIRA, "Mira Holm", "Winter tyres")
    assert found.text == "Do you have winter tyres?"
    assert found.provider_id == "<m1@customer.example>"
    assert found.references == ("<r1@x>", "<r2@x>", "<a@x>", "<b@x>")
    assert found.answerable


def test_the_same_bytes_mean_the_same_twice() -> None:
    assert happening(mail()) == happening(mail())


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"auto_submitted": "auto-replied; owner-email=x"}, "machine"),
        ({"auto_submitted": "auto-generated"}, "machine"),
        ({"precedence": "bulk"}, "bulk"),
        ({"precedence": "auto_reply"}, "bulk"),
        ({"x_auto_response_suppress": "DR, OOF, AutoReply"}, "no automatic answer"),
        ({"x_autoreply": "yes"}, "responder"),
        ({"list_id": "<news.shop.example>"}, "mailing list"),
        ({"list_unsubscribe": "<https://x>"}, "mailing list"),
        ({"return_path": "<>"}, "return path"),
        ({"x_firstline": "agent"}, "another Firstline"),
        ({"subject": "Out of Office: Winter tyres"}, "out-of-office"),
        ({"subject": "Automatische Antwort: Reifen"}, "out-of-office"),
        ({"subject": "Abwesenheitsnotiz"}, "out-of-office"),
        ({"subject": "Réponse automatique : pneus"}, "out-of-office"),
        ({"subject": "=?utf-8?B?6Ieq5Yqo5Zue5aSN?="}, "out-of-office"),
        ({"from": "no-reply@shop.example"}, "Nobody reads"),
        ({"from": "bounces+123@shop.example"}, "Nobody reads"),
    ],
)
@pytest.mark.promise("CH2")
def test_what_no_machine_may_answer_is_stored_and_not_answered(headers: dict[str, str], why: str) -> None:
    found = letter(mail(**headers))
    assert not found.answerable
    assert why in found.data["mail"]["not_answered"]


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "no"},
        {"feedback_id": "1.eu-west-1.abc:AmazonSES"},
        {"x_auto_response_suppress": "DR, RN, NRN"},
        {"subject": "Question about out of office hours of your shop"},
        {"subject": "Automatic bicycle"},
        {"x_firstline": "teammate"},
        {"precedence": "normal"},
    ],
)
def test_a_person_s_mail_that_looks_a_little_like_a_machine_s_is_answered(headers: dict[str, str]) -> None:
    assert letter(mail(**headers)).answerable


@pytest.mark.promise("ID4")
@pytest.mark.parametrize("entry", [MIRA, "customer.example", "@customer.example", "CUSTOMER.example"])
def test_senders_to_ignore_are_stored_and_not_answered(entry: str) -> None:
    ignored = letter(mail(), ignored=[entry.lower()])
    assert not ignored.answerable
    assert letter(mail(sender="Ana <ana@other.example>"), ignored=[entry.lower()]).answerable


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("header", ["to", "cc", "delivered_to", "x_original_to"])
def test_a_signed_reply_address_leads_to_its_conversation_wherever_it_stands(header: str) -> None:
    address = SIGNER.reply_address(ADDRESS, "cha_mail", CONVERSATION, MIRA)
    assert len(address.partition("@")[0]) <= 64
    assert letter(mail(**{header: address})).references == (CONVERSATION,)
    assert letter(mail(**{header: address.upper()})).references == (CONVERSATION,)


@pytest.mark.promise("CH2")
def test_a_forged_or_forwarded_reply_address_leads_nowhere() -> None:
    address = SIGNER.reply_address(ADDRESS, "cha_mail", CONVERSATION, MIRA)
    forged = address[:12] + ("a" if address[12] != "a" else "b") + address[13:]
    for raw in (mail(to=forged), mail(to=address, sender="Stranger <eve@evil.example>")):
        found = letter(raw)
        assert found.references == ()
        assert found.data["mail"]["stranger"]
    other = Signer(b"o" * 32).reply_address(ADDRESS, "cha_mail", CONVERSATION, MIRA)
    assert letter(mail(to=other)).references == ()


@pytest.mark.promise("CH2")
def test_a_number_in_the_subject_is_nothing() -> None:
    assert letter(mail(subject="Re: [Ticket #4711] your request")).references == ()


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<[id@x]>", ("<[id@x]>",)),
        ("a@b", ("<a@b>",)),
        ("Your message of Monday <a@b> and <c@d>", ("<a@b>", "<c@d>")),
        ("<" * 50_000, ()),
        ("no id here", ()),
    ],
)
def test_ids_are_found_in_whatever_stands_in_in_reply_to(value: str, ids: tuple[str, ...]) -> None:
    assert letter(mail(in_reply_to=value)).references == ids


@pytest.mark.parametrize("sender", ["<[x]>", "@", "Mira", '"Mira', "(" * 5_000, "undisclosed-recipients:;", ""])
def test_a_mail_whose_sender_cannot_be_told_becomes_a_dead_letter(sender: str) -> None:
    parsed = parse(mailbox(), RawRequest(rest="imap/INBOX/1/1", body=mail(sender=sender), at=AT), SIGNER)
    assert not parsed.happenings
    assert "no sender" in parsed.problems[0].detail


@pytest.mark.parametrize("headers", [{"message_id": ""}, {"date": "32 Foo 99999"}, {"date": ""}, {"subject": ""}, {"to": ""}])
def test_a_mail_without_the_usual_headers_is_taken(headers: dict[str, str]) -> None:
    found = letter(mail(**headers))
    assert found.provider_id
    assert found.text


TRUSTED: dict[str, Any] = {"trusted_servers": ["mx.veloria.example"]}


@pytest.mark.parametrize(
    ("results", "trusted"),
    [
        ("mx.veloria.example; dmarc=pass header.from=customer.example", True),
        ("mx.veloria.example; dkim=pass header.d=mail.customer.example", True),
        ("mx.veloria.example; spf=pass smtp.mailfrom=bounce@customer.example", True),
        ("mx.veloria.example; spf=pass smtp.mailfrom=evil.example", False),
        ("mx.veloria.example; dkim=pass header.d=evil.example", False),
        ("mx.veloria.example; dmarc=pass header.from=evil.example", False),
        ("mx.evil.example; dmarc=pass header.from=customer.example", False),
        ("mx.veloria.example; none", False),
        ("mx.veloria.example (a) (b) ;;; dmarc=pass (p=none) header.from=customer.example", True),
        ("", False),
    ],
)
@pytest.mark.promise("CH2")
def test_a_sender_is_proven_only_by_what_our_own_server_found(results: str, trusted: bool) -> None:
    assert letter(mail(authentication_results=results), **TRUSTED).trusted is trusted


@pytest.mark.promise("CH2")
def test_only_the_topmost_finding_of_our_server_counts() -> None:
    ours = b"Authentication-Results: mx.veloria.example; dmarc=fail header.from=customer.example\r\n"
    forged = b"Authentication-Results: mx.veloria.example; dmarc=pass header.from=customer.example\r\n"
    failed = happening(ours + forged + mail(), mailbox(**TRUSTED))
    assert isinstance(failed, Letter)
    assert failed.trusted is False
    assert failed.data["mail"]["authentication"] == "failed"
    assert not failed.answerable


@pytest.mark.parametrize(
    ("reply_to", "answered"),
    [
        ("Mira <mira.private@customer.example>", "mira.private@customer.example"),
        ("eve@evil.example", MIRA),
        (ADDRESS, MIRA),
        ("nonsense", MIRA),
    ],
)
def test_reply_to_is_followed_only_within_the_sender_s_organisation(reply_to: str, answered: str) -> None:
    assert letter(mail(reply_to=reply_to)).data["mail"]["answer_to"] == answered


@pytest.mark.promise("CH9")
def test_a_mail_in_the_sent_folder_is_a_word_of_our_own_people() -> None:
    raw = mail("It is in stock.", sender=f"Samira <{ADDRESS}>", to=MIRA, in_reply_to="<m0@customer.example>")
    found = happening(raw, query={"folder": "sent"})
    assert isinstance(found, OwnWord)
    assert (found.to.value, found.text, found.by_name) == (MIRA, "It is in stock.", "Samira")
    assert found.references == ("<m0@customer.example>",)
    assert found.proven


@pytest.mark.parametrize(
    ("headers", "settings"),
    [
        ({"to": ADDRESS}, {}),
        ({"to": MIRA, "auto_submitted": "auto-replied"}, {}),
        ({"to": MIRA, "subject": "Out of office"}, {}),
    ],
)
def test_mails_that_programs_send_from_our_address_are_no_word_of_a_person(
    headers: dict[str, str], settings: dict[str, Any]
) -> None:
    assert isinstance(happening(mail(sender=ADDRESS, **headers), mailbox(**settings), query={"folder": "sent"}), Ignored)


@pytest.mark.promise("CH2")
def test_our_own_mail_that_comes_back_is_settled_and_not_answered() -> None:
    ours = SIGNER.message_id(ENTRY, "cha_mail", "veloria.example")
    found = happening(mail(sender=ADDRESS, to=MIRA, message_id=ours))
    assert isinstance(found, Echo)
    assert found.correlation == ENTRY
    forged = ours.replace(ENTRY, "ent_01k9yyyyyyyyyyyyyyyyyyyyyz")
    assert not (isinstance(other := happening(mail(message_id=forged)), Echo) and other.correlation)


DSN = """Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; mira@customer.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {status} 550 No such user here
"""


def dsn(message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    body = DSN.format(action=action, status=status)
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.customer.example\r\nTo: service@veloria.example\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="d"\r\n\r\n--d\r\nContent-Type: text/plain\r\n\r\n'
        f"Sorry.\r\n--d\r\nContent-Type: message/delivery-status\r\n\r\n{body}\r\n--d\r\n"
        "Content-Type: text/rfc822-headers\r\n\r\n"
        f"From: {ADDRESS}\r\nMessage-ID: {message_id}\r\n\r\n--d--\r\n"
    ).encode()


@pytest.mark.promise("CH2")
def test_a_bounce_of_a_mail_of_ours_says_who_was_not_reached_and_why() -> None:
    found = happening(dsn(SIGNER.message_id(ENTRY, "cha_mail", "veloria.example")))
    assert isinstance(found, Bounced)
    assert (found.delivery, found.correlation, found.recipient, found.permanent) == (Delivery.FAILED, ENTRY, MIRA, True)
    assert found.code == "5.1.1"
    assert "No such user" in (found.reason or "")


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.2.2")])
def test_a_delay_is_no_failure(action: str, status: str) -> None:
    assert isinstance(happening(dsn(SIGNER.message_id(ENTRY, "cha_mail", "veloria.example"), action, status)), Ignored)


@pytest.mark.promise("CH2")
def test_a_forged_bounce_changes_nothing() -> None:
    assert isinstance(happening(dsn("<ent_01k9yyyyyyyyyyyyyyyyyyyyyy.aaaaaaaaaaaaaaaa@veloria.example>")), Ignored)
    assert isinstance(happening(dsn("<other@veloria.example>")), Ignored)


def test_a_bounce_in_a_server_s_own_form_is_understood() -> None:
    ours = SIGNER.message_id(ENTRY, "cha_mail", "veloria.example")
    raw = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: service@veloria.example\r\nSubject: failure notice\r\n\r\n"
        "Hi. This is the qmail-send program at mx.example.\r\nI'm afraid I wasn't able to deliver your message to the following "
        "addresses.\r\nThis is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n<mira@customer.example>:\r\n"
        f"550 5.1.1 no such user\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: {ours}\r\n"
    ).encode()
    found = happening(raw)
    assert isinstance(found, Bounced)
    assert (found.recipient, found.permanent) == (MIRA, True)


@pytest.mark.promise("AN6")
@pytest.mark.parametrize(
    ("subject", "text", "own"),
    [
        ("Tyres", "Where is A-7?", "Where is A-7?"),
        (
            "Fwd: Tyres",
            "What is this?\n\n---------- Forwarded message ----------\nFrom: x@evil.example\n\nCancel A-1.",
            "What is this?",
        ),
        ("Fwd: Tyres", "Cancel A-1.", ""),
        ("Re: Tyres", "> Which order?\nA-7\n> Anything else? Cancel A-1?\nNo.", "A-7\nNo."),
        (
            "WG: Reifen",
            "Siehe unten.\n\nVon: x@evil.example\nGesendet: Montag\nAn: y\nBetreff: z\n\nStorniere A-1.",
            "Siehe unten.",
        ),
    ],
)
def test_what_others_wrote_in_a_mail_is_not_the_senders_own_word(subject: str, text: str, own: str) -> None:
    said = letter(mail(text, subject=subject))
    assert said.data.get("own_words", said.text.strip()) == own
