"""Files that a teammate sends on WhatsApp, Messenger and Instagram: as what, with which words, and what not."""

import asyncio
from typing import Any

import pytest

from firstline.channels import writing
from firstline.channels.base import Account
from firstline.channels.deliver import Outbox
from firstline.conversations import attaching
from firstline.conversations.rules import Attachment
from firstline.kit.errors import Invalid
from firstline.simulators.meta.world import Fault
from tests.channels.meta import Meta
from tests.world import KEYRING

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60
OGG = b"OggS" + b"0" * 60
PDF = b"%PDF-1.7\n" + b"0" * 60
PAGE = b"<html><script>alert(1)</script></html>"


def writes(meta: Meta, talk: str, text: str, *files: Attachment) -> str:
    jonas = meta.shop.jonas
    return meta.shop.database.run(writing.reply, meta.channels, talk, text, jonas, attachments=files).id


def file(name: str, body: bytes, claimed: str = "") -> Attachment:
    return attaching.uploaded(name, claimed, body)


def delivered(meta: Meta, talk: str) -> list[dict[str, Any]]:
    outbox = Outbox(meta.shop.database, meta.channels, KEYRING, "https://desk.example")
    return meta.settled(lambda: asyncio.run(outbox.deliver(talk)))


@pytest.fixture
def number(meta: Meta) -> Account:
    return meta.account("whatsapp")


@pytest.mark.promise("CH8")
def test_on_whatsapp_a_picture_carries_the_words_and_several_files_follow_them(meta: Meta, number: Account) -> None:
    talk = meta.hears(number)
    reply = writes(meta, talk, "Your bike", file("bike.png", PNG))
    (one,) = delivered(meta, talk)
    assert (one["type"], one["image"]["caption"]) == ("image", "Your bike")
    assert meta.world.media[one["image"]["id"]] == (PNG, "image/png")
    assert meta.entry(reply).delivery == "sent"
    reply = writes(
        meta, talk, "All of it", file("bill.pdf", PDF), file("note.ogg", OGG), file("prices.csv", b"a,b\n1,2\n", "text/csv")
    )
    words, bill, note, prices = delivered(meta, talk)
    assert [one["type"] for one in (words, bill, note, prices)] == ["text", "document", "audio", "document"]
    assert (bill["document"]["filename"], prices["document"]["filename"]) == ("bill.pdf", "prices.csv")
    assert meta.world.media[prices["document"]["id"]][1] == "text/plain"
    assert meta.entry(reply).delivery == "sent"


@pytest.mark.promise("CH8")
def test_words_that_are_too_long_for_a_caption_go_ahead(meta: Meta, number: Account) -> None:
    talk = meta.hears(number)
    writes(meta, talk, "word " * 300, file("bike.png", PNG))
    words, picture = delivered(meta, talk)
    assert (words["type"], "caption" in picture["image"]) == ("text", False)


@pytest.mark.promise("CH8")
def test_what_whatsapp_would_refuse_goes_as_a_link(meta: Meta, number: Account) -> None:
    talk = meta.hears(number)
    reply = writes(meta, talk, "Look", file("page.html", PAGE), file("bike.png", PNG))
    (one,) = delivered(meta, talk)
    assert one["type"] == "image"
    assert "page.html: https://desk.example/files/" in one["image"]["caption"]
    assert meta.entry(reply).delivery == "sent"


@pytest.mark.promise("CH8")
@pytest.mark.parametrize("kind", ["messenger", "instagram"])
def test_on_a_page_each_file_is_a_message_of_its_own_after_the_words(meta: Meta, kind: str) -> None:
    talk = meta.hears(meta.account(kind))
    reply = writes(meta, talk, "All of it", file("bike.png", PNG), file("bill.pdf", PDF), file("note.ogg", OGG))
    words, *files = delivered(meta, talk)
    assert words["message"]["text"] == "All of it"
    assert [one["message"]["attachment"]["type"] for one in files] == ["image", "file", "audio"]
    assert all(one["message"]["attachment"]["payload"]["attachment_id"] in meta.world.media for one in files)
    assert meta.entry(reply).delivery == "sent"


@pytest.mark.promise("CH8")
def test_too_many_files_are_refused_before_anything_is_written(meta: Meta, number: Account) -> None:
    talk = meta.hears(number)
    before = len(meta.timeline(talk))
    with pytest.raises(Invalid, match="10 files a message"):
        writes(meta, talk, "All", *(file(f"{n}.png", PNG) for n in range(11)))
    assert len(meta.timeline(talk)) == before
    with pytest.raises(Invalid):
        file("empty.png", b"")


@pytest.mark.promise("IN2")
def test_if_the_connection_breaks_between_two_files_it_is_said_how_far_it_came(meta: Meta) -> None:
    talk = meta.hears(meta.account("messenger"))
    reply = writes(meta, talk, "Both", file("a.png", PNG), file("b.png", PNG))
    taken = meta.world.fault_at

    def second(path: str) -> Fault | None:
        if path.endswith("/messages") and len(meta.world.sent) == 2:
            return Fault(0, status=502)
        return taken(path)

    meta.world.fault_at = second  # type: ignore[method-assign]
    assert len(delivered(meta, talk)) == 2
    found = meta.entry(reply)
    assert found.delivery == "unknown"
    assert "2 of 3 parts were sent" in str(found.delivery_reason)


def test_an_upload_that_fails_sends_nothing_and_is_tried_again(meta: Meta, number: Account) -> None:
    talk = meta.hears(number)
    reply = writes(meta, talk, "Look", file("bike.png", PNG))
    meta.world.faults.append(Fault(131016, 0, 503, path="/media"))
    assert delivered(meta, talk) == []
    assert meta.entry(reply).delivery == "pending"
