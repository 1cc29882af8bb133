"""What is posted to Messenger, Instagram and WhatsApp."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firstline.channels.base import Button, Outbound, Template
from firstline.channels.graph.signing import opened_choice
from firstline.channels.messenger.render import render
from firstline.channels.whatsapp import render as whatsapp
from firstline.channels.whatsapp.templates import template_of
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.rules import Attachment
from firstline.kit.errors import Rejected

NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
HELLO = Outbound("ent_1", "cnv_1", "Hello", {}, "agent", "2477", last_customer_at=NOW - timedelta(hours=1), at=NOW)
PICTURE = Attachment("image", "bike.png", "image/png", 10, content=b"x" * 10)


def test_a_response_carries_our_correlation() -> None:
    assert render(HELLO) == [
        {"recipient": {"id": "2477"}, "messaging_type": "RESPONSE", "message": {"text": "Hello", "metadata": "ent_1"}}
    ]


@pytest.mark.promise("CH4")
def test_what_answers_nothing_is_an_update_in_the_window_and_keeps_its_tag_after_it() -> None:
    further = replace(HELLO, answers=False, by_kind="teammate")
    assert render(further)[0]["messaging_type"] == "UPDATE"
    assert render(further, updates=False)[0]["messaging_type"] == "RESPONSE"
    late = replace(further, last_customer_at=NOW - timedelta(hours=25))
    assert render(late, human_agent=True)[0]["messaging_type"] == "MESSAGE_TAG"


@pytest.mark.parametrize(("by", "hours", "human", "tag"), [("teammate", 25, True, "HUMAN_AGENT"), ("teammate", 1, True, None)])
def test_only_what_people_wrote_late_gets_the_tag(by: str, hours: int, human: bool, tag: str | None) -> None:
    late = replace(HELLO, by_kind=by, last_customer_at=NOW - timedelta(hours=hours))
    assert render(late, human_agent=human)[0].get("tag") == tag


@pytest.mark.parametrize(
    ("by", "hours", "human"), [("agent", 25, True), ("bot", 25, True), ("teammate", 25, False), ("teammate", 169, True)]
)
def test_a_closed_window_is_refused_before_anything_is_sent(by: str, hours: int, human: bool) -> None:
    with pytest.raises(Rejected):
        render(replace(HELLO, by_kind=by, last_customer_at=NOW - timedelta(hours=hours)), human_agent=human)


def test_choices_are_quick_replies_whose_ids_nobody_else_can_make() -> None:
    body = render(replace(HELLO, buttons=(Button("1", "Yes"), Button("2", "No"))), secret="s")[0]
    payload = body["message"]["quick_replies"][1]["payload"]
    assert opened_choice(("s",), payload) == ("cnv_1", "ent_1", "2")
    assert opened_choice(("other",), payload) is None


def test_each_file_is_a_message_of_its_own() -> None:
    bodies = render(replace(HELLO, attachments=(PICTURE, PICTURE)), ["a", "b"])
    assert [one["message"].get("attachment", {}).get("payload") for one in bodies] == [
        None,
        {"attachment_id": "a"},
        {"attachment_id": "b"},
    ]


ANA = replace(HELLO, to="5511999990000", identity=Identity(IdentityKind.WHATSAPP, "5511999990000"))


def test_whatsapp_gets_a_number_with_plus_or_a_business_scoped_id() -> None:
    assert whatsapp.render(ANA)[0]["to"] == "+5511999990000"
    hidden = replace(ANA, to="BR.1A", identity=Identity(IdentityKind.WHATSAPP_USER, "BR.1A"))
    body = whatsapp.render(hidden)[0]
    assert (body.get("to"), body["recipient"], body["biz_opaque_callback_data"]) == (None, "BR.1A", "ent_1")


def test_whatsapp_has_up_to_three_buttons_then_a_list_and_numbers_when_titles_are_the_same() -> None:
    def kind(*titles: str) -> str:
        buttons = tuple(Button(str(number), title) for number, title in enumerate(titles, 1))
        body = whatsapp.render(replace(ANA, buttons=buttons), secret="s")[-1]
        return str(body["interactive"]["type"] if body["type"] == "interactive" else body["text"]["body"])

    assert kind("A", "B", "C") == "button"
    assert kind("A", "B", "C", "D") == "list"
    assert kind("A", "A") == "Hello\n1. A\n2. A"


def test_a_long_text_goes_ahead_of_its_buttons() -> None:
    long = replace(ANA, text=("word " * 300).strip(), buttons=(Button("1", "Yes"),))
    first, second = whatsapp.render(long, secret="s")
    assert len(second["interactive"]["body"]["text"]) <= 1024
    assert first["type"] == "text"


def test_a_single_picture_takes_the_text_as_its_caption_and_a_sound_does_not() -> None:
    assert whatsapp.render(replace(ANA, attachments=(PICTURE,)), ["m"])[0]["image"] == {"id": "m", "caption": "Hello"}
    sound = Attachment("audio", "a.ogg", "audio/ogg", 5, content=b"12345")
    assert [one["type"] for one in whatsapp.render(replace(ANA, attachments=(sound,)), ["m"])] == ["text", "audio"]


def test_what_whatsapp_refuses_as_a_picture_goes_as_a_document_with_its_name() -> None:
    heavy = replace(PICTURE, size=6_000_000)
    assert whatsapp.render(replace(ANA, attachments=(heavy,)), ["m"])[0]["document"]["filename"] == "bike.png"


ITEM = {
    "name": "order_update",
    "language": "de",
    "status": "APPROVED",
    "category": "UTILITY",
    "parameter_format": "NAMED",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{number}}"},
        {"type": "BODY", "text": "Hi {{first_name}}, {{first_name}}! It is {{state}}."},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Track", "url": "https://v.example/{{1}}"}]},
    ],
}


def test_the_values_of_a_template_are_counted_through_all_its_parts() -> None:
    template = template_of(ITEM)
    assert template is not None
    assert template.text == "Order {{1}}\n\nHi {{2}}, {{2}}! It is {{3}}.\n\n[Track] https://v.example/{{4}}"
    assert template.variables == 4
    message = replace(ANA, data={"template": {"variables": ["7", "Ana\n", "ready", "abc"]}})
    body = whatsapp.render(message, template=template)[0]["template"]
    assert body["language"] == {"code": "de"}
    assert body["components"][1]["parameters"] == [
        {"type": "text", "text": "Ana", "parameter_name": "first_name"},
        {"type": "text", "text": "ready", "parameter_name": "state"},
    ]
    assert body["components"][2] == {
        "type": "button",
        "parameters": [{"type": "text", "text": "abc"}],
        "sub_type": "url",
        "index": "0",
    }


def test_a_template_that_cannot_be_filled_here_says_why() -> None:
    found = template_of(
        {"name": "a", "language": "en", "status": "APPROVED", "components": [{"type": "HEADER", "format": "VIDEO"}]}
    )
    assert isinstance(found, Template)
    assert "video" in found.reason
