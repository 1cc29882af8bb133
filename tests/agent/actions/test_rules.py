"""Inputs, templates, the gate and the steps of a call."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from firstline.agent.actions import templates
from firstline.agent.actions.definition import Definition, Protection
from firstline.agent.actions.gate import VERIFIED_FOR, Proof, gate
from firstline.agent.actions.inputs import Input, InputType
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.actions.inputs.finding import value_in
from firstline.agent.actions.inputs.values import value_of
from firstline.agent.actions.steps import ASKS, Approval, Ask, Confirm, GiveUp, Run, SendCode, next_step
from tests.conftest import NOW

VALUES = st.one_of(
    st.text(max_size=40), st.integers(-(10**9), 10**9), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)


def definition(**changes: Any) -> Definition:
    whole: dict[str, Any] = {
        "name": "order_status",
        "title": "Order status",
        "when": "The customer wants to know where an order is",
        "inputs": [{"name": "order", "type": "code"}],
        "does": {"kind": "http", "url": "https://shop.example/orders/{order}"},
    }
    return Definition.model_validate(whole | changes)


@pytest.mark.promise("AC2")
@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("integer", "1,000", 1000),
        ("integer", "ten", None),
        ("number", "1.250,50 EUR", 1250.5),
        ("number", "12.5", 12.5),
        ("date", "30 November 2026", "2026-11-30"),
        ("date", "2026-02-30", None),
        ("date", "soon", None),
        ("email", "Ines@Veloria.example", "Ines@veloria.example"),
        ("email", "ines at veloria", None),
        ("phone", "+49 341 12345678", "+4934112345678"),
        ("phone", "12", None),
        ("code", "#A-1042.", "A-1042"),
        ("code", "hello", None),
        ("code", "../../admin1", None),
        ("boolean", "Yes", True),
        ("text", "   ", None),
        ("text", "x" * 501, None),
    ],
)
def test_values_are_read_in_their_type_or_refused_with_a_sentence(type_: str, text: str, value: Any) -> None:
    one = Input(name="it", type=InputType(type_))
    if value is None:
        with pytest.raises(ValueError, match="it "):
            value_of(one, text)
    else:
        assert value_of(one, text) == value


@pytest.mark.promise("AC2")
@pytest.mark.parametrize(
    ("type_", "message", "value"),
    [
        ("code", "It is order A-1042, I believe", "A-1042"),
        ("email", "sure: jonas@veloria.example thanks", "jonas@veloria.example"),
        ("date", "on 30.11.2026 please", "2026-11-30"),
        ("boolean", "yes please", True),
        ("boolean", "nein", False),
        ("code", "I do not know it", None),
    ],
)
def test_a_value_is_found_in_what_the_customer_writes(type_: str, message: str, value: Any) -> None:
    assert value_in(Input(name="it", type=InputType(type_)), message, "de" if message == "nein" else "en") == value


def test_a_choice_is_picked_by_number_by_name_or_within_a_sentence() -> None:
    one = Input(name="size", type=InputType.CHOICE, choices=("Small", "Large"))
    assert [value_of(one, text) for text in ("2", "small", "the large one")] == ["Large", "Small", "Large"]
    for wrong in ("3", "small or large", "medium"):
        with pytest.raises(ValueError, match="one of"):
            value_of(one, wrong)


@pytest.mark.promise("AC3", "AN6")
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["email", "order"]), st.one_of(VALUES, st.lists(VALUES), st.none())))
def test_what_belongs_to_the_contact_is_never_taken_from_what_was_written(given_: dict[str, Any]) -> None:
    inputs = (Input(name="email", type=InputType.EMAIL, of_contact="email"), Input(name="order", type=InputType.CODE))
    filled = fill(inputs, given_, {"email": "ines@veloria.example"})
    assert filled.values["email"] == "ines@veloria.example"
    unknown = fill(inputs, given_, {"email": None})
    assert "email" not in unknown.values
    assert inputs[0] in unknown.missing


@pytest.mark.promise("AC1", "AC6")
@given(st.dictionaries(st.just("order"), VALUES, min_size=1))
def test_a_value_never_changes_the_address_around_it(values: dict[str, Any]) -> None:
    made = urlsplit(templates.address("https://shop.example/orders/{order}/state?v=1", values))
    assert (made.scheme, made.netloc, made.query, made.fragment) == ("https", "shop.example", "v=1", "")
    assert len(made.path.split("/")) == 4
    assert made.path.startswith("/orders/")
    assert made.path.endswith("/state")


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_value_never_breaks_out_of_a_header_or_a_body(value: str, secret: str) -> None:
    header = templates.header("Bearer {secret:key} for {who}", {"who": value}, {"key": secret})
    assert not any(ord(letter) < 32 or ord(letter) == 127 for letter in header)
    body = templates.body('{"who": "{who}", "note": "by {who}", "left": "{nothing}", "n": 1}', {"who": value}, {})
    assert body is not None
    assert json.loads(body) == {"who": value, "note": f"by {value}", "n": 1}


def test_values_keep_their_type_in_a_body_and_secrets_are_filled_in() -> None:
    made = templates.body(
        '{"n": "{n}", "yes": "{yes}", "key": "{secret:k}", "list": ["{n}", "{gone}"]}', {"n": 5, "yes": True}, {"k": "s"}
    )
    assert made is not None
    assert json.loads(made) == {"n": 5, "yes": True, "key": "s", "list": [5]}


@pytest.mark.promise("AC3")
@given(st.sampled_from(Protection), st.booleans(), st.integers(-3600, 7200), st.booleans(), st.booleans())
def test_a_gate_opens_only_for_the_proof_it_asks_for(
    protection: Protection, identified: bool, seconds: int, entered: bool, approved: bool
) -> None:
    at = NOW - timedelta(seconds=seconds) if entered else None
    verdict = gate(protection, Proof(identified, at, "tmt_1" if approved else None), NOW)
    fresh = entered and 0 <= seconds <= VERIFIED_FOR.total_seconds()
    allowed = {Protection.NONE: True, Protection.MATCH: identified, Protection.VERIFY: fresh, Protection.APPROVE: approved}
    assert (verdict == "open") is allowed[protection]


@pytest.mark.promise("AC2", "AC3")
def test_a_call_needs_inputs_then_a_code_then_a_yes_then_an_approval() -> None:
    order: dict[str, Any] = {"order": "A-1"}
    ready: dict[str, Any] = {"asking": None, "asked": 0, "confirmed": False, "on_file": True}
    plain = definition()
    assert isinstance(next_step(plain, fill(plain.inputs, {}, {}), "open", **ready), Ask)
    assert isinstance(next_step(plain, fill(plain.inputs, order, {}), "open", **ready), Run)
    verify = definition(protection="verify", confirm=True)
    filled = fill(verify.inputs, order, {})
    assert isinstance(next_step(verify, filled, "needs_code", **ready), SendCode)
    assert isinstance(next_step(verify, filled, "needs_code", **ready | {"on_file": False}), GiveUp)
    assert isinstance(next_step(verify, filled, "open", **ready), Confirm)
    assert isinstance(next_step(verify, filled, "open", **ready | {"confirmed": True}), Run)
    approve = definition(protection="approve")
    assert isinstance(next_step(approve, fill(approve.inputs, order, {}), "needs_approval", **ready), Approval)
    match = definition(protection="match")
    assert isinstance(next_step(match, fill(match.inputs, order, {}), "unknown_customer", **ready), GiveUp)
    asked = next_step(plain, fill(plain.inputs, {"order": "?"}, {}), "open", **ready | {"asking": "order", "asked": ASKS})
    assert isinstance(asked, GiveUp)


@pytest.mark.promise("AC1", "AC6")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"does": {"kind": "http", "url": "https://{order}.example/x"}}, "host"),
        ({"does": {"kind": "http", "url": "https://user:pw@shop.example/x"}}, "host"),
        ({"does": {"kind": "http", "url": "ftp://shop.example/x"}}, "url"),
        ({"does": {"kind": "http", "url": "https://shop.example/{other}"}}, "no input called other"),
        ({"does": {"kind": "http", "url": "https://shop.example/", "headers": {"X\r\nY": "1"}}}, "headers"),
        ({"inputs": [{"name": "order"}, {"name": "order"}]}, "same name"),
        ({"inputs": [{"name": "order", "type": "choice"}]}, "choice"),
        ({"name": "Order Status"}, "name"),
        ({"tell": "It is {state}"}, "neither a result nor an input"),
        ({"does": {"kind": "built_in", "verb": "qualify_lead"}, "inputs": []}, "criterion"),
        ({"does": {"kind": "shell", "command": "rm"}}, "kind"),
    ],
)
def test_a_definition_that_cannot_work_is_refused_with_the_reason(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        definition(**changes)
    assert why in str(refused.value)
