"""Marks in messages to a custom channel: the declared ones, in the declared form; none where none was declared."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from firstline.channels.custom.config import Declared
from firstline.channels.formatting import MARKS
from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office, receiver
from tests.world import Shop

__all__ = ["receiver"]
pytestmark = pytest.mark.promise("CH8", "CC1")
SAID = "**Yes**, [see here](https://shop.example/r) & ask for `R-1`."
PLAIN = "Yes, see here (https://shop.example/r) & ask for R-1."


@pytest.mark.parametrize(
    ("declared", "rich"),
    [
        ({}, None),
        ({"rich_text": False}, None),
        (
            {"rich_text": ["bold", "links"], "rich_text_format": "html"},
            {"format": "html", "text": '<b>Yes</b>, <a href="https://shop.example/r">see here</a> &amp; ask for R-1.'},
        ),
        (
            {"rich_text": True},
            {"format": "markdown", "text": "**Yes**, [see here](<https://shop.example/r>) \\& ask for `R-1`."},
        ),
    ],
)
def test_a_message_has_the_declared_marks_and_its_words_without_any(
    shop: Shop, receiver: Receiver, declared: dict[str, Any], rich: Any
) -> None:
    office = Office(shop, url=receiver.url, **declared)
    talk = office.talk()
    office.reply(talk, SAID)
    office.deliver(talk)
    (data,) = [json.loads(body)["data"] for _headers, body in receiver.got]
    assert (data["text"], data["rich_text"]) == (PLAIN, rich)


def test_the_parts_of_a_long_text_keep_to_the_limit_of_the_channel(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, text_limit=60, text_unit="bytes", rich_text=["bold"], rich_text_format="html")
    talk = office.talk()
    office.reply(talk, "**Zürich** & «Genève» have - each - one shop.\n- Lac\n- Rhône\n\n" * 4)
    office.deliver(talk)
    parts = [json.loads(body)["data"] for _headers, body in receiver.got]
    assert max(len(part["text"].encode()) for part in parts) <= 60
    assert sum(part["rich_text"]["text"].count("<b>Zürich</b> &amp;") for part in parts) == 4
    assert "*" not in "".join(part["text"] for part in parts)


@pytest.mark.parametrize("wrong", [["blink"], "bold", ["bold"] * 7, None, 1, {"bold": True}])
def test_marks_that_there_are_not_are_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        Declared(rich_text=wrong)
    assert tuple(Declared.model_validate({"rich_text": True}).rich_text) == MARKS
