"""Who signed a mail: signatures of two other programs, and what hostile senders, keys and name servers try."""

import asyncio
import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from firstline.channels.base import RawRequest
from firstline.channels.email import proving
from firstline.channels.email.authentication import PROVEN
from firstline.channels.email.config import EmailConfig
from firstline.channels.email.dkim import MOST, canonical_body, canonical_field, proves, signed_in
from firstline.channels.email.parse import Letter, OwnWord, parse
from firstline.channels.email.proving import REST, Proving
from firstline.channels.email.receiver import Handler
from firstline.kit.clock import FixedClock
from tests.channels.email.letters import ADDRESS, AT, SIGNER, mailbox
from tests.channels.email.naming import FAILING, LYING, SILENT, NameServer, naming

GIVEN = json.loads((Path(__file__).parent / "signed.json").read_text())
RECORDS: dict[str, str] = GIVEN["records"]
MAIL: str = GIVEN["mail"]
SIGNED: dict[str, str] = GIVEN["signatures"]
LATER = datetime(2026, 11, 28, tzinfo=UTC)
"""The mails were signed the day before."""
GOOD = SIGNED["dkimpy-relaxed-relaxed"]


def proven(raw: str | bytes, records: dict[str, str] | None = None, at: datetime = LATER) -> set[str]:
    found = signed_in(raw.encode() if isinstance(raw, str) else raw, at)
    given = RECORDS if records is None else records
    return {one.domain for one in found.signatures if proves(found, one, given.get(one.where, ""))} if found else set()


@pytest.mark.parametrize("how", SIGNED)
def test_what_other_programs_signed_is_proven(how: str) -> None:
    assert proven(SIGNED[how] + MAIL) == {"customer.example"}
    assert proven((SIGNED[how] + MAIL).replace("\r\n", "\n")) == {"customer.example"}, "as a server without CR keeps it"


@pytest.mark.parametrize("how", SIGNED)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mira@customer", "eve@customer"),
        ("Winter", "Summer"),
        ("winter tyres?", "winter tyres!"),
        ("Grüße", "Gruß"),
        ("From: Mira", "Reply-To: eve@evil.example\r\nFrom: Mira"),
        ("From: Mira", "From: eve@customer.example\r\nFrom: Mira"),
        ("From: Mira", "From : eve@customer.example\r\nFrom: Mira"),
        ("From: Mira", "X: a\rFrom: eve@customer.example\r\nFrom: Mira"),
        ("From: Mira", "X: a\nFrom: eve@customer.example\r\nFrom: Mira"),
        ("From: Mira", "no header\r\nFrom: Mira"),
        ("Subject:", "Subject: Pay me\r\nSubject:"),
        ("MIME-Version: 1.0", "MIME-Version: 1.0\r\nContent-Type: text/html"),
        ("\r\n\r\n\r\n", "\r\n\r\nP.S. Send me her address.\r\n"),
        ("d=customer.example", "d=evil.example"),
        ("d=customer.example", "d=example"),
        ("v=1", "v=2"),
        ("v=1;", "v=1; v=1;"),
        ("v=1;", "v=1; q=dns/other;"),
        ("v=1;", "v=1; x=1;"),
        ("v=1;", "v=1; t=99999999999;"),
        ("sha256", "sha1"),
        ("bh=", "bh=A"),
        ("b=", "b=!"),
    ],
)
def test_whatever_is_changed_on_the_way_proves_nothing(how: str, old: str, new: str) -> None:
    whole = SIGNED[how] + MAIL
    assert old in whole or how.startswith("mail-dkim")
    changed = whole.replace(old, new)
    assert changed == whole or proven(changed) == set()


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_of_a_simple_signature_is_believed(at: int, change: int) -> None:
    raw = bytearray((SIGNED["dkimpy-simple-simple"] + MAIL).encode())
    head, body = raw.index(b"From: Mira"), len(raw.rstrip())
    where = head + at % (body - head)
    raw[where] ^= change
    assert proven(bytes(raw)) == set()


@given(st.binary(max_size=300), st.sampled_from(["", "DKIM-Signature: ", GOOD[:200]]))
def test_no_bytes_raise_anything(noise: bytes, before: str) -> None:
    for raw in (before.encode() + noise, noise + b"\r\n\r\n", (GOOD + MAIL).encode().replace(b"; s=rsa", noise)):
        assert isinstance(proven(raw), set)


@given(st.text(max_size=200))
def test_no_record_raises_anything_and_none_but_the_key_proves(record: str) -> None:
    name = "rsa._domainkey.customer.example"
    assert proven(GOOD + MAIL, {name: record}) == set()
    assert proven(GOOD + MAIL, {name: f"v=DKIM1; {record}; p={record}"}) == set()


@cache
def key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def record(bits: int = 1024, **tags: str) -> str:
    der = key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "; ".join(f"{name}={value}" for name, value in {"v": "DKIM1", "p": base64.b64encode(der).decode(), **tags}.items())


def signed(body: str = "Hello\r\n", bits: int = 1024, head: str = "", **tags: str) -> str:
    """A mail, signed with whatever tags."""
    fields = [f"From: mira@customer.example\r\nSubject: Hi{head}"][0].split("\r\n")
    bare = base64.b64encode(sha256(canonical_body(body.encode(), simple=False)).digest()).decode()
    given_ = {"v": "1", "a": "rsa-sha256", "c": "relaxed/relaxed", "d": "customer.example", "s": "k", "h": "from:subject"}
    given_ |= {"bh": bare, **tags, "b": ""}
    header = "DKIM-Signature: " + "; ".join(f"{name}={value}" for name, value in given_.items())
    names = given_["h"].split(":")
    of = {field.partition(":")[0].lower(): field for field in fields}
    data = b"".join(canonical_field(of[name].encode(), simple=False) + b"\r\n" for name in names if name in of)
    made = key(bits).sign(data + canonical_field(header.encode(), simple=False), PKCS1v15(), SHA256())
    return "\r\n".join((header + base64.b64encode(made).decode(), *fields, "", body))


NAME = "k._domainkey.customer.example"


def test_signatures_as_made_here_are_good_so_that_what_follows_fails_for_its_own_reason() -> None:
    variants: tuple[dict[str, Any], ...] = (
        {},
        {"l": "7"},
        {"i": "mira@mail.customer.example"},
        {"x": str(int(LATER.timestamp()) + 9)},
    )
    for tags in variants:
        assert proven(signed(**tags), {NAME: record()}) == {"customer.example"}
    assert proven(signed(head="\r\nReply-To: m@x.example", h="reply-to:from:subject"), {NAME: record()})
    assert proven(signed(bits=2048), {NAME: record(2048, s="other:email", t="s", h="sha1:sha256", k="rsa", n="x")})


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        (lambda: signed(l="0"), record),
        (lambda: signed(body="Hello\r\nP.S.\r\n", l="7"), record),
        (lambda: signed(l="-1"), record),
        (lambda: signed(l="9" * 80), record),
        (lambda: signed(x=str(int(LATER.timestamp()) - 1)), record),
        (lambda: signed(t=str(int(LATER.timestamp()) + 99_999)), record),
        (lambda: signed(t="2", x="1"), record),
        (lambda: signed(x="soon"), record),
        (lambda: signed(h="subject"), record),
        (lambda: signed(h="from"), record),
        (lambda: signed(h=":".join(["from", "subject", *["x"] * 5_000])), record),
        (lambda: signed(head="\r\nReply-To: eve@evil.example"), record),
        (lambda: signed(a="rsa-sha1"), record),
        (lambda: signed(i="mira@evil.example"), record),
        (lambda: signed(s="k/../../x"), record),
        (lambda: signed(d="customer.example" + ".a" * 200), record),
        (signed, lambda: record(p="")),
        (signed, lambda: record(t="y")),
        (signed, lambda: record(s="tlsrpt")),
        (signed, lambda: record(h="sha1")),
        (signed, lambda: record(k="ed25519")),
        (signed, lambda: record(v="DKIM2")),
        (signed, lambda: record() + "; p=AAAA"),
        (signed, lambda: record() + ";" + " " * 9_000),
        (lambda: signed(i="mira@mail.customer.example"), lambda: record(t="s")),
        (signed, lambda: record(2048)),
    ],
)
def test_weak_expired_partial_and_odd_signatures_and_keys_prove_nothing(mail: Any, found: Any) -> None:
    assert proven(mail(), {NAME: found()}) == set()


@pytest.mark.parametrize("how", GIVEN["weak"])
def test_a_good_signature_of_a_weak_key_proves_nothing(how: str) -> None:
    assert proven(GIVEN["weak"][how] + MAIL) == set()


def test_a_huge_key_is_not_calculated_with() -> None:
    numbers = rsa.RSAPublicNumbers(65537, (1 << 16_384) - 1)
    der = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert proven(signed(), {NAME: f"v=DKIM1; p={base64.b64encode(der).decode()}"}) == set()


def test_of_many_signatures_few_are_looked_at_and_a_broken_one_harms_no_good_one() -> None:
    broken = "DKIM-Signature: v=1; a=rsa-sha256; nonsense\r\n"
    assert proven(broken * (MOST - 1) + GOOD + MAIL) == {"customer.example"}
    assert proven(broken * MOST + GOOD + MAIL) == set()
    assert proven("X: y\r\n" * 1_000 + GOOD + MAIL) == set()


@pytest.fixture
def server() -> Iterator[NameServer]:
    with naming(RECORDS) as found:
        yield found


def config(**settings: Any) -> EmailConfig:
    return EmailConfig.model_validate({"address": ADDRESS, "incoming": "none", **settings})


def asks(by: Proving, raw: str = GOOD + MAIL, **settings: Any) -> tuple[str, ...]:
    return asyncio.run(by.domains(config(**settings), raw.encode(), LATER))


def test_the_name_servers_are_asked_for_the_key_and_only_for_keys_of_the_senders_organisation(server: NameServer) -> None:
    by = Proving(FixedClock(LATER), server.keys())
    assert asks(by) == ("customer.example",)
    assert asks(by, GOOD.replace("d=customer.example", "d=news.evil.example") + MAIL) == ()
    assert asks(by, MAIL) == ()
    assert server.asked == ["rsa._domainkey.customer.example"]


@pytest.mark.parametrize(
    "said", [FAILING, LYING, SILENT, "", "v=spf1 -all", [RECORDS["rsa._domainkey.customer.example"], "v=DKIM1; p="], "x" * 20_000]
)
def test_whatever_the_name_server_does_the_mail_is_only_not_proven(
    server: NameServer, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "SECONDS", 0.3)
    server.records["rsa._domainkey.customer.example"] = said
    assert asks(Proving(FixedClock(LATER), server.keys())) == ()


def test_without_name_servers_no_mail_waits_after_the_first_few(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "SECONDS", 0.05)
    clock = FixedClock(LATER)
    by = Proving(clock, server.keys())

    def of(domain: str) -> str:
        server.records[f"rsa._domainkey.{domain}"] = SILENT
        return (GOOD + MAIL).replace("customer.example", domain)

    for _ in range(8):  # one slow sender ends nothing for others
        asks(by, of("slow.example"))
    assert asks(by) == ("customer.example",)
    for number in range(8):
        asks(by, of(f"s{number}.example"))
    before = len(server.asked)
    assert asks(by) == ()
    assert len(server.asked) == before
    clock.advance(REST + timedelta(seconds=1))
    assert asks(by) == ("customer.example",)


@pytest.mark.parametrize(
    ("settings", "head"),
    [
        ({"check_signatures": False}, ""),
        ({"trusted_servers": ["mx.veloria.example"]}, "Authentication-Results: mx.veloria.example; dkim=fail\r\n"),
    ],
)
def test_nobody_is_asked_where_it_is_not_wanted_or_ones_own_server_has_judged(
    server: NameServer, settings: dict[str, Any], head: str
) -> None:
    assert asks(Proving(FixedClock(LATER), server.keys()), head + GOOD + MAIL, **settings) == ()
    assert server.asked == []


class Kept:
    """Where mails go in."""

    def __init__(self) -> None:
        self.requests: list[RawRequest] = []

    async def take(self, _: Any, request: RawRequest) -> bool:
        self.requests.append(request)
        return True


@pytest.mark.promise("AC3", "CH2")
def test_a_mail_that_is_received_is_judged_on_the_way_in_and_its_sender_is_proven(server: NameServer) -> None:
    account, kept = mailbox(), Kept()
    by: Any = Handler(account, config(), kept, FixedClock(LATER), Proving(FixedClock(LATER), server.keys()))  # type: ignore[arg-type]

    class Envelope:
        original_content, rcpt_tos, mail_from = (GOOD + MAIL).encode(), [ADDRESS], "mira@customer.example"

    assert asyncio.run(by.handle_DATA(None, None, Envelope())).startswith("250")
    (request,) = kept.requests
    (found,) = parse(account, request, SIGNER).happenings
    assert isinstance(found, Letter)
    assert (found.trusted, found.sender.verified) == (True, True)


@pytest.mark.promise("AC3")
@pytest.mark.parametrize("way", ["postmark", "mailgun/mime", "ses", ""])
def test_who_delivers_by_webhook_cannot_say_that_a_mail_was_judged(way: str) -> None:
    request = RawRequest("POST", way, {"folder": "inbox"}, {PROVEN: "customer.example"}, body=MAIL.encode(), at=AT)
    found = [one for one in parse(mailbox(), request, SIGNER).happenings if isinstance(one, Letter)] if not way else []
    assert all(one.trusted is False for one in found)


@pytest.mark.promise("CH2", "CH9")
def test_who_delivers_by_webhook_cannot_say_that_a_mail_lay_in_the_sent_folder() -> None:
    raw = MAIL.replace("mira@customer.example", ADDRESS).replace(f"To: {ADDRESS}", "To: tom@customer.example")
    for method, proven_ in (("IMAP", True), ("POST", False)):
        request = RawRequest(method, "", {"folder": "sent"}, body=raw.encode(), at=AT)
        (one,) = parse(mailbox(), request, SIGNER).happenings
        assert isinstance(one, OwnWord)
        assert one.proven is proven_
