"""What Instagram sends that Messenger does not: every event of its webhooks, and what becomes of it."""

import asyncio
from typing import Any

import pytest

from firstline.channels.base import Account, Broken
from firstline.channels.happenings import Control, Echo, Edited, Happening, Ignored, Inbound, Reaction, Status
from firstline.channels.messenger.parse import parse
from firstline.contacts.rules import IdentityKind
from firstline.conversations import attaching
from firstline.conversations.rules import Attachment, Delivery, OwnerKind
from firstline.kit.errors import NotFound
from tests.channels.messenger.test_parse import APP, AT, SECRETS, account
from tests.channels.meta import ANA, Meta
from tests.channels.whatsapp.payloads import request

OWN, PERSON = "178400", "9911"
URL = "https://lookaside.fbsbx.com/ig/1"


def happened(*items: dict[str, Any], key: str = "messaging", of: Account | None = None) -> tuple[Happening, ...]:
    of = of or account(platform="instagram", instagram_id=OWN)
    body = {"object": "instagram", "entry": [{"id": OWN, "time": AT, key: list(items)}]}
    parsed = parse(of, request(body, SECRETS["app_secret"]))
    assert parsed.problems == ()
    return parsed.happenings


def event(own: bool = False, at: Any = str(AT), **content: Any) -> dict[str, Any]:
    person, mine = {"id": PERSON}, {"id": OWN}
    return {"sender": mine if own else person, "recipient": person if own else mine, "timestamp": at, **content}


def said(**message: Any) -> Inbound:
    (found,) = happened(event(message={"mid": "m1", **message}))
    assert isinstance(found, Inbound)
    assert (found.sender.kind, found.sender.value) == (IdentityKind.INSTAGRAM, PERSON)
    return found


def with_file(kind: str, **payload: Any) -> list[dict[str, Any]]:
    return [{"type": kind, "payload": payload}]


@pytest.mark.promise("CH4")
@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("image", "image"),
        ("video", "video"),
        ("audio", "audio"),
        ("file", "file"),
        ("ephemeral", "file"),
        ("story_mention", "file"),
    ],
)
def test_what_is_a_file_is_fetched(kind: str, file: str) -> None:
    found = said(attachments=with_file(kind, url=URL))
    assert [(one.kind, one.ref) for one in found.attachments] == [(file, URL)]


@pytest.mark.promise("CH4")
@pytest.mark.parametrize("kind", ["share", "ig_reel", "reel", "ig_post", "post", "something_new"])
def test_what_is_shared_becomes_a_line_with_its_address(kind: str) -> None:
    assert said(attachments=with_file(kind, url=URL, title="Spring bikes")).text == f"Spring bikes {URL}"
    assert said(attachments=with_file(kind)).text


@pytest.mark.promise("CH4")
def test_a_reply_to_a_story_and_one_to_a_message_say_to_what() -> None:
    story = said(text="Nice!", reply_to={"story": {"id": "s1", "url": URL}})
    assert story.data["story"] == {"id": "s1", "url": URL}
    assert said(text="This one", reply_to={"mid": "m0"}).reply_to == "m0"


def test_an_ad_and_a_product_that_the_customer_came_from_are_kept() -> None:
    referral = {"source": "ADS", "ad_id": "7", "ads_context_data": {"ad_title": "Bikes"}}
    assert said(text="Is it there?", referral=referral).data["referral"]["ads_context_data"]["ad_title"] == "Bikes"
    assert said(text="And this?", referral={"product": {"id": "p9"}}).data["referral"]["product"] == {"id": "p9"}


@pytest.mark.promise("CH4")
@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"mid": "m1", "is_unsupported": True}, Inbound),
        ({"mid": "m1", "is_deleted": True}, Edited),
        ({"mid": "m1", "is_self": True, "text": "Note to myself"}, Ignored),
        ({"mid": "m1", "text": "Hi", "quick_reply": {"payload": "red"}}, Inbound),
    ],
)
def test_every_mark_of_a_message_is_understood(message: dict[str, Any], kind: type) -> None:
    (found,) = happened(event(message=message))
    assert isinstance(found, kind)


@pytest.mark.promise("CH4", "CH9")
def test_an_echo_inside_messages_is_ours_by_its_app_and_a_persons_without() -> None:
    (ours,) = happened(event(own=True, message={"mid": "e1", "is_echo": True, "app_id": int(APP), "text": "Hi"}))
    assert isinstance(ours, Status)
    for app in ({}, {"app_id": 1217981644879628}):
        (theirs,) = happened(event(own=True, message={"mid": "e2", "is_echo": True, "text": "Ines here", **app}))
        assert isinstance(theirs, Echo)
        assert theirs.to.value == PERSON


@pytest.mark.promise("CH4")
def test_reads_name_a_message_and_reactions_postbacks_and_edits_are_as_on_messenger() -> None:
    (read,) = happened(event(read={"mid": "m_OUT1"}))
    assert isinstance(read, Status)
    assert (read.delivery, read.provider_id, read.up_to) == (Delivery.READ, "m_OUT1", None)
    (heart,) = happened(event(reaction={"mid": "m_OUT1", "action": "react", "reaction": "love", "emoji": "❤"}))
    (none,) = happened(event(at=AT + 1, reaction={"mid": "m_OUT1", "action": "unreact"}))
    assert isinstance(heart, Reaction)
    assert isinstance(none, Reaction)
    assert (heart.emoji, none.emoji) == ("❤", None)
    (tap,) = happened(event(postback={"mid": "p1", "title": "Prices", "payload": "PRICES"}))
    assert isinstance(tap, Inbound)
    assert (tap.text, tap.data["choice_id"], tap.provider_id) == ("Prices", "PRICES", "p1")
    (edit,) = happened(event(message_edit={"mid": "m1", "text": "Better", "num_edit": 1}))
    assert isinstance(edit, Edited)
    assert (edit.provider_id, edit.text) == ("m1", "Better")


def test_changes_that_hold_an_event_are_read_and_comments_are_not_messages() -> None:
    of = account(platform="instagram", instagram_id=OWN)
    message = {"field": "messages", "value": event(message={"mid": "c1", "text": "By changes"})}
    comment = {"field": "comments", "value": {"id": "1", "text": "Cool", "from": {"id": PERSON}}}
    body = {"object": "instagram", "entry": [{"id": OWN, "changes": [message, comment]}]}
    parsed = parse(of, request(body, SECRETS["app_secret"]))
    assert [getattr(one, "text", "") for one in parsed.happenings] == ["By changes"]
    assert parsed.problems == ()


def test_standby_and_control_are_the_same_as_on_messenger() -> None:
    (heard,) = happened(event(message={"mid": "m1", "text": "Hi"}), key="standby")
    assert isinstance(heard, Inbound)
    assert heard.standby
    (lost,) = happened(event(take_thread_control={"previous_owner_app_id": APP, "new_owner_app_id": "1"}))
    assert isinstance(lost, Control)
    assert not lost.ours


@pytest.mark.promise("CH4")
def test_a_message_that_the_customer_took_back_leaves_neither_words_nor_files(meta: Meta) -> None:
    page = meta.account("instagram")
    talk = meta.hears(page, "My number is 0341 555")
    database = meta.shop.database
    entry = next(one for one in meta.timeline(talk) if one.direction == "in")
    picture = Attachment("image", "bike.png", "image/png", content=b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    database.run(attaching.attach, entry.id, [picture])
    (file,) = database.run(attaching.of_entries, [entry.id])[entry.id]
    meta.take(page, meta.event(page, message={"mid": "in1", "is_deleted": True}))
    gone = meta.entry(entry.id)
    assert (gone.text, gone.data["revoked"]) == ("", True)
    assert "0341" not in repr(gone) + repr(meta.talk(talk))
    with pytest.raises(NotFound):
        database.run(lambda tx: attaching.content(tx, attaching.which(tx, file.id)))


@pytest.mark.promise("CH9", "HO9")
def test_somebody_who_answers_in_instagrams_app_stops_the_agent(meta: Meta) -> None:
    page = meta.account("instagram")
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    meta.take(page, meta.event(page, ANA, own=True, message={"mid": "e1", "is_echo": True, "text": "Ines here"}))
    assert meta.talk(talk).owner.kind is OwnerKind.NOBODY


@pytest.mark.promise("CH7")
def test_an_account_of_instagram_without_its_id_is_told_at_the_test_of_the_connection(meta: Meta) -> None:
    nameless = meta.account("instagram", instagram_id="")
    with pytest.raises(Broken, match="account ID that is missing") as told:
        asyncio.run(meta.channels["messenger"].check(nameless))
    assert "Enter the Instagram account ID" in told.value.cure
    assert "Connected to" in asyncio.run(meta.channels["messenger"].check(meta.account("instagram")))
