"""Whatever Meta's webhooks hold, the parsers give happenings and problems, the same each time, and soon."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.channels.base import Account, Forged, RawRequest
from firstline.channels.graph.signing import opened_choice, verify
from firstline.channels.happenings import Parsed
from firstline.channels.messenger.parse import parse as parse_page
from firstline.channels.whatsapp.parse import parse as parse_number
from tests.channels.messenger.test_parse import account as page_account
from tests.channels.messenger.test_parse import envelope as page_envelope
from tests.channels.whatsapp.payloads import NUMBER
from tests.channels.whatsapp.payloads import account as number_account
from tests.effort import effort

Read = Callable[[Account, RawRequest], Parsed]
BOTH = [(parse_number, number_account()), (parse_page, page_account())]
KEYS = """
    id from to type text body messages statuses message mid timestamp sender recipient image interactive reaction system context
    errors read delivery watermark attachments payload url echo is_echo postback history threads contacts profile name code value
"""
WORDS = st.sampled_from(KEYS.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([NUMBER, "1795340760", "text"])
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=6),
    max_leaves=25,
)
FIELDS = st.sampled_from(
    [
        "messages",
        "standby",
        "smb_message_echoes",
        "history",
        "messaging_handovers",
        "calls",
        "smb_app_state_sync",
        "user_preferences",
        "payment_configuration_update",
        "account_update",
        "security",
        "message_template_status_update",
    ]
)


def read_twice(read: Read, account: Account, body: Any) -> Parsed:
    request = RawRequest(body=json.dumps(body).encode())
    found = read(account, request)
    assert repr(read(account, request)) == repr(found)
    return found


@settings(max_examples=250, deadline=None)
@given(field=FIELDS, message=ANYTHING, status=ANYTHING, value=ANYTHING)
def test_a_number_s_deliveries_with_anything_in_them_are_read(field: str, message: Any, status: Any, value: Any) -> None:
    keys = ("messages", "message_echoes", "history", "messaging_handovers", "calls", "state_sync", "user_preferences")
    held = {**{key: [message, value] for key in keys}, "statuses": [status], "errors": [value], "contacts": [message]}
    read_twice(parse_number, number_account(), {"entry": [{"time": value, "changes": [{"field": field, "value": held}]}]})


@settings(max_examples=250, deadline=None)
@given(event=st.dictionaries(WORDS, ANYTHING, max_size=5), kind=WORDS, content=ANYTHING)
def test_a_page_s_deliveries_with_anything_in_them_are_read(event: dict[str, Any], kind: str, content: Any) -> None:
    base = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 1795340760123}
    read_twice(parse_page, page_account(), page_envelope(event, {**base, kind: content}, {**base, "message": content}))


@settings(max_examples=100, deadline=None)
@given(body=ANYTHING, raw=st.binary(max_size=200))
def test_bodies_that_are_no_delivery_are_problems_or_value_errors(body: Any, raw: bytes) -> None:
    for read, account in BOTH:
        read_twice(read, account, body)
        try:
            read(account, RawRequest(body=raw))
        except ValueError:
            continue


@pytest.mark.parametrize(("read", "account"), BOTH)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"entry":' * 11_000,
        json.dumps({"entry": [{"changes": [{"field": "messages", "value": {"messages": [{"text": "x" * 95_000}]}}]}]}).encode(),
        json.dumps({"entry": [{"id": "1784140000000", "messaging": [1] * 30_000}]}).encode(),
        b'{"entry": [{"id": "1", "messaging": [{"timestamp": ' + b"9" * 90_000 + b"}]}]}",
    ],
    ids=["deep lists", "deep objects", "a long text", "many events", "a long number"],
)
def test_a_hundred_kilobytes_take_less_than_a_second(read: Read, account: Account, body: bytes) -> None:
    def reading() -> None:
        with contextlib.suppress(ValueError):
            read(account, RawRequest(body=body))

    assert effort(reading, 1.0) < 1.0


@settings(max_examples=60, deadline=None)
@given(given=st.text(max_size=90), body=st.binary(max_size=60), token=st.text(max_size=20))
def test_no_made_up_signature_token_or_choice_is_believed(given: str, body: bytes, token: str) -> None:
    with pytest.raises(Forged):
        verify(RawRequest(headers={"x-hub-signature-256": given}, body=body), ("secret",), "the token")
    with pytest.raises(Forged):
        verify(RawRequest("GET", query={"hub.mode": "subscribe", "hub.verify_token": token}), ("secret",), "the token")
    assert opened_choice(("secret",), given) is None
