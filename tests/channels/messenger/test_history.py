"""Conversations as Meta's API gives them: what each message becomes, whatever stands in it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from firstline.channels.base import RawRequest
from firstline.channels.graph.reading import moment
from firstline.channels.happenings import Echo, Happening, Inbound
from firstline.channels.messenger.channel import Messenger
from firstline.channels.messenger.history import mid_of
from firstline.channels.messenger.parse import parse
from tests.channels.messenger.test_parse import account

OWN, PERSON = "1784", "9911"
AT = "2026-11-22T09:46:00+0000"


def read(*messages: Any, **conversation: Any) -> tuple[tuple[Happening, ...], tuple[Any, ...]]:
    of = account(page_id=OWN)
    body = json.dumps({"id": "t_1", "messages": list(messages), **conversation}).encode()
    parsed = parse(of, RawRequest("GET", "conversations", body=body))
    return parsed.happenings, parsed.problems


def message(own: bool = False, **more: Any) -> dict[str, Any]:
    me, person = {"id": OWN, "name": "Veloria"}, {"id": PERSON, "name": "Ana"}
    sides = {"from": me if own else person, "to": {"data": [person if own else me]}}
    return {"id": "m_1", "created_time": AT, "message": "Hello", **sides, **more}


@pytest.mark.promise("CH4")
def test_a_customers_message_and_the_pages_keep_id_time_words_and_side() -> None:
    (heard, said), _ = read(message(), message(own=True, id="m_2", message="Good morning"))
    assert isinstance(heard, Inbound)
    assert (heard.provider_id, heard.text, heard.sender.value, heard.at) == ("m_1", "Hello", PERSON, moment(AT))
    assert heard.data["read_back"] is True
    assert isinstance(said, Echo)
    assert (said.provider_id, said.text, said.to.value, said.correlation) == ("m_2", "Good morning", PERSON, None)


@pytest.mark.promise("CH4")
@pytest.mark.parametrize(
    ("attachment", "kind", "ref"),
    [
        ({"mime_type": "image/jpeg", "image_data": {"url": "https://x/1"}}, "image", "https://x/1"),
        ({"image_data": {"url": "https://x/1", "render_as_sticker": True}}, "sticker", "https://x/1"),
        ({"mime_type": "video/mp4", "video_data": {"url": "https://x/2"}}, "video", "https://x/2"),
        ({"mime_type": "audio/mpeg", "file_url": "https://x/3", "name": "voice.mp3"}, "audio", "https://x/3"),
        ({"mime_type": "application/pdf", "file_url": "https://x/4", "name": "bill.pdf"}, "file", "https://x/4"),
    ],
)
def test_files_are_what_they_are(attachment: dict[str, Any], kind: str, ref: str) -> None:
    (found,), _ = read(message(message="", attachments={"data": [attachment]}))
    assert isinstance(found, Inbound)
    assert [(one.kind, one.ref) for one in found.attachments] == [(kind, ref)]


@pytest.mark.promise("CH4")
def test_shares_templates_and_what_is_not_told_become_words() -> None:
    (shared,), _ = read(message(message="", shares={"data": [{"link": "https://x/post", "name": "A post"}]}))
    assert isinstance(shared, Inbound)
    assert shared.text == "A post https://x/post"
    (template,), _ = read(message(message="", attachments={"data": [{"generic_template": {"title": "Our bikes"}}]}))
    assert isinstance(template, Inbound)
    assert "Our bikes" in template.text
    (unsupported,), _ = read(message(message="", is_unsupported=True))
    assert isinstance(unsupported, Inbound)
    assert unsupported.data["unsupported"] == "unsupported"
    (quoting,), _ = read(message(reply_to={"mid": "m_0", "is_self_reply": True}))
    assert isinstance(quoting, Inbound)
    assert quoting.reply_to == "m_0"


def test_what_another_app_has_is_on_standby() -> None:
    (found,), _ = read(message(), is_owner=False)
    assert isinstance(found, Inbound)
    assert found.standby


@pytest.mark.parametrize(
    ("given", "form"), [("m_mid.$cAAF", "mid.$cAAF"), ("m_N1zlay", "m_N1zlay"), ("aWdfZAG", "aWdfZAG"), ("mid.$c", "mid.$c")]
)
def test_ids_have_the_form_of_the_webhooks(given: str, form: str) -> None:
    assert mid_of(given) == form


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "m_2"},
        {"created_time": "yesterday"},
        {"created_time": "2026-11-22T09:46:00"},
        {"created_time": None},
        {"from": {"id": "1"}, "to": {"data": [{"id": "2"}]}},
        {"from": None},
        {"to": {"data": []}, "from": {"id": OWN}},
        {"id": ""},
        {"id": ["m_1"]},
        {"from": {"id": OWN}, "to": {"data": [{"id": OWN}]}},
    ],
)
def test_a_broken_message_is_a_problem_and_its_neighbours_count(broken: dict[str, Any]) -> None:
    bad = {"id": "m_2"} if broken == {"id": "m_2"} else message(**broken)
    happenings, problems = read(message(), bad, message(id="m_3"))
    assert [one.provider_id for one in happenings if isinstance(one, Inbound)] == ["m_1", "m_3"]
    assert len(problems) == 1


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"messages": {}}', b"\xff", b"", b"[" * 5000])
def test_what_is_no_conversation_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        parse(account(page_id=OWN), RawRequest("GET", "conversations", body=body))


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("id", "created_time", "from", "to", "message", "attachments", "shares", "reply_to", "is_unsupported")


@settings(max_examples=150, deadline=None)
@given(some.lists(some.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON)) | JSON, max_size=4))
def test_nothing_that_stands_in_a_conversation_stops_the_others(messages: list[Any]) -> None:
    happenings, problems = read(*messages, message(id="m_9"))
    assert any(isinstance(one, Inbound) and one.provider_id == "m_9" for one in happenings)
    assert len(problems) <= len(messages)


def test_what_was_read_may_stop_the_agent_and_is_settled_by_what_is_known() -> None:
    request = RawRequest("GET", "conversations", body=json.dumps({"messages": [message(own=True)]}).encode())
    assert Messenger().interrupts(request)
    assert Messenger().parse(account(page_id=OWN), request).settle is not None
