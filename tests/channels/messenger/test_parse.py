"""What the webhooks of Messenger and Instagram mean. Payloads are built from Meta's documentation; none was recorded."""

from datetime import UTC, datetime
from typing import Any

import pytest

from firstline.channels.base import Account, RawRequest
from firstline.channels.graph.signing import sealed_choice
from firstline.channels.happenings import Control, Echo, Edited, Happening, Ignored, Inbound, Notice, Parsed, Reaction, Status
from firstline.channels.messenger.parse import parse
from firstline.contacts.rules import IdentityKind
from firstline.conversations.rules import Delivery
from tests.channels.whatsapp.payloads import request

PAGE, PERSON, APP, AT = "1784140000000", "2477", "4711", 1_795_340_760_123
SECRETS = {"access_token": "t", "app_secret": "page-secret", "verify_token": "v"}


def account(**settings: Any) -> Account:
    return Account("cha_ms", "messenger", "Page", "inbox", {"page_id": PAGE, "app_id": APP, **settings}, SECRETS)


def envelope(*items: Any, key: str = "messaging", own: str = PAGE) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": own, "time": AT, key: list(items)}]}


def event(own: bool = False, at: Any = AT, **content: Any) -> dict[str, Any]:
    """An event of the person, or of the page itself."""
    person, page = {"id": PERSON}, {"id": PAGE}
    return {"sender": page if own else person, "recipient": person if own else page, "timestamp": at, **content}


def read(*items: Any, key: str = "messaging", of: Account | None = None) -> Parsed:
    delivery: RawRequest = request(envelope(*items, key=key), "page-secret")
    return parse(of or account(), delivery)


def one(item: Any, **more: Any) -> Happening:
    parsed = read(item, **more)
    assert parsed.problems == ()
    assert len(parsed.happenings) == 1
    return parsed.happenings[0]


def said(item: Any, **more: Any) -> Inbound:
    found = one(item, **more)
    assert isinstance(found, Inbound)
    return found


@pytest.mark.parametrize("at", [AT, str(AT)])
def test_a_message_has_its_sender_and_its_time(at: Any) -> None:
    found = said(event(at=at, message={"mid": "m1", "text": "Hi"}))
    assert (found.text, found.provider_id, found.sender.kind, found.sender.value) == (
        "Hi",
        "m1",
        IdentityKind.PAGE_SCOPED,
        PERSON,
    )
    assert found.at == datetime.fromtimestamp(AT / 1000, UTC)


def test_on_instagram_people_have_ids_of_instagram_and_a_list_may_be_around_it() -> None:
    of = account(platform="instagram", instagram_id="178")
    body = [{"object": "instagram", "entry": [{"id": "178", "messaging": [event(message={"mid": "m", "text": "Ciao"})]}]}]
    found = parse(of, request(body)).happenings[0]
    assert isinstance(found, Inbound)
    assert found.sender.kind is IdentityKind.INSTAGRAM


def test_a_sticker_is_one_file_in_the_old_form_and_the_new() -> None:
    sticker = {"payload": {"url": "https://cdn.example/s.png", "sticker_id": 369239263222822}}
    for attachments in (
        [{"type": "sticker", **sticker}],
        [{"type": "image", **sticker}],
        [{"type": "image", **sticker}, {"type": "sticker", **sticker}],
    ):
        assert [file.kind for file in said(event(message={"mid": "m", "attachments": attachments})).attachments] == ["sticker"]


def test_text_with_two_files_keeps_all_three() -> None:
    files = [{"type": "image", "payload": {"url": "https://c/a"}}, {"type": "file", "payload": {"url": "https://c/b"}}]
    found = said(event(message={"mid": "m", "text": "Both", "attachments": files}))
    assert (found.text, [file.ref for file in found.attachments]) == ("Both", ["https://c/a", "https://c/b"])


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"attachments": [{"type": "fallback", "title": "Our shop", "url": "https://v.example"}]}, "Our shop https://v.example"),
        (
            {"attachments": [{"type": "location", "payload": {"coordinates": {"lat": 51.3, "long": 12.4}}}]},
            "Location: (51.3, 12.4)",
        ),
        ({"attachments": [{"type": "ig_reel", "payload": {"title": "Ride", "url": "https://ig"}}]}, "Ride https://ig"),
        ({"attachments": [{"type": "fallback"}]}, "(Sent something that is not passed on: fallback)"),
        ({}, "(Sent something that is not passed on: an empty message)"),
        ({"is_unsupported": True}, "(Sent something that is not passed on: unsupported)"),
    ],
)
def test_every_message_has_words(message: dict[str, Any], text: str) -> None:
    assert said(event(message={"mid": "m", **message})).text == text


def test_an_echo_of_our_own_app_says_that_it_was_sent() -> None:
    found = one(event(own=True, message={"mid": "mo", "is_echo": True, "app_id": int(APP), "metadata": "ent_1", "text": "Hi"}))
    assert isinstance(found, Status)
    assert (found.delivery, found.provider_id, found.correlation) == (Delivery.SENT, "mo", "ent_1")


@pytest.mark.parametrize("app", [{"app_id": 263902037430900}, {}])
def test_an_echo_of_another_app_or_none_is_a_person(app: dict[str, Any]) -> None:
    found = one(event(own=True, message={"mid": "mo", "is_echo": True, "text": "Hi", **app}))
    assert isinstance(found, Echo)
    assert (found.to.value, found.correlation) == (PERSON, None)


def test_a_watermark_counts_without_ids_and_ids_count_without_a_watermark() -> None:
    delivered = read(
        event(delivery={"watermark": AT}), event(delivery={"watermark": AT, "mids": ["a"]}), event(read={"watermark": AT})
    )
    found = [
        (one.delivery.value, one.provider_id, one.up_to is not None) for one in delivered.happenings if isinstance(one, Status)
    ]
    assert found == [
        ("delivered", None, True),
        ("delivered", "a", False),
        ("delivered", None, True),
        ("read", None, True),
    ]
    seen = one(event(read={"mid": "m7"}))
    assert isinstance(seen, Status)
    assert seen.provider_id == "m7"


def test_taps_carry_their_payload_and_our_own_name_their_message() -> None:
    tap = said(
        event(
            message={"mid": "m", "text": "Red", "quick_reply": {"payload": sealed_choice("page-secret", "cnv_1", "ent_1", "1")}}
        )
    )
    assert tap.data["choice"] == {"conversation": "cnv_1", "message": "ent_1", "number": 1, "label": "Red"}
    postback = said(event(postback={"title": "Start", "payload": "GET_STARTED"}))
    assert (postback.text, postback.data["choice_id"]) == ("Start", "GET_STARTED")
    assert postback.provider_id == said(event(postback={"title": "Start", "payload": "GET_STARTED"})).provider_id


def test_reactions_edits_and_deletions() -> None:
    reaction = one(event(reaction={"mid": "mo", "action": "react", "reaction": "love"}))
    assert isinstance(reaction, Reaction)
    assert reaction.emoji == "❤"
    taken = one(event(reaction={"mid": "mo", "action": "unreact"}))
    assert isinstance(taken, Reaction)
    assert taken.emoji is None
    edit = one(event(message_edit={"mid": "m", "text": "better", "num_edit": 1}))
    assert isinstance(edit, Edited)
    assert edit.text == "better"
    gone = one(event(message={"mid": "m", "is_deleted": True}))
    assert isinstance(gone, Edited)
    assert gone.text is None


def test_thread_control_says_who_has_the_word() -> None:
    took = one(event(take_thread_control={"previous_owner_app_id": APP, "new_owner_app_id": "263902037430900"}))
    gave = one(event(pass_thread_control={"previous_owner_app_id": None, "new_owner_app_id": APP}))
    assert isinstance(took, Control)
    assert isinstance(gave, Control)
    assert (took.ours, gave.ours) == (False, True)


def test_what_comes_on_standby_is_marked_so() -> None:
    assert said(event(message={"mid": "m", "text": "Hi"}), key="standby").standby
    assert said(event(postback={"title": "Start"}), key="standby").standby


def test_a_block_by_meta_is_trouble_of_the_account() -> None:
    found = one(event(policy_enforcement={"action": "block", "reason": "spam"}))
    assert isinstance(found, Notice)
    assert found.broken


@pytest.mark.parametrize(
    "content", [{"optin": {}}, {"referral": {}}, {"account_linking": {}}, {"brand_new": {}}, {"app_roles": {}}]
)
def test_what_has_no_meaning_here_is_ignored(content: dict[str, Any]) -> None:
    assert isinstance(one(event(**content)), Ignored)


def test_a_broken_event_and_one_of_another_page_drop_no_siblings() -> None:
    good = event(message={"mid": "m", "text": "Hi"})
    parsed = read(good, {"sender": 3}, {"message": []}, "x", event(message={"mid": "n"}, at="soon"))
    assert [type(one) for one in parsed.happenings] == [Inbound, Ignored]
    assert len(parsed.problems) == 3
    assert "another page" in parse(account(), request(envelope(good, own="999"))).problems[0].detail
