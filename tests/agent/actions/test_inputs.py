"""Inputs: lists, bounds, empty texts, days and times as people say them, and inputs made of a JSON Schema."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from firstline.agent.actions import templates
from firstline.agent.actions.definition import INPUTS, Definition
from firstline.agent.actions.inputs import Input, InputType
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.actions.inputs.finding import named_in, value_in
from firstline.agent.actions.inputs.schemas import described
from firstline.agent.actions.inputs.values import value_of

FRIDAY = date(2026, 11, 27)


def one(type_: str = "text", **more: Any) -> Input:
    return Input(name="it", type=InputType(type_), **more)


@pytest.mark.promise("AC2")
@pytest.mark.parametrize(
    ("takes", "raw", "value"),
    [
        (one("code", many=True), "A-1, A-2 and A-2", ["A-1", "A-2", "A-2"]),
        (one("code", many=True), ["A-1", "B-2"], ["A-1", "B-2"]),
        (one("code", many=True), '["A-1"]', ["A-1"]),
        (one("integer", many=True), "1; 2\n3", [1, 2, 3]),
        (one("text", many=True), "salt and pepper", ["salt", "pepper"]),
        (one("text", many=True), "salt, pepper und sugar.", ["salt", "pepper", "sugar"]),
        (one("choice", choices=("Red", "Blue"), many=True), "blue & red", ["Blue", "Red"]),
        (one("text", empty=True), "", ""),
        (one("text", many=True, empty=True), [], []),
        (one("integer", minimum=1, maximum=6), "6", 6),
        (one("number", minimum=0.5), 0.5, 0.5),
        (one("time"), "half past 11 in the morning", "11:30"),
        (one("time"), "06:05", "06:05"),
        (one("link"), "veloria.example/orders", "https://veloria.example/orders"),
        (one("object"), {"a": [1]}, {"a": [1]}),
        (one("object"), '{"a": 1}', {"a": 1}),
        (one("choice", choices=("0", "1", "2")), "1", "1"),
        (one("choice", choices=("Economy", "Premium Economy")), "premium economy please", "Premium Economy"),
    ],
)
def test_lists_bounds_and_forms_are_read(takes: Input, raw: object, value: object) -> None:
    assert value_of(takes, raw) == value
    assert value_of(takes, value) == value


@pytest.mark.promise("AC2")
@pytest.mark.parametrize(
    ("takes", "raw", "why"),
    [
        (one("code", many=True), "A-1, none", "digit"),
        (one("code", many=True), [], "one value at least"),
        (one("code", many=True), ["A-1", ["B-2"]], "one value, not a list"),
        (one("integer", many=True), list(range(51)), "51 values; 50"),
        (one("integer", minimum=1, maximum=6), "7", "6 at most; 7 is more"),
        (one("integer", minimum=1), "0", "1 at least; 0 is less"),
        (one("number"), float("nan"), "no number"),
        (one("number"), float("inf"), "no number"),
        (one("integer"), "٣", "whole number"),
        (one("time"), "25:00", "time of day"),
        (one("time"), "between 9:00 and 11:00", "time of day"),
        (one("link"), "javascript:alert(1)", "web address"),
        (one("object"), "[1]", "JSON object"),
        (one("object"), '{"a": ' * 2_000, "JSON object"),
        (one("object"), {"a": "x" * 10_001}, "limit"),
        (one("object"), {"a": float("nan")}, "JSON cannot"),
    ],
)
def test_what_is_not_right_is_refused_with_a_sentence(takes: Input, raw: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        value_of(takes, raw)


@pytest.mark.promise("AC2")
@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("tomorrow please", "2026-11-28"),
        ("the day after tomorrow", "2026-11-29"),
        ("next Friday", "2026-12-04"),
        ("on Monday", "2026-11-30"),
        ("Monday next week", "2026-11-30"),
        ("in two weeks", "2026-12-11"),
        ("the 3rd", "2026-12-03"),
        ("March 5th", "2027-03-05"),
        ("übermorgen", "2026-11-29"),
        ("am Morgen", None),
        ("on Monday or Tuesday", None),
        ("the 45th", None),
        ("in 9999999 days", None),
    ],
)
def test_days_are_read_as_people_say_them_and_never_guessed(said: str, day: str | None) -> None:
    assert value_in(one("date"), said, "en", FRIDAY) == day


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("at 5 pm", "17:00"), ("quarter to 5 in the afternoon", "16:45"), ("halb sieben abends", "18:30"),
        ("6:30 in the evening", "18:30"),
        ("noon", "12:00"), ("five in the morning", "05:00"), ("18:15", "18:15"), ("soon", None), ("5", None),
    ],
)  # fmt: skip
def test_times_are_read_as_people_say_them(said: str, at: str | None) -> None:
    assert value_in(one("time"), said, "en") == at


@pytest.mark.promise("AC2")
@pytest.mark.parametrize(
    ("takes", "said", "value"),
    [
        (one("code", many=True), "The helmet A-1 and the lock B-22, thanks", ["A-1", "B-22"]),
        (one("text", empty=True), "none", ""),
        (one("text", empty=True), "there is none", ""),
        (one("text", empty=True), "Apartment 4", "Apartment 4"),
        (one("text"), "It's Jonas Feld, thanks", "Jonas Feld"),
        (one("text"), "In Leipzig please", "Leipzig"),
        (one("name"), "Can you book a table at Casa Nueva for me?", "Casa Nueva"),
        (one("name"), "leipzig", "leipzig"),
        (one("name"), "Is it nearer from Halle or from Leipzig to you?", None),
        (one("integer"), "there are ten of us", 10),
        (one("integer", label="days"), "3 days and 2 rooms", 3),
        (one("integer"), "3 days and 2 rooms", None),
        (one("integer"), "for a 2 day stay", 2),
        (one("number"), "one thousand three hundred and thirty dollars", 1330.0),
        (one("name"), "London, England", "London, England"),
        (one("name"), "I would like to book it for Monday, 3 December", None),
        (one("time"), "around evening 7:30", "19:30"),
        (one("time"), "Put it for evening 4.", "16:00"),
        (one("choice", choices=("True", "False")), "no thanks", "False"),
        (one("boolean"), "sure", True),
    ],
)
def test_answers_are_freed_of_what_stands_around_them(takes: Input, said: str, value: object) -> None:
    assert value_in(takes, said, "en", FRIDAY) == value


@pytest.mark.promise("AC2")
def test_what_could_belong_to_two_inputs_is_asked_for_unless_words_tell() -> None:
    way = (Input(name="origin_city", type=InputType.NAME), Input(name="destination_city", type=InputType.NAME))
    assert named_in(way, "I want to go from Leipzig to Berlin", "en") == {"origin_city": "Leipzig", "destination_city": "Berlin"}
    assert named_in(way, "Something about Leipzig", "en") == {}
    days = (Input(name="check_in", type=InputType.DATE), Input(name="check_out", type=InputType.DATE))
    stay = "a room, 3 December 2026 until 5 December 2026"
    assert named_in(days, stay, "en", FRIDAY) == {"check_in": "2026-12-03", "check_out": "2026-12-05"}
    assert named_in(days, "a room on 3 December 2026", "en", FRIDAY) == {}
    order = (Input(name="order", type=InputType.CODE), Input(name="articles", type=InputType.CODE, many=True))
    assert named_in(order, "I want to return something of order A-7", "en") == {"order": "A-7"}
    assert named_in(order[1:], "A-7 and A-8", "en") == {"articles": ["A-7", "A-8"]}
    numbers = tuple(Input(name=name, type=InputType.CHOICE, choices=("1", "2", "3")) for name in ("rooms", "guests"))
    assert named_in(numbers, "for 2 please", "en") == {}


@pytest.mark.promise("AC1")
def test_a_schema_becomes_inputs_that_can_be_asked_for_and_values_go_back_to_their_places() -> None:
    schema = {
        "type": "object",
        "required": ["orderId", "address", "lines"],
        "properties": {
            "orderId": {"type": "string", "minLength": 3},
            "email": {"anyOf": [{"type": "string", "format": "email"}, {"type": "null"}]},
            "count": {"type": "integer", "exclusiveMinimum": 0, "maximum": 9},
            "colour": {"enum": ["Red", "Blue"]},
            "address": {"$ref": "#/$defs/Address"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "lines": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": {"sku": {"type": "string"}}}},
        },
        "$defs": {
            "Address": {
                "type": "object",
                "required": ["street"],
                "properties": {"street": {"type": "string"}, "line2": {"type": "string"}},
            }
        },
    }
    found = described(schema, INPUTS)
    by_name = {each.name: each for each in found.inputs}
    assert set(by_name) == {"order_id", "address_street", "lines", "email", "count", "colour", "address_line2", "tags"}
    assert [each.name for each in found.inputs if each.required] == ["order_id", "address_street", "lines"]
    assert (by_name["order_id"].at, by_name["order_id"].empty, by_name["address_street"].empty) == (("orderId",), False, True)
    assert (by_name["email"].type, by_name["count"].minimum, by_name["count"].maximum) == ("email", 1, 9)
    assert (by_name["tags"].many, by_name["lines"].many, by_name["lines"].type) == (True, True, "object")
    assert any("lines is taken as JSON" in note for note in found.notes)
    action = Definition.model_validate(
        {"name": "send", "title": "Send", "when": "x", "inputs": [each.model_dump() for each in found.inputs],
         "does": {"kind": "mcp", "url": "https://tools.example/mcp", "tool": "send"}}
    )  # fmt: skip
    told = {"order_id": "A-1", "address_street": "Main 1", "lines": [{"sku": "x"}], "tags": "a, b"}
    filled = fill(action.inputs, told, {})
    assert action.tool_arguments(filled.values) == {
        "orderId": "A-1", "address": {"street": "Main 1"}, "lines": [{"sku": "x"}], "tags": ["a", "b"],
    }  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "properties", "required", "items", "enum", "$ref", "anyOf", "minimum", "format", "a", "ß-1"]),
        inner, max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.promise("AC1")
@settings(max_examples=150, deadline=None)
@given(JSON)
def test_whatever_a_server_calls_its_schema_gives_inputs_that_hold(schema: Any) -> None:
    for whole in (schema, {"properties": {"a": schema, "A": schema}, "required": ["a"], "$defs": schema}):
        found = described(whole, INPUTS)
        names = [each.name for each in found.inputs]
        assert len(set(names)) == len(names) <= INPUTS
        assert all(Input.model_validate(each.model_dump()) == each for each in found.inputs)


def test_a_schema_that_refers_to_itself_ends() -> None:
    knot = {"properties": {"me": {"$ref": "#"}, "you": {"$ref": "#/properties/you"}}}
    assert {each.type for each in described(knot, INPUTS).inputs} <= {InputType.OBJECT, InputType.TEXT}


@pytest.mark.promise("AC2")
@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(InputType)),
    st.booleans(),
    st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.lists(st.text(max_size=5), max_size=3)),
)
def test_a_right_value_read_again_is_the_same(type_: InputType, many: bool, raw: Any) -> None:
    takes = one(type_.value, many=many, choices=("Red", "7") if type_ is InputType.CHOICE else ())
    try:
        value = value_of(takes, raw, FRIDAY)
    except ValueError:
        return
    assert value_of(takes, value) == value
    assert json.loads(json.dumps(value)) == value
    assert value_in(takes, str(raw), "en", FRIDAY) is not False or type_ is InputType.BOOLEAN


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"many": True, "of_contact": "email"}, "one value"),
        ({"type": "integer", "empty": True}, "only a text or a list may be empty"),
        ({"minimum": 1}, "only numbers"),
        ({"type": "integer", "minimum": 3, "maximum": 1}, "above the largest"),
    ],
)
def test_an_input_that_cannot_be_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Input.model_validate({"name": "it"} | changes)


def test_lists_and_empty_texts_stand_in_requests_and_sentences_as_they_should() -> None:
    values: dict[str, Any] = {"ids": ["1", "2"], "line2": ""}
    made = templates.body('{"ids": "{ids}", "line2": "{line2}"}', values, {})
    assert made is not None
    assert json.loads(made) == values
    assert templates.address("https://a.example/{ids}", values) == "https://a.example/1%2C2"
    assert templates.sentence("{ids} and {line2}.", values) == "1, 2 and ."
    assert templates.as_fact(["a", "b"]) == "a, b"
