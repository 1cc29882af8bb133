"""A file that a provider refuses goes converted, then as a link: once each, in its place, and not over a person's word."""

import pytest

from firstline.channels.forms import Form, form_after, part_name
from firstline.channels.interrupting import SPOKEN
from firstline.console.asides import asides, how_sent
from firstline.conversations import attaching, deliveries, ownership
from firstline.conversations.record import locked
from firstline.conversations.rules import Owner, OwnerKind
from firstline.kit.database import Tx
from firstline.simulators.meta.world import Fault
from tests.channels.meta import Meta
from tests.channels.number import AT, Number, bill, is_plain_jpeg, picture


@pytest.fixture
def number(meta: Meta) -> Number:
    return Number(meta)


@pytest.mark.parametrize(
    ("form", "kind", "after"),
    [
        (Form.AS_IT_IS, "image", Form.CONVERTED),
        (Form.CONVERTED, "image", Form.LINK),
        (Form.AS_IT_IS, "video", Form.LINK),
        (Form.AS_IT_IS, "file", Form.LINK),
        (Form.LINK, "image", None),
        (Form.LINK, "file", None),
    ],
)
def test_a_picture_is_tried_in_three_forms_and_anything_else_in_two(form: Form, kind: str, after: Form | None) -> None:
    assert form_after(form, kind) is after


def test_each_form_has_a_name_of_its_own() -> None:
    assert len({part_name("e", part, form) for part in (0, 1) for form in Form}) == 6


@pytest.mark.promise("CH3")
@pytest.mark.parametrize("code", [131052, 131053])
def test_a_picture_that_is_refused_at_once_goes_converted_with_the_same_words(number: Number, code: int) -> None:
    number.dislikes(code=code)
    reply = number.writes("Your bike", picture())
    (one,) = number.delivers()
    assert (one["type"], one["image"]["caption"]) == ("image", "Your bike")
    assert is_plain_jpeg(number, one)
    assert number.state(reply) == "sent"
    assert number.meta.entry(reply).data["sent_as"].popitem()[1]["form"] == "converted"


@pytest.mark.promise("CH3")
def test_what_is_refused_converted_too_goes_as_a_link_with_its_words(number: Number) -> None:
    number.dislikes(times=2)
    reply = number.writes("Your bike", picture())
    (one,) = number.delivers()
    assert one["type"] == "text"
    assert one["text"]["body"].startswith(f"Your bike\n\nbike.jpg: {AT}")
    number.told("delivered", number.last_id())
    assert number.state(reply) == "delivered"


@pytest.mark.promise("CH3")
@pytest.mark.parametrize("path", ["/media", "/messages"])
@pytest.mark.parametrize("code", [131053, 100])
def test_a_document_goes_as_a_link_at_once(number: Number, path: str, code: int) -> None:
    number.meta.world.faults.append(Fault(code, path=path))
    reply = number.writes("", bill())
    sent = number.delivers()
    if (path, code) == ("/messages", 100):
        assert (sent, number.state(reply)) == ([], "failed")
        return
    assert sent[0]["text"]["body"].startswith(f"bill.pdf: {AT}")
    assert number.state(reply) == "sent"


@pytest.mark.promise("CH3")
def test_a_failure_told_later_starts_the_same_chain(number: Number) -> None:
    number.dislikes(told="status")
    reply = number.writes("Your bike", picture())
    number.delivers()
    first = number.last_id()
    assert number.state(reply) == "sent"
    number.told("failed", first)
    assert number.state(reply) == "pending"
    assert "bike.jpg was refused and is sent again, converted." in number.reason(reply)
    (again,) = number.delivers()
    assert is_plain_jpeg(number, again)
    number.told("failed", number.last_id())
    assert "as a link" in number.reason(reply)
    (link,) = number.delivers()
    assert "bike.jpg: " + AT in link["text"]["body"]
    number.told("read", number.last_id())
    assert number.state(reply) == "read"


@pytest.mark.promise("HO9")
def test_what_the_agent_sent_is_not_sent_again_after_a_persons_word(number: Number) -> None:
    said = number.agent_writes("Your bike", picture())
    number.delivers()
    refused = number.last_id()
    number.writes("Jonas here.")
    number.told("failed", refused)
    assert [one["text"]["body"] for one in number.delivers()] == ["Jonas here."]
    assert (number.state(said), number.reason(said)) == ("failed", SPOKEN)
    number.meta.shop.database.run(deliveries.try_again, said, number.meta.shop.jonas)
    (by_hand,) = number.delivers()
    assert is_plain_jpeg(number, by_hand)


@pytest.mark.promise("HO9")
def test_what_the_agent_sent_is_not_sent_again_after_a_person_took_the_conversation(number: Number) -> None:
    said = number.agent_writes("Your bike", picture())
    number.delivers()
    jonas = number.meta.shop.jonas

    def take(tx: Tx) -> None:
        ownership.set_owner(tx, locked(tx, number.talk), Owner(OwnerKind.TEAMMATE, jonas.id), jonas)

    number.meta.shop.database.run(take)
    number.told("failed", number.last_id())
    assert number.delivers() == []
    assert number.state(said) == "failed"


def test_while_nobody_has_spoken_the_agents_file_goes_again(number: Number) -> None:
    said = number.agent_writes("Your bike", picture())
    number.delivers()
    number.told("failed", number.last_id())
    (again,) = number.delivers()
    assert is_plain_jpeg(number, again)
    assert (number.state(said), number.undelivered()) == ("sent", [])


def test_a_file_that_is_no_picture_inside_goes_as_a_link_without_asking_meta_again(number: Number) -> None:
    broken = attaching.uploaded("bike.png", "", b"\x89PNG\r\n\x1a\n" + b"0" * 60)
    number.dislikes()
    number.writes("Your bike", broken)
    (one,) = number.delivers()
    assert "bike.png: " + AT in one["text"]["body"]
    assert len(number.meta.world.media) == 1


def test_words_that_are_refused_are_no_file(number: Number) -> None:
    number.meta.world.faults.append(Fault(131053))
    reply = number.writes("Hello")
    assert number.delivers() == []
    assert number.state(reply) == "failed"


@pytest.mark.promise("HO9")
def test_what_the_agent_said_and_a_status_tells_to_have_failed_is_told_to_people(number: Number) -> None:
    said = number.agent_writes("Hello")
    number.delivers()
    number.told("failed", number.last_id(), code=131026)
    number.told("failed", number.last_id(), code=131026, later=5)
    assert [one["entry"] for one in number.undelivered()] == [said]


@pytest.mark.promise("IN2")
def test_the_timeline_says_how_a_file_went(number: Number) -> None:
    number.dislikes(times=2)
    reply = number.writes("Your bike", picture())
    number.delivers()
    found = number.meta.entry(reply)
    files = number.meta.shop.database.run(attaching.of_entries, [reply])[reply]
    assert how_sent(found.data, files[0].id) == "as a link"
    assert asides(found.data) == ["WhatsApp does not take the file as it is. (Meta error 131053.)"]
