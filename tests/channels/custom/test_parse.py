"""Reading what a custom channel posts: whatever comes, the outcome is happenings and problems, the same twice."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.channels.base import Account, RawRequest
from firstline.channels.custom.parse import parse
from firstline.channels.happenings import Echo, Ignored, Inbound, Status

ACCOUNT = Account("cha_1", "custom", "Bot", "inbox", {}, {})
NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "direction",
    "idempotency_id",
    "sender",
    "recipient",
    "text",
    "timestamp",
    "attachments",
    "message_id",
    "status",
    "final",
)
EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["message.published", "message.status", "other"]) | VALUES,
        "data": VALUES | st.dictionaries(st.sampled_from(FIELDS), VALUES),
    }
)


def _read(body: Any) -> Any:
    return parse(ACCOUNT, RawRequest(body=json.dumps(body).encode(), at=NOW))


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS | VALUES, max_size=4))
def test_any_json_becomes_happenings_and_problems_and_twice_the_same(events: list[Any]) -> None:
    first, second = _read(events), _read(events)
    assert first == second
    assert len(first.happenings) + len(first.problems) == len(events)


def test_the_kinds_of_events_are_read() -> None:
    person = {"id": "mira"}
    parsed = _read(
        [
            {"type": "message.published", "data": {"idempotency_id": "1", "sender": person, "text": "Hello"}},
            {
                "type": "message.published",
                "data": {
                    "idempotency_id": "2",
                    "direction": "outgoing",
                    "sender": {"id": "jo"},
                    "recipient": person,
                    "text": "Hi",
                },
            },
            {"type": "message.status", "data": {"message_id": "msg_1", "status": "read"}},
            {"type": "something.new", "data": {}},
        ]
    )
    assert [type(one) for one in parsed.happenings] == [Inbound, Echo, Status, Ignored]
    assert parsed.problems == ()


@pytest.mark.parametrize("size", [1_000, 20_000])
def test_a_long_list_of_nonsense_is_read_in_no_time(size: int) -> None:
    parsed = _read([{"type": "message.published", "data": {"n": n}} for n in range(size)])
    assert len(parsed.problems) == (1_000 if size == 1_000 else 1_001), "the rest of a delivery that is too long is kept as one"


@pytest.mark.promise("CC1")
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 50_000 + b"]" * 50_000])
def test_what_is_no_json_or_nested_absurdly_deep_is_refused_with_the_declared_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(ACCOUNT, RawRequest(body=body, at=NOW))
