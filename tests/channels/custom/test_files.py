"""Files that a teammate sends on a custom channel: as what was declared, as links, or refused with the reason; none vanishes."""

import base64
import json
from typing import Any

import pytest

from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office, receiver
from tests.world import Shop

__all__ = ["receiver"]
pytestmark = pytest.mark.promise("CH8", "CC1")

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60
PDF = b"%PDF-1.7\n" + b"0" * 60
OGG = b"OggS" + b"0" * 60


def file(name: str, body: bytes, media_type: str = "") -> dict[str, str]:
    return {"name": name, "media_type": media_type, "content": base64.b64encode(body).decode()}


def got(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body)["data"] for _headers, body in receiver.got]


def opens(office: Office, url: str) -> bytes:
    """What the link leads to for somebody who is not signed in."""
    return bytes(office.web.get(url.removeprefix("https://desk.example"), headers={"authorization": ""}).content)


def test_declared_kinds_go_as_files_that_the_receiver_can_fetch_and_others_as_links(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, attachments=["image"])
    talk = office.talk()
    sent = office.reply(talk, "Look", attachments=[file("bike.png", PNG), file("bill.pdf", PDF), file("note.ogg", OGG)])
    assert sent.status_code == 201
    office.deliver(talk)
    (message,) = got(receiver)
    (picture,) = message["attachments"]
    assert (picture["kind"], picture["name"], picture["media_type"], picture["size"]) == ("image", "bike.png", "image/png", 68)
    assert opens(office, picture["url"]) == PNG
    words, bill, note = message["text"].split("\n\n")
    assert (words, bill.partition(": ")[0], note.partition(": ")[0]) == ("Look", "bill.pdf", "note.ogg")
    assert opens(office, bill.partition(": ")[2]) == PDF
    assert opens(office, note.partition(": ")[2]) == OGG
    assert office.state(talk)[-1][0] == "sent"


def test_what_is_larger_than_declared_goes_as_a_link(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, attachments=["image", "file"], max_attachment_bytes=1_000)
    talk = office.talk()
    large = PNG + b"0" * 1_000
    office.reply(talk, "", attachments=[file("small.png", PNG), file("large.png", large)])
    office.deliver(talk)
    (message,) = got(receiver)
    assert [one["name"] for one in message["attachments"]] == ["small.png"]
    assert message["text"].startswith("large.png: https://desk.example/files/")
    assert opens(office, message["text"].partition(": ")[2]) == large


def test_more_files_than_declared_are_refused_before_anything_is_written(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, attachments=["image"], max_attachments=2)
    talk = office.talk()
    files = [file(f"{number}.png", PNG) for number in range(3)]
    refused = office.reply(talk, "All three", attachments=files)
    assert (refused.status_code, refused.json()["detail"]) == (422, "This channel takes 2 files a message; these are 3.")
    assert office.state(talk) == []
    assert office.reply(talk, "Two and a link", attachments=[*files[:2], file("bill.pdf", PDF)]).status_code == 201


def test_files_that_are_too_many_since_the_channel_was_changed_go_as_links(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, attachments=["image"], max_attachments=3)
    talk = office.talk()
    office.reply(talk, "All three", attachments=[file(f"{number}.png", PNG) for number in range(3)])
    less = {"capabilities": {"attachments": ["image"], "max_attachments": 1}}
    office.web.patch(f"/api/v1/custom-channels/{office.channel}", json=less).raise_for_status()
    office.deliver(talk)
    (message,) = got(receiver)
    assert [one["name"] for one in message["attachments"]] == ["0.png"]
    assert [line.partition(": ")[0] for line in message["text"].split("\n\n")] == ["All three", "1.png", "2.png"]


@pytest.mark.parametrize("splits", [True, False])
def test_a_link_that_fits_into_no_message_is_a_refusal_with_its_reason_and_never_torn(
    shop: Shop, receiver: Receiver, splits: bool
) -> None:
    office = Office(shop, url=receiver.url, text_limit=60, splits=splits)
    talk = office.talk()
    office.reply(talk, "Look", attachments=[file("bike.png", PNG)])
    office.deliver(talk)
    assert got(receiver) == []
    state, reason = office.state(talk)[-1]
    assert state == "failed"
    assert str(reason).startswith("This channel takes no image files. A link to bike.png is longer than the 60 characters")


def test_a_link_is_never_cut_by_the_end_of_a_part(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, text_limit=300)
    talk = office.talk()
    office.reply(talk, "word " * 70, attachments=[file("bike.png", PNG), file("bill.pdf", PDF)])
    office.deliver(talk)
    links = [word for one in got(receiver) for word in one["text"].split() if word.startswith("https://")]
    assert [opens(office, link) for link in links] == [PNG, PDF]
    assert all(len(one["text"]) <= 300 for one in got(receiver))


def test_files_go_with_the_last_part_and_once(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, text_limit=100, attachments=["image"])
    talk = office.talk()
    office.reply(talk, "A sentence of thirty letters. " * 5, attachments=[file("bike.png", PNG)])
    office.deliver(talk)
    parts = got(receiver)
    assert [len(one["attachments"]) for one in parts] == [0] * (len(parts) - 1) + [1]
    assert [one["part"] for one in parts] == list(range(1, parts[0]["parts"] + 1))


def test_the_content_says_what_a_file_is_and_a_name_brings_no_path(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, attachments=["image"])
    talk = office.talk()
    page = b"<html><script>alert(1)</script></html>"
    office.reply(talk, "Look", attachments=[file("../../x\u202egnp.png", page, "image/png"), file("a/b\\c.png", PNG)])
    office.deliver(talk)
    (message,) = got(receiver)
    assert [one["name"] for one in message["attachments"]] == ["a b c.png"]
    name, _, link = message["text"].split("\n\n")[1].partition(": ")
    assert "/" not in name
    assert "\u202e" not in name
    served = office.web.get(link.removeprefix("https://desk.example"), headers={"authorization": ""})
    assert served.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("content", ["", "%%%", "AAA"])
def test_what_is_no_file_is_refused_and_nothing_is_written(shop: Shop, receiver: Receiver, content: str) -> None:
    office = Office(shop, url=receiver.url, attachments=["image"])
    talk = office.talk()
    refused = office.reply(talk, "Look", attachments=[{"name": "a.png", "content": content}])
    assert refused.status_code == 422
    assert office.state(talk) == []


def test_the_limits_are_known_before_anybody_writes(shop: Shop) -> None:
    office = Office(shop, attachments=["image"], max_attachment_bytes=2_000_000, max_attachments=3, text_limit=500)
    can = office.web.get(f"/api/v1/conversations/{office.talk()}/writing").json()
    assert (can["media"], can["media_limit"], can["media_count"], can["text_limit"]) == (["image"], 2_000_000, 3, 500)
