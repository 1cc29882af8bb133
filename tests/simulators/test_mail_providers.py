"""Mails as providers deliver them are believed and read; with another secret they are not."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firstline.channels.base import Forged, RawRequest
from firstline.channels.email.channel import Email
from firstline.channels.email.mime import Unreadable
from firstline.channels.email.parse import Letter, parse
from firstline.kit.clock import SystemClock
from firstline.kit.database import Database
from firstline.simulators.mail import s3
from firstline.simulators.mail.forms import PROVIDERS, Delivery, written
from firstline.simulators.mail.posting import visited
from firstline.simulators.mail.sns import Stand, confirmation, notification
from tests.channels.email.letters import SIGNER, mailbox
from tests.world import KEYRING


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_simulated_delivery_is_believed_and_read(provider: str) -> None:
    channel = Email(Database("postgresql://nowhere/none", SystemClock(), threads=1), KEYRING)
    account = mailbox({"webhook_secret": "key"}, incoming="webhook")
    raw = written(
        "Mira <mira@customer.example>",
        "service@veloria.example",
        "Grüße",
        "Habt ihr „Winterreifen“?",
        in_reply_to="<a@b.example>",
    )
    delivery = PROVIDERS[provider](raw, "key")
    rest = provider.partition("-")[0]
    request = RawRequest("POST", rest, {}, delivery.headers, delivery.body, datetime.now(UTC))
    assert channel.verify(account, request) is None
    (letter,) = parse(account, request, SIGNER).happenings
    assert isinstance(letter, Letter)
    assert (letter.text, letter.sender.value, letter.subject) == ("Habt ihr „Winterreifen“?", "mira@customer.example", "Grüße")
    assert set(letter.references) == {"<a@b.example>"}
    forged = PROVIDERS[provider](raw, "another key")
    with pytest.raises(Forged):
        channel.verify(account, RawRequest("POST", rest, {}, forged.headers, forged.body, datetime.now(UTC)))


def amazon(delivery: Delivery) -> RawRequest:
    return RawRequest("POST", "ses", {}, delivery.headers, delivery.body, datetime.now(UTC))


@pytest.fixture(scope="module")
def stand() -> Stand:
    return Stand.made()


@pytest.fixture
def channel() -> Email:
    return Email(Database("postgresql://nowhere/none", SystemClock(), threads=1), KEYRING, allow_private=True)


RAW = written("Mira <mira@customer.example>", "service@veloria.example", "Grüße", "Habt ihr „Winterreifen“?")


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(("version", "encoding"), [("1", "BASE64"), ("2", "UTF-8")])
def test_a_simulated_topic_is_believed_where_its_certificate_is_named(
    channel: Email, stand: Stand, version: str, encoding: str
) -> None:
    delivery = notification(RAW, replace(stand, version=version), encoding=encoding)
    account = mailbox(incoming="webhook", topic=stand.topic, topic_certificate=stand.certificate)
    assert channel.verify(account, amazon(delivery)) is None
    (letter,) = parse(account, amazon(delivery), SIGNER).happenings
    assert isinstance(letter, Letter)
    assert (letter.text, letter.subject, letter.trusted) == ("Habt ihr „Winterreifen“?", "Grüße", True)
    for other in (
        mailbox(incoming="webhook", topic=stand.topic, topic_certificate=Stand.made().certificate),
        mailbox(incoming="webhook", topic="arn:another", topic_certificate=stand.certificate),
    ):
        with pytest.raises(Forged):
            channel.verify(other, amazon(delivery))


@pytest.mark.promise("CH2")
def test_a_simulated_subscription_is_confirmed_by_visiting_its_link(channel: Email, stand: Stand) -> None:
    account = mailbox(incoming="webhook", topic=stand.topic, topic_certificate=stand.certificate)
    with visited() as (link, seen):
        answer = channel.verify(account, amazon(confirmation(stand, link)))
        assert answer is not None
        assert answer.status == 200
        assert seen()
    for bad in ("file:///etc/passwd", "javascript:alert(1)", "http://127.0.0.1/a b", "gopher://x/"):
        with pytest.raises(Forged):
            channel.verify(account, amazon(confirmation(stand, bad)))


@pytest.mark.promise("CH2")
def test_a_mail_in_a_simulated_s3_is_fetched_and_read(channel: Email, stand: Stand) -> None:
    with s3.serving() as store:
        store.objects[f"{s3.BUCKET}/in/1"] = RAW
        given = {"topic": stand.topic, "topic_certificate": stand.certificate, "s3_endpoint": store.url}
        account = mailbox(
            {"s3_secret_access_key": s3.SECRET}, incoming="webhook", s3_access_key_id=s3.ACCESS_KEY, s3_bucket=s3.BUCKET, **given
        )
        request = amazon(notification(RAW, stand, in_s3="in/1"))
        assert channel.verify(account, request) is None
        assert channel.lies_elsewhere(request)
        fetched = replace(request, brought=asyncio.run(channel.bring(account, request)))
    (letter,) = parse(account, fetched, SIGNER).happenings
    assert isinstance(letter, Letter)
    assert (letter.text, letter.trusted) == ("Habt ihr „Winterreifen“?", True)


def test_a_notification_without_content_or_place_says_what_to_change(stand: Stand) -> None:
    account = mailbox(incoming="webhook", topic=stand.topic, topic_certificate=stand.certificate)
    large = written("mira@customer.example", "service@veloria.example", "Large", "x" * 200_000)
    with pytest.raises(Unreadable, match="use an S3 action"):
        parse(account, amazon(notification(large, stand)), SIGNER)


def test_the_key_of_a_simulated_topic_is_kept_for_itself(tmp_path: Path) -> None:
    made = Stand.at(tmp_path / "keys")
    assert (tmp_path / "keys" / "sns-key.pem").stat().st_mode & 0o077 == 0
    assert Stand.at(tmp_path / "keys").certificate == made.certificate
