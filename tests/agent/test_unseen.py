"""A message that is only files is never met with silence: the agent says that it cannot see them."""

import base64
import json
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from firstline.agent.phrases import languages, say
from firstline.channels.base import Account, RawRequest
from firstline.channels.custom.parse import parse as custom
from firstline.channels.email.parse import Letter
from firstline.channels.happenings import Inbound, Parsed
from firstline.channels.messenger.parse import parse as messenger
from firstline.channels.whatsapp.parse import parse as whatsapp
from firstline.conversations.rules import Attachment
from tests.agent.test_turn import Velo
from tests.agent.thinkers import courtesy
from tests.channels.email.letters import AT, MIRA, happening
from tests.channels.messenger.test_parse import account as page
from tests.channels.messenger.test_parse import envelope, event
from tests.channels.whatsapp import payloads as wa
from tests.world import Shop

PHOTO = (Attachment("image", "brake.jpg", "image/jpeg", content=b"\xff\xd8\xff\xe0 a photo"),)
STICKER = (Attachment("sticker", "", "image/webp", content=b"RIFF0000WEBP"),)
SAYS = say("files.unseen", "en")


@pytest.mark.promise("HO2")
def test_a_photo_without_words_is_answered_and_the_second_one_goes_to_people(shop: Shop) -> None:
    velo = Velo(shop, courtesy("never said"))
    conversation = velo.hears("", attachments=PHOTO)
    velo.runs(conversation)
    (first,) = velo.said(conversation)
    assert first.startswith(SAYS)
    assert velo.last_turn(conversation)["decision"] == "clarify"
    velo.hears("", attachments=PHOTO)
    velo.runs(conversation)
    assert velo.last_turn(conversation)["decision"] == "handoff"
    assert len(velo.said(conversation)) == 2
    assert velo.thinker.seen == []
    (handoff,) = [one for one in velo.timeline(conversation) if one.kind == "handoff"]
    assert handoff.data["reason"]["code"] == "only_files"
    assert handoff.data["brief"]["wants"].strip()


def test_words_beside_or_after_a_photo_are_thought_about(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Your brake"))
    conversation = velo.hears("", attachments=PHOTO)
    velo.runs(conversation)
    velo.hears("My brake squeaks", attachments=PHOTO)
    velo.runs(conversation)
    velo.hears("", attachments=PHOTO)
    velo.runs(conversation)
    said = velo.said(conversation)
    assert [said[0].startswith(SAYS), said[1], said[2].startswith(SAYS)] == [True, "Your brake", True]


def test_a_sticker_asks_nothing(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Hello!"))
    conversation = velo.hears("", attachments=STICKER)
    velo.runs(conversation)
    assert velo.said(conversation) == ["Hello!"]


@pytest.mark.promise("CH3", "HO2")
def test_lost_words_are_asked_for_once_in_the_language_of_the_customer_then_people_get_it(shop: Shop) -> None:
    velo = Velo(shop, courtesy("never said"))
    placeholder = _lost()
    assert placeholder.data["resend"] is True
    conversation = velo.hears("Guten Tag, ich brauche Hilfe mit meinem Fahrrad")
    velo.runs(conversation)
    velo.hears(placeholder.text, data=placeholder.data)
    velo.runs(conversation)
    assert velo.said(conversation)[-1] == say("files.lost", "de")
    velo.hears(placeholder.text, data=placeholder.data)
    velo.runs(conversation)
    assert velo.last_turn(conversation)["decision"] == "handoff"


def test_what_was_lost_is_of_no_interest_once_the_words_came(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Your brake"))
    conversation = velo.hears(_lost().text, data=_lost().data)
    velo.hears("My brake squeaks a lot when it rains")
    velo.runs(conversation)
    assert velo.said(conversation) == ["Your brake"]
    assert [one.text for one in velo.thinker.seen[0].new] == ["My brake squeaks a lot when it rains"]


def _one(parsed: Parsed) -> Inbound:
    (found,) = parsed.happenings
    assert isinstance(found, Inbound)
    return found


def _of_a_custom_channel() -> Inbound:
    data = {
        "direction": "incoming",
        "idempotency_id": "1",
        "sender": {"id": "mira"},
        "attachments": [{"kind": "image", "name": "brake.jpg", "content": base64.b64encode(b"\xff\xd8\xff\xe0").decode()}],
    }
    body = json.dumps({"type": "message.published", "data": data}).encode()
    return _one(custom(Account("cha_1", "custom", "Bot", "inbox", {}, {}), RawRequest(body=body, at=AT)))


def _of_messenger() -> Inbound:
    photo = {"type": "image", "payload": {"url": "https://cdn.example/brake.jpg"}}
    body = json.dumps(envelope(event(message={"mid": "m_1", "attachments": [photo]}))).encode()
    return _one(messenger(page(), RawRequest(body=body, at=AT)))


def _of_whatsapp() -> Inbound:
    photo = wa.message("image", {"id": "9", "mime_type": "image/jpeg", "sha256": "x"})
    return _one(whatsapp(wa.account(), wa.request(wa.messages(photo))))


def _lost() -> Inbound:
    return _one(whatsapp(wa.account(), wa.request(wa.messages(wa.message("unsupported", None, errors=[{"code": 131060}])))))


def _of_email() -> Inbound:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = MIRA, "service@veloria.example", "<photo@customer.example>"
    mail.set_content("")
    mail.add_attachment(b"\xff\xd8\xff\xe0", "image", "jpeg", filename="brake.jpg")
    found = happening(mail.as_bytes())
    assert isinstance(found, Letter)
    return found


@pytest.mark.promise("CH8")
@pytest.mark.parametrize("read", [_of_whatsapp, _of_messenger, _of_a_custom_channel, _of_email])
def test_a_photo_of_each_channel_comes_without_words_and_is_answered(shop: Shop, read: Callable[[], Inbound]) -> None:
    photo = read()
    assert isinstance(photo, Inbound)
    velo = Velo(shop, courtesy("never said"))
    conversation = velo.hears(photo.text, attachments=photo.attachments, data=photo.data)
    velo.runs(conversation)
    assert velo.said(conversation)[0].startswith(SAYS)


def test_every_language_has_its_own_words_for_it() -> None:
    assert len({say("files.unseen", language) for language in languages()}) == len(languages())
