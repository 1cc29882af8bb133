"""The webhooks of mail providers."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from firstline.channels.base import Account, Forged, RawRequest
from firstline.channels.email.channel import Email
from firstline.channels.email.mime import Unreadable
from firstline.channels.email.parse import Letter, parse
from firstline.channels.email.providers import postmark as by_postmark
from firstline.channels.email.providers import ses
from firstline.channels.happenings import Ignored, Parsed
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from tests.channels.email.letters import AT, MIRA, SIGNER, mail, mailbox
from tests.world import KEYRING

KEY = "signing-key"
TOPIC = "arn:aws:sns:eu-west-1:123:mails"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"


def account(**settings: Any) -> Account:
    return mailbox({"webhook_secret": KEY}, incoming="webhook", topic=TOPIC, **settings)


def letter(request: RawRequest) -> Letter:
    parsed = parse(account(), request, SIGNER)
    (one,) = parsed.happenings
    assert isinstance(one, Letter), parsed
    return one


def form(
    rest: str, fields: dict[str, bytes | str], files: dict[str, tuple[str, str, bytes]] | None = None, **query: str
) -> RawRequest:
    body = b""
    for name, value in fields.items():
        raw = value if isinstance(value, bytes) else value.encode()
        body += f'--xYz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + raw + b"\r\n"
    for name, (file, media, content) in (files or {}).items():
        head = f'--xYz\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: {media}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    headers = {"content-type": "multipart/form-data; boundary=xYz"}
    return RawRequest("POST", rest, query, headers, body + b"--xYz--\r\n", AT)


def mailgun(token: str = "t" * 50, age: int = 0, key: str = KEY, **fields: str) -> RawRequest:
    stamp = str(int(AT.timestamp()) - age)
    signature = hmac.new(key.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    given: dict[str, bytes | str] = {
        "timestamp": stamp,
        "token": token,
        "signature": signature,
        "recipient": "service@veloria.example",
    }
    return form("mailgun/mime", {**given, "sender": MIRA, "body-mime": mail().decode(), **fields})


@pytest.fixture
def channel() -> Email:
    return Email(Database("postgresql://nowhere/none", FixedClock(AT), threads=1), KEYRING)


@pytest.mark.promise("CH2")
def test_mailgun_s_raw_mail_is_read_and_its_signature_checked(channel: Email) -> None:
    assert channel.verify(account(), mailgun()) is None
    found = letter(mailgun())
    assert (found.text, found.sender.value, found.kept.token) == ("Do you have winter tyres?", MIRA, "t" * 50)
    for bad in (mailgun(key="other"), mailgun(age=40_000), mailgun(age=-40_000), mailgun(timestamp="x"), mailgun(token="é")):
        if bad != mailgun(token="é"):
            with pytest.raises(Forged):
                channel.verify(account(), bad)
    with pytest.raises(Forged):
        channel.verify(mailbox(incoming="webhook"), mailgun())


def test_mailgun_s_fields_are_read_without_a_raw_mail() -> None:
    headers = json.dumps([["From", f"Mira <{MIRA}>"], ["Message-Id", "<m1@x>"], ["In-Reply-To", "<o@x>"], ["X-Bad"], 3])
    fields: dict[str, bytes | str] = {"message-headers": headers, "body-plain": "Hello", "token": "t", "subject": "Hi"}
    fields |= {"content-id-map": '{"<logo>": "attachment-1"}', "attachment-count": "1"}
    found = letter(form("mailgun", fields, {"attachment-1": ("logo.png", "image/png", b"\x89PNG")}))
    assert (found.text, found.provider_id, found.references, found.subject) == ("Hello", "<m1@x>", ("<o@x>",), "Hi")
    assert [(file.name, file.inline_id) for file in found.attachments] == [("logo.png", "logo")]


def test_mailgun_s_urlencoded_form_is_read() -> None:
    body = urlencode({"from": MIRA, "body-plain": "Grüße", "token": "t"}).encode()
    request = RawRequest("POST", "mailgun", headers={"content-type": "application/x-www-form-urlencoded"}, body=body, at=AT)
    assert letter(request).text == "Grüße"


def postmark(**given: Any) -> RawRequest:
    values = {
        "From": MIRA,
        "FromName": "Mira",
        "To": "service@veloria.example",
        "Subject": "Hi",
        "TextBody": "Hello",
        "MessageID": "pm-1",
        "Headers": [{"Name": "Message-ID", "Value": "<m1@x>"}, {"Name": "Auto-Submitted", "Value": "no"}, "nonsense"],
        "Attachments": [{"Name": "a.pdf", "Content": base64.b64encode(b"%PDF-").decode(), "ContentType": "application/pdf"}, {}],
        **given,
    }
    return RawRequest("POST", "postmark", {"secret": KEY}, {}, json.dumps(values).encode(), AT)


@pytest.mark.promise("CH2")
def test_postmark_needs_the_secret_and_is_read(channel: Email) -> None:
    assert channel.verify(account(), postmark()) is None
    basic = {"authorization": "Basic " + base64.b64encode(f"user:{KEY}".encode()).decode()}
    assert channel.verify(account(), replace(postmark(), query={}, headers=basic)) is None
    for query, headers in (({}, {}), ({"secret": "x"}, {}), ({}, {"authorization": "Basic !!"}), ({"secret": ""}, {})):
        with pytest.raises(Forged):
            channel.verify(account(), replace(postmark(), query=query, headers=headers))
    found = letter(postmark())
    assert (found.text, found.provider_id) == ("Hello", "<m1@x>")
    assert found.attachments[0].content == b"%PDF-"
    assert letter(postmark(RawEmail=mail("From raw").decode())).text == "From raw"


@pytest.mark.promise("CH2")
def test_sendgrid_s_fields_are_read_in_their_own_charsets(channel: Email) -> None:
    fields: dict[str, bytes | str] = {
        "headers": "Message-ID: <m1@x>\r\nIn-Reply-To: <o@x>\r\n",
        "from": f"Mira <{MIRA}>",
        "subject": "Grüße".encode("cp1252"),
        "text": "Schöne Grüße – 5 €".encode("cp1252"),
        "charsets": json.dumps({"subject": "windows-1252", "text": "windows-1252", "from": "UTF-8"}),
        "envelope": json.dumps({"to": ["service@veloria.example"], "from": MIRA}),
        "content-ids": '{"logo": "attachment1"}',
        "attachment-info": '{"attachment1": {"type": "image/png"}}',
    }
    found = letter(form("sendgrid", fields, {"attachment1": ("l.png", "application/octet-stream", b"\x89PNG")}, secret=KEY))
    assert (found.text, found.subject) == ("Schöne Grüße – 5 €", "Grüße")
    assert (found.attachments[0].kind, found.attachments[0].inline_id) == ("image", "logo")
    assert letter(form("sendgrid", {"email": mail("Raw")})).text == "Raw"
    with pytest.raises(Forged):
        channel.verify(account(), form("sendgrid", fields))


class Amazon:
    """SNS with a certificate of its own."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key()).serial_number(1)
        made = made.not_valid_before(AT - dt.timedelta(days=1)).not_valid_after(AT + dt.timedelta(days=9))
        self.pem = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def request(self, kind: str = "Notification", **given: Any) -> RawRequest:
        outer: dict[str, Any] = {
            "Type": kind,
            "MessageId": "1",
            "TopicArn": TOPIC,
            "Message": json.dumps(
                {
                    "notificationType": "Received",
                    "mail": {"source": MIRA},
                    "receipt": {
                        "recipients": ["service@veloria.example"],
                        "dmarcVerdict": {"status": "PASS"},
                        "action": {"encoding": "BASE64"},
                    },
                    "content": base64.b64encode(mail()).decode(),
                }
            ),
            "Timestamp": "2026-11-22T09:46:00.000Z",
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
            **(
                {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Confirm", "Token": "t"}
                if kind != "Notification"
                else {}
            ),
            **given,
        }
        names = sorted(set(outer) & {"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"})
        text = "".join(f"{name}\n{outer[name]}\n" for name in names)
        algorithm = hashes.SHA256() if outer["SignatureVersion"] == "2" else hashes.SHA1()
        outer.setdefault("Signature", base64.b64encode(self.key.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode())
        return RawRequest("POST", "ses", {}, {}, json.dumps(outer).encode(), AT)


@pytest.fixture(scope="module")
def amazon() -> Amazon:
    return Amazon()


def checked(amazon: Amazon, request: RawRequest, fetched: bool = True) -> tuple[int | None, list[str]]:
    confirmed: list[str] = []
    answer = ses.verify(account(), request, lambda address: amazon.pem if fetched else None, confirmed.append)
    return (answer.status if answer else None), confirmed


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("version", ["1", "2"])
def test_amazon_s_signed_notification_is_read_with_its_verdicts(amazon: Amazon, version: str) -> None:
    request = amazon.request(SignatureVersion=version)
    assert checked(amazon, request) == (None, [])
    found = letter(request)
    assert (found.text, found.trusted) == ("Do you have winter tyres?", True)


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(
    "given",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:666:evil"},
        {"Signature": base64.b64encode(b"x" * 256).decode()},
        {"Signature": "!!"},
        {"SignatureVersion": "3"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": None},
        {"Type": "Other"},
    ],
)
def test_what_is_not_amazon_s_or_of_another_topic_is_refused(amazon: Amazon, given: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        checked(amazon, amazon.request(**given))


@pytest.mark.promise("CH2")
def test_only_a_subscription_of_the_own_topic_is_confirmed_and_only_at_amazon(amazon: Amazon) -> None:
    status, confirmed = checked(amazon, amazon.request("SubscriptionConfirmation"))
    assert (status, len(confirmed)) == (200, 1)
    for bad in ({"TopicArn": "arn:other"}, {"SubscribeURL": "https://evil.example/"}):
        with pytest.raises(Forged):
            checked(amazon, amazon.request("SubscriptionConfirmation", **bad))


def test_while_amazon_s_certificate_is_fetched_it_is_asked_to_deliver_again(amazon: Amazon) -> None:
    assert checked(amazon, amazon.request(), fetched=False) == (503, [])


def test_other_notifications_of_amazon_are_understood_as_nothing() -> None:
    body = json.dumps({"Type": "Notification", "Message": json.dumps({"notificationType": "Complaint"})}).encode()
    (one,) = parse(account(), RawRequest("POST", "ses", body=body, at=AT), SIGNER).happenings
    assert isinstance(one, Ignored)


def test_a_mailbox_that_is_read_takes_nothing_by_webhook(channel: Email) -> None:
    with pytest.raises(Forged):
        channel.verify(mailbox({"webhook_secret": KEY}, incoming="none"), mailgun())
    with pytest.raises(Forged):
        channel.verify(account(), replace(mailgun(), rest="unheard-of"))


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("half", [0xD800, 0xDFFF, 0xDCE9])
def test_half_a_character_in_a_mail_within_json_costs_that_character_and_not_the_mail(half: int) -> None:
    raw = f"From: {MIRA}\r\nSubject: Tyres {chr(half)}\r\n\r\nHello {chr(half)} there"
    notice = {"notificationType": "Received", "mail": {"source": MIRA}, "receipt": {"action": {"type": "SNS"}}, "content": raw}
    body = json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": json.dumps(notice)}).encode()
    for found in (ses.mail(RawRequest("POST", "ses", body=body, at=AT)), by_postmark.mail(postmark(RawEmail=raw))):
        assert found.headers.text("from") == MIRA
        assert "Hello" in found.plain
        assert "there" in found.plain


@pytest.mark.promise("CH2")
def test_amazon_s_word_that_the_topic_is_good_is_no_mail_and_no_dead_letter_and_other_words_are_one(amazon: Amazon) -> None:
    good = amazon.request(Message="Successfully validated SNS topic for Amazon SES event publishing.")
    assert checked(amazon, good) == (None, [])
    assert parse(account(), good, SIGNER) == Parsed((Ignored("Amazon SES may publish to the topic; there is no mail in this."),))
    for other in ("hello world!", "We Successfully validated SNS topic for Amazon SES", 7, None):
        with pytest.raises(Unreadable):
            parse(account(), amazon.request(Message=str(other)), SIGNER)
