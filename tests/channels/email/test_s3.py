"""Mails that Amazon SES puts into S3: fetched with a signed request from a store that checks it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from firstline.channels import accounts
from firstline.channels.abilities import NotThere
from firstline.channels.base import Account, Broken, RawRequest
from firstline.channels.email import s3, s3_answers, telling
from firstline.channels.email.channel import Email
from firstline.channels.email.config import EmailConfig
from firstline.channels.email.parse import Letter, parse
from firstline.channels.email.providers.ses import Place, place_of
from firstline.channels.email.s3 import S3, store_of
from firstline.channels.intake import Intake
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.bringing import Bringing
from firstline.channels.intake.receiving import Delivery, Receiving
from firstline.channels.tables import raw_delivery
from firstline.conversations.tables import entry
from firstline.kit.clock import FixedClock, SystemClock
from firstline.kit.database import Database
from firstline.kit.errors import Rejected, Retry
from firstline.kit.outbound import Answer
from firstline.simulators.mail.sns import Stand, notification
from tests.channels.email import storing
from tests.channels.email.letters import AT, MIRA, SIGNER, mail, mailbox
from tests.channels.email.storing import MAILS, OTHER, Amazon
from tests.world import KEYRING, Shop

TOPIC = "arn:aws:sns:eu-west-1:123:mails"


@pytest.fixture(scope="module")
def amazon_() -> Iterator[Amazon]:
    with storing.running() as found:
        yield found


@pytest.fixture
def amazon(amazon_: Amazon) -> Amazon:
    amazon_.empties()
    return amazon_


def account(amazon: Amazon, who: str = "reader", secret: str = "", **more: Any) -> Account:
    key, hidden = amazon.keys[who]
    given = amazon.settings(**{"s3_access_key_id": key, **more})
    return mailbox({"s3_secret_access_key": secret or hidden}, incoming="webhook", topic=TOPIC, **given)


def fetch(account: Account, name: str, bucket: str = "", *, private: bool = True) -> bytes:
    return asyncio.run(
        S3(SystemClock(), allow_private=private).fetch(account, Place(bucket or str(account.settings["s3_bucket"]), name))
    )


def check(account: Account) -> str:
    return asyncio.run(S3(SystemClock(), allow_private=True).check(account))


def code(name: str) -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{name}</Code></Error>'.encode()


def notice(name: str, bucket: str = MAILS, **more: Any) -> RawRequest:
    inner = {
        "notificationType": "Received",
        "mail": {"source": MIRA, "messageId": name},
        "receipt": {
            "recipients": ["service@veloria.example"],
            "dmarcVerdict": {"status": "PASS"},
            "action": {"type": "S3", "topicArn": TOPIC, "bucketName": bucket, "objectKeyPrefix": "in", "objectKey": name},
        },
        **more,
    }
    body = {"Type": "Notification", "TopicArn": TOPIC, "Message": json.dumps(inner)}
    return RawRequest("POST", "ses", body=json.dumps(body).encode(), at=AT)


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(
    "name",
    ["in/o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1", "in mails/ä+b=c&d%2F$.eml", "/led/by/a/slash", "a//b", "~_-.", "@:!*'()"],
)
def test_a_mail_is_fetched_whatever_its_object_is_called(amazon: Amazon, name: str) -> None:
    amazon.puts(name, mail())
    assert fetch(account(amazon), name) == mail()


@pytest.mark.promise("CH2")
def test_a_fetched_mail_is_read_with_the_verdicts_of_its_notification(amazon: Amazon) -> None:
    large = mail("x" * 300_000)
    amazon.puts("in/1", large)
    channel = Email(Database("postgresql://nowhere/none", SystemClock(), threads=1), KEYRING, allow_private=True)
    request = notice("in/1")
    assert channel.lies_elsewhere(request)
    content = asyncio.run(channel.bring(account(amazon), request))
    (letter,) = parse(account(amazon), RawRequest("POST", "ses", body=request.body, at=AT, brought=content), SIGNER).happenings
    assert isinstance(letter, Letter)
    assert (letter.sender.value, letter.trusted, len(letter.kept.whole)) == (MIRA, True, 300_000)


def test_a_mail_that_stays_in_s3_is_still_there_after_it_was_fetched(amazon: Amazon) -> None:
    amazon.puts("in/1", mail())
    assert fetch(account(amazon), "in/1") == fetch(account(amazon), "in/1")


@pytest.mark.promise("CH7")
@pytest.mark.parametrize(
    ("who", "more", "says", "cure"),
    [
        ("lister", {}, "does not let this access key read", "s3:GetObject on arn:aws:s3:::veloria-mails/*"),
        ("reader", {"secret": "x" * 40}, "secret does not belong", "secret access key anew"),
        ("reader", {"s3_access_key_id": "AKIANOBODY"}, "does not know the access key", "is active"),
        ("reader", {"s3_bucket": "no-such-bucket"}, "no bucket no-such-bucket", "the rule of SES"),
    ],
)
def test_what_is_wrong_with_key_permission_or_bucket_is_said_with_the_cure(
    amazon: Amazon, who: str, more: dict[str, Any], says: str, cure: str
) -> None:
    amazon.puts("in/1", mail())
    wrong = account(amazon, who, **more)
    with pytest.raises(Broken, match=says) as trouble:
        fetch(wrong, "in/1")
    assert cure in trouble.value.cure
    with pytest.raises(Broken, match=says):
        check(wrong)


def test_a_mail_that_is_not_there_yet_is_asked_for_again(amazon: Amazon) -> None:
    with pytest.raises(NotThere, match="does not have the mail"):
        fetch(account(amazon), "in/late")


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(
    "place",
    [
        Place(OTHER, "in/1"),
        Place("", "in/1"),
        Place(MAILS, ""),
        Place(MAILS, "a/../../veloria.other/1"),
        Place(MAILS, "./1"),
        Place(MAILS, "x" * 1_025),
        Place("169.254.169.254/latest", "meta-data"),
        Place("evil.example/#", "x"),
    ],
)
def test_what_lies_in_another_bucket_or_under_no_name_is_not_fetched(amazon: Amazon, place: Place) -> None:
    amazon.puts("1", mail(), OTHER)
    with pytest.raises(Rejected):
        asyncio.run(S3(SystemClock(), allow_private=True).fetch(account(amazon), place))
    if place.bucket != OTHER:
        with pytest.raises(Rejected):
            asyncio.run(S3(SystemClock(), allow_private=True).fetch(account(amazon, s3_bucket=""), place))


def test_without_a_pinned_bucket_the_notification_says_which(amazon: Amazon) -> None:
    amazon.puts("in/1", mail(), OTHER)
    assert fetch(account(amazon, s3_bucket=""), "in/1", OTHER) == mail()


def test_a_mail_over_the_limit_is_refused_and_not_read_to_its_end(amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "MOST_BYTES", 1_000)
    amazon.puts("in/1", b"x" * 1_001)
    with pytest.raises(Rejected, match="larger than"):
        fetch(account(amazon), "in/1")


def test_a_mail_that_ses_itself_encrypted_says_what_to_switch_off(amazon: Amazon) -> None:
    amazon.puts("in/1", b"\x00\x01", **{"x-amz-key-v2": "wrapped", "x-amz-cek-alg": "AES/GCM/NoPadding"})
    with pytest.raises(Rejected, match="message encryption"):
        fetch(account(amazon), "in/1")


def test_a_private_address_is_called_only_where_the_installation_allows_it(amazon: Amazon) -> None:
    with pytest.raises(Broken, match="no public address"):
        fetch(account(amazon), "in/1", private=False)


def test_a_store_that_cannot_be_reached_is_tried_again(amazon: Amazon) -> None:
    with pytest.raises(Retry):
        fetch(account(amazon, s3_endpoint="http://127.0.0.1:9"), "in/1")


def test_the_check_reads_and_says_what_it_could_not_try(amazon: Amazon) -> None:
    assert check(account(amazon)) == "mails in the bucket veloria-mails can be read", "an empty bucket"
    amazon.puts("in/a&b", mail())
    assert check(account(amazon)) == "mails in the bucket veloria-mails can be read"
    assert "does not tell (allow s3:ListBucket" in check(account(amazon, "stranger"))
    amazon.puts(s3.SET_UP, b"SES wrote this")
    assert check(account(amazon, "getter")) == "mails in the bucket veloria-mails can be read"
    assert "enter the bucket" in check(account(amazon, s3_bucket=""))


def test_a_clock_that_is_wrong_is_said(amazon: Amazon) -> None:
    answer = Answer("", 403, {}, code("RequestTimeTooSkewed"))
    assert "clock" in s3_answers.trouble(answer, "eu-west-1", MAILS).reason


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "says"),
    [
        (
            301,
            {"x-amz-bucket-region": "eu-central-1"},
            code("PermanentRedirect"),
            Broken,
            "lies in eu-central-1",
        ),
        (
            400,
            {},
            code("AuthorizationHeaderMalformed</Code><Region>us-west-2</Region><Code>"),
            Broken,
            "lies in us-west-2",
        ),
        (301, {}, b"", Broken, "does not say"),
        (403, {}, b"", Broken, "does not let"),
        (404, {}, b"", NotThere, "does not have"),
        (404, {}, code("NoSuchBucket"), Broken, "no bucket"),
        (503, {}, code("SlowDown"), Retry, "503 SlowDown"),
        (500, {}, b"", Retry, "500"),
        (429, {}, b"", Retry, "429"),
        (400, {}, code("RequestTimeout"), Retry, "RequestTimeout"),
        (307, {}, code("TemporaryRedirect"), Retry, "TemporaryRedirect"),
        (403, {}, code("InvalidObjectState"), Rejected, "archive"),
        (400, {}, code("KMS.DisabledException"), Broken, "decrypt"),
        (400, {}, code("Odd"), Rejected, "400 Odd"),
        (204, {}, b"", Rejected, "204"),
    ],
)
def test_each_answer_of_s3_is_understood(status: int, headers: dict[str, str], body: bytes, kind: type, says: str) -> None:
    found = s3_answers.trouble(Answer("", status, headers, body), "eu-west-1", MAILS)
    assert type(found) is kind
    assert says in found.reason


@settings(deadline=None)
@given(st.integers(200, 599), st.binary(max_size=300), st.dictionaries(st.just("x-amz-bucket-region"), st.text(max_size=300)))
def test_no_answer_raises_or_becomes_a_long_message(status: int, body: bytes, headers: dict[str, str]) -> None:
    found = s3_answers.trouble(Answer("", status, headers, b"<Error><Code>" + body + b"<!ENTITY x>"), "eu-west-1", MAILS)
    assert len(found.reason) < 300


def test_amazon_s_own_hosts_are_made_of_region_and_bucket_alone() -> None:
    given = {"s3_access_key_id": "AKIA1", "topic": TOPIC}
    store = store_of(mailbox({"s3_secret_access_key": "x"}, **given))
    assert store.host("mails") == ("https://mails.s3.eu-west-1.amazonaws.com", "")
    assert store.host("with.dots") == ("https://s3.eu-west-1.amazonaws.com", "/with.dots")
    china = store_of(mailbox({"s3_secret_access_key": "x"}, **{**given, "s3_region": "cn-north-1"}))
    assert china.host("mails") == ("https://mails.s3.cn-north-1.amazonaws.com.cn", "")


@pytest.mark.parametrize(
    ("given", "hidden", "says"),
    [
        ({}, "x", "no access key"),
        ({"s3_access_key_id": "AKIA1"}, "", "no access key"),
        ({"s3_access_key_id": "AKIA1", "topic": "arn:aws:sns:not a region:1:x"}, "x", "which region"),
        ({"s3_access_key_id": "AKIA1"}, "x", "which region"),
    ],
)
def test_settings_that_are_not_complete_say_what_to_enter(given: dict[str, Any], hidden: str, says: str) -> None:
    with pytest.raises(Broken, match=says):
        store_of(mailbox({"s3_secret_access_key": hidden}, **given))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("s3_region", "eu-west-1.evil.example/"),
        ("s3_region", "EU"),
        ("s3_bucket", "mails@evil.example"),
        ("s3_bucket", "a/b"),
        ("s3_endpoint", "https://user:pass@s3.example.com"),
        ("s3_endpoint", "file:///etc"),
        ("s3_endpoint", "https://s3.example.com/path"),
        ("s3_access_key_id", "AKIA\r\nX-Evil: 1"),
    ],
)
def test_settings_that_would_lead_elsewhere_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"such as|is like|written like|has small letters"):
        EmailConfig.model_validate({"address": "a@b.example", "incoming": "webhook", name: value})


@pytest.mark.parametrize(
    "body",
    [
        b"S3",
        b'{"Message": "S3"}',
        b'{"Message": "{\\"receipt\\": [\\"S3\\"]}"}',
        b'{"Message": "{\\"receipt\\": {\\"action\\": \\"S3\\"}}"}',
        b"[" * 50_000 + b"S3",
        json.dumps({"Message": "[" * 50_000 + "S3"}).encode(),
    ],
)
def test_a_notification_that_says_nothing_of_the_kind_points_nowhere(body: bytes) -> None:
    assert place_of(RawRequest("POST", "ses", body=body)) is None


def test_a_place_of_the_wrong_types_is_a_place_that_is_refused() -> None:
    place = place_of(notice("x", receipt={"action": {"type": "S3", "bucketName": 7, "objectKey": ["S3"]}}))
    assert place == Place("", "")


def test_only_amazon_s_deliveries_point_elsewhere_and_one_that_brings_the_mail_does_not() -> None:
    assert place_of(notice("in/1")) == Place(MAILS, "in/1")
    assert place_of(notice("in/1", content="From: a@b.example")) is None
    assert place_of(RawRequest("POST", "postmark", body=notice("in/1").body)) is None


def test_the_simulated_store_checks_what_a_store_checks() -> None:
    from firstline.simulators.mail import s3 as simulated

    with simulated.serving() as store:
        store.objects["mails/in/1"] = mail()
        given = {"s3_region": simulated.REGION, "s3_bucket": simulated.BUCKET, "s3_endpoint": store.url}
        right = mailbox({"s3_secret_access_key": simulated.SECRET}, s3_access_key_id=simulated.ACCESS_KEY, **given)
        assert fetch(right, "in/1") == mail()
        assert store.fetched == ["in/1"]
        assert check(right) == "mails in the bucket mails can be read"
        with pytest.raises(NotThere):
            fetch(right, "in/2")
        with pytest.raises(Broken, match="secret does not belong"):
            fetch(mailbox({"s3_secret_access_key": "x"}, s3_access_key_id=simulated.ACCESS_KEY, **given), "in/1")
        with pytest.raises(Broken, match="clock"):
            asyncio.run(S3(FixedClock(AT.replace(year=2020)), allow_private=True).fetch(right, Place("mails", "in/1")))


@pytest.mark.promise("CH2")
def test_from_amazon_s_notification_to_the_conversation(shop: Shop, amazon: Amazon) -> None:
    stand = Stand.made(TOPIC)
    key, hidden = amazon.keys["reader"]
    given = {"address": "service@veloria.example", "incoming": "webhook", "topic": TOPIC, "topic_certificate": stand.certificate}
    connected = shop.database.run(
        accounts.connect,
        KEYRING,
        EmailConfig,
        kind="email",
        name="Service",
        workspace="inbox",
        settings={**given, **amazon.settings(s3_access_key_id=key)},
        secrets={"s3_secret_access_key": hidden},
        by=shop.ines,
    )
    channels = {"email": Email(shop.database, KEYRING, allow_private=True)}
    posted = notification(mail("Here is the whole plan: " + "x" * 200_000), stand, in_s3="in/1", bucket=MAILS)
    request = RawRequest("POST", "ses", {}, posted.headers, posted.body, shop.database.clock.now())
    answer = shop.database.run(Receiving(channels, KEYRING).one, Delivery("email", connected, request), 0)
    assert answer.status == 200
    raw = str(shop.database.run(lambda tx: tx.scalar(select(raw_delivery.c.id))))
    account_ = shop.database.run(accounts.which, connected)
    facts = shop.database.run(lambda tx: {one.label: one.said.text for one in telling.tell(tx, account_, {}).facts})
    assert facts["Mails in S3"] == "1 mail is still to be fetched"

    bringing = Bringing(shop.database, channels, KEYRING)
    asyncio.run(bringing.bring(raw))
    amazon.puts("in/1", mail("Here is the whole plan: " + "x" * 200_000))
    asyncio.run(bringing.bring(raw))
    asyncio.run(Backlog(shop.database, Intake(shop.database, channels).parser, KEYRING).take_in(connected))
    said = shop.database.run(lambda tx: tx.scalar(select(entry.c.text).where(entry.c.channel_account_id == connected)))
    assert str(said).startswith("Here is the whole plan")
    facts = shop.database.run(lambda tx: {one.label: one.said.text for one in telling.tell(tx, account_, {}).facts})
    assert facts["Mails in S3"] == f"Are fetched from {MAILS}"
