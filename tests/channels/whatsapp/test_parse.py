"""What WhatsApp's webhooks mean."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from firstline.channels.graph.signing import sealed_choice
from firstline.channels.happenings import (
    Control,
    Echo,
    Edited,
    Happening,
    IdentityChanged,
    Ignored,
    Inbound,
    Notice,
    Parsed,
    Reaction,
    Status,
    TemplateState,
)
from firstline.channels.whatsapp.parse import parse
from firstline.contacts.rules import IdentityKind
from firstline.conversations.rules import Delivery
from tests.channels.whatsapp import payloads as p


def read(body: Any) -> Parsed:
    return parse(p.account(), p.request(body))


def one(body: Any) -> Happening:
    parsed = read(body)
    assert parsed.problems == ()
    assert len(parsed.happenings) == 1
    return parsed.happenings[0]


def said(body: Any) -> Inbound:
    found = one(body)
    assert isinstance(found, Inbound)
    return found


def test_a_text_has_its_sender_in_all_forms_and_the_time_it_was_sent() -> None:
    found = said(p.messages(p.text("Olá")))
    assert (found.text, found.provider_id, found.sender_name) == ("Olá", "wamid.1", "Ana")
    assert (found.sender.kind, found.sender.value) == (IdentityKind.WHATSAPP_USER, p.ANA_ID)
    assert [(alias.kind, alias.value) for alias in found.aliases] == [(IdentityKind.WHATSAPP, p.ANA)]
    assert found.at == datetime.fromtimestamp(p.AT, UTC)


@pytest.mark.parametrize("at", [p.AT, str(p.AT), p.AT * 1000, str(p.AT * 1000)])
def test_times_are_read_as_numbers_and_digits_in_seconds_and_milliseconds(at: Any) -> None:
    assert said(p.messages(p.text("Hi", at=at))).at == datetime.fromtimestamp(p.AT, UTC)


def test_a_customer_who_hides_the_number_is_known_by_the_business_scoped_id_alone() -> None:
    hidden = {"from_user_id": p.ANA_ID, "id": "wamid.9", "timestamp": str(p.AT), "type": "text", "text": {"body": "Hi"}}
    found = said(p.envelope(("messages", p.value(contacts=[{"profile": {"username": "ana.w"}}], messages=[hidden]))))
    assert (found.sender.value, found.aliases, found.sender_name) == (p.ANA_ID, (), None)


def test_several_entries_changes_and_messages_are_all_read() -> None:
    body = p.messages(*[p.text("x", f"wamid.{n}") for n in range(3)])
    body["entry"][0]["changes"] *= 2
    body["entry"] *= 2
    assert len(read(body).happenings) == 12


def test_a_broken_message_drops_none_of_its_siblings() -> None:
    parsed = read(p.messages(p.text("a", "wamid.1"), {"id": "wamid.2", "type": "text"}, p.text("c", "wamid.3")))
    assert [one.text for one in parsed.happenings if isinstance(one, Inbound)] == ["a", "c"]
    assert len(parsed.problems) == 1


@pytest.mark.parametrize(
    ("form", "kind"), [("image", "image"), ("video", "video"), ("audio", "audio"), ("document", "file"), ("sticker", "sticker")]
)
def test_media_are_files_to_be_fetched_by_their_id(form: str, kind: str) -> None:
    digest = hashlib.sha256(b"x").digest()
    content = {
        "id": "M1",
        "mime_type": "image/jpeg",
        "sha256": base64.b64encode(digest).decode(),
        "caption": "Look",
        "url": "https://evil",
    }
    found = said(p.messages(p.message(form, content)))
    file = found.attachments[0]
    assert (file.kind, file.ref, file.sha256, found.text) == (kind, "M1", digest.hex(), "Look")


@pytest.mark.parametrize(
    ("message", "text", "data"),
    [
        (
            p.message("interactive", {"type": "button_reply", "button_reply": {"id": "x", "title": "Yes"}}),
            "Yes",
            {"choice_id": "x"},
        ),
        (
            p.message("interactive", {"type": "list_reply", "list_reply": {"id": "r", "title": "Refund"}}),
            "Refund",
            {"choice_id": "r"},
        ),
        (
            p.message(
                "interactive", {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{bad"}}
            ),
            "Sent",
            {"form": "{bad"},
        ),
        (p.message("button", {"payload": "opt:stop", "text": "Stop"}), "Stop", {"choice_id": "opt:stop"}),
        (p.message("location", {"latitude": 51.3, "longitude": 12.3, "name": "Shop"}), "Location: Shop (51.3, 12.3)", {}),
        (
            p.message("contacts", [{"name": {"formatted_name": "Bo"}, "phones": [{"phone": "+1"}], "origin": "contact_request"}]),
            "Contact: Bo, +1",
            {},
        ),
        (
            p.message(
                "order", {"product_items": [{"product_retailer_id": "B-7", "quantity": 2, "item_price": 9, "currency": "EUR"}]}
            ),
            "Order\n2 × B-7 9 EUR",
            {},
        ),
        (p.message("text", {"body": "Hi"}, context={"forwarded": True}), "Hi", {"forwarded": "once"}),
        (
            p.message("text", {"body": "Hi"}, context={"frequently_forwarded": True}),
            "Hi",
            {"forwarded": "often", "own_words": ""},
        ),
        (p.message("text", {"body": "Hi"}, referral={"source_id": "ad1"}), "Hi", {"referral": {"source_id": "ad1"}}),
    ],
)
def test_every_type_has_words_for_people_and_agent(message: dict[str, Any], text: str, data: dict[str, Any]) -> None:
    found = said(p.messages(message))
    assert found.text == text
    assert {key: found.data.get(key) for key in data} == data


@pytest.mark.parametrize(
    "message",
    [
        p.message("interactive", None, errors=[{"code": 131000, "title": "Something went wrong"}]),
        p.message("hologram", {"depth": 3}),
        p.message("unsupported", None, errors=[{"code": 131051}], unsupported={"type": "poll"}),
    ],
)
def test_what_is_not_known_is_kept_as_unsupported(message: dict[str, Any]) -> None:
    found = said(p.messages(message))
    assert found.data["type"] == "unsupported"
    assert found.text.startswith("(WhatsApp does not pass this on")


def test_the_first_message_to_a_moved_number_is_to_be_sent_again() -> None:
    assert said(p.messages(p.message("unsupported", None, errors=[{"code": 131060}]))).data["resend"] is True


def test_a_tap_on_our_own_button_names_its_message_and_a_forged_one_does_not() -> None:
    ours = sealed_choice(p.SECRET, "cnv_1", "ent_1", "2")
    for id, choice in (
        (ours, {"conversation": "cnv_1", "message": "ent_1", "number": 2, "label": "Yes"}),
        (ours[:-1] + "x", None),
    ):
        reply = {"type": "button_reply", "button_reply": {"id": id, "title": "Yes"}}
        assert said(p.messages(p.message("interactive", reply))).data.get("choice") == choice


def test_a_quoted_message_is_named() -> None:
    assert said(p.messages(p.text("this", context={"id": "wamid.OUT"}))).reply_to == "wamid.OUT"


@pytest.mark.parametrize(("emoji", "want"), [({"emoji": "👍"}, "👍"), ({"emoji": ""}, None), ({}, None)])
def test_a_reaction_without_emoji_is_its_removal(emoji: dict[str, str], want: str | None) -> None:
    found = one(p.messages(p.message("reaction", {"message_id": "wamid.OUT", **emoji})))
    assert isinstance(found, Reaction)
    assert (found.target, found.emoji) == ("wamid.OUT", want)


def test_edits_and_revocations_change_the_original() -> None:
    edit = p.message("edit", {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "better"}}})
    revoke = p.message("revoke", {"original_message_id": "wamid.0"})
    first, second = read(p.messages(edit, revoke)).happenings
    assert isinstance(first, Edited)
    assert isinstance(second, Edited)
    assert (first.provider_id, first.text, second.text) == ("wamid.0", "better", None)


def test_a_changed_number_or_id_is_a_changed_identity() -> None:
    number = p.message(
        "system", {"type": "user_changed_number", "wa_id": "5511888880000", "user_id": "BR.NEW", "previous_user_id": "BR.OLD"}
    )
    bare = {
        "id": "wamid.S2",
        "timestamp": str(p.AT),
        "type": "system",
        "system": {"type": "user_changed_user_id", "user_id": "BR.NEW", "previous_user_id": "BR.OLD"},
    }
    for found in read(p.messages(number, bare)).happenings:
        assert isinstance(found, IdentityChanged)
        assert (found.old.value, found.new.value) == ("BR.OLD", "BR.NEW")


def test_statuses_say_how_far_a_message_got_and_why_it_failed() -> None:
    failed = p.status("failed", "wamid.O", errors=[{"code": 131047, "title": "Re-engagement message"}])
    told = read(
        p.statuses(p.status("sent", "wamid.O"), p.status("played", "wamid.O"), failed, p.status("warning", "w"))
    ).happenings
    assert [one.delivery for one in told if isinstance(one, Status)] == [Delivery.SENT, Delivery.READ, Delivery.FAILED]
    assert isinstance(told[2], Status)
    assert told[2].code == "131047"
    assert "template" in str(told[2].reason)
    assert isinstance(told[3], Ignored)


def test_a_status_names_our_own_correlation() -> None:
    found = one(p.statuses(p.status("sent", "wamid.O", biz_opaque_callback_data="ent_1")))
    assert isinstance(found, Status)
    assert (found.provider_id, found.correlation) == ("wamid.O", "ent_1")


def test_what_somebody_wrote_on_the_phone_is_an_echo() -> None:
    echo = {
        "from": "493415550100",
        "to": p.ANA,
        "id": "wamid.E",
        "timestamp": str(p.AT),
        "type": "text",
        "text": {"body": "Hi Ana"},
    }
    found = one(p.envelope(("smb_message_echoes", p.value(message_echoes=[echo]))))
    assert isinstance(found, Echo)
    assert (found.to.value, found.text, found.history, found.correlation) == (p.ANA, "Hi Ana", False, None)


def test_history_is_past_on_both_sides() -> None:
    theirs = {"from": p.ANA, "id": "wamid.H1", "timestamp": "1790000000", "type": "text", "text": {"body": "Old"}}
    ours = {"from": "493415550100", "id": "wamid.H2", "timestamp": "1790000001", "type": "text", "text": {"body": "Older"}}
    chunk = {"metadata": {"phase": 0}, "threads": [{"id": p.ANA, "messages": [theirs, ours]}]}
    first, second = read(p.envelope(("history", p.value(history=[chunk])))).happenings
    assert isinstance(first, Inbound)
    assert isinstance(second, Echo)
    assert first.history
    assert second.history


def test_a_message_on_standby_is_for_somebody_else() -> None:
    assert said(p.envelope(("standby", p.value(messages=[p.text("Hi")])))).standby


def test_a_handover_says_who_has_the_word() -> None:
    event = {
        "timestamp": str(p.AT),
        "from": p.ANA,
        "event": "control_taken",
        "control_taken": {"new_owner": {"role": "meta_agent"}},
    }
    found = one(p.envelope(("messaging_handovers", p.value(messaging_handovers=[event]))))
    assert isinstance(found, Control)
    assert not found.ours


def test_templates_and_the_account_have_news() -> None:
    template = {"event": "PAUSED", "message_template_name": "hi", "message_template_language": "de", "reason": "NONE"}
    found = read(
        p.envelope(
            ("message_template_status_update", template),
            ("account_update", {"event": "ACCOUNT_OFFBOARDED"}),
            ("messages", p.value(errors=[{"code": 131031, "title": "locked"}])),
            ("moon_phase", {"phase": 1}),
        )
    ).happenings
    assert isinstance(found[0], TemplateState)
    assert (found[0].state, found[0].reason) == ("PAUSED", None)
    assert isinstance(found[1], Notice)
    assert found[1].broken
    assert isinstance(found[2], Notice)
    assert found[2].broken
    assert isinstance(found[3], Ignored)


def test_a_delivery_for_another_number_is_kept_with_the_reason() -> None:
    body = p.messages(p.text("Hi"))
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "777"
    assert "777" in read(body).problems[0].detail
