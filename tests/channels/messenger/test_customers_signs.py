"""What customers do besides writing: thumbs below answers, reactions that open the window, taps that came of an advertisement."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from firstline.channels.base import Account
from firstline.channels.claiming import last_heard_at
from firstline.channels.happenings import Ignored, Inbound, Rated, Reaction
from firstline.conversations.rules import Attachment
from firstline.conversations.tables import entry
from tests.channels.messenger.test_parse import event, read
from tests.channels.meta import Meta

PNG, MP3 = b"\x89PNG\r\n\x1a\n" + b"0" * 50, b"ID3\x04" + b"0" * 50


@pytest.fixture
def page(meta: Meta) -> Account:
    return meta.account("messenger")


@pytest.mark.promise("CH4", "IN7")
@pytest.mark.parametrize(("said", "helped"), [("Good response", True), ("Bad response", False), ("good Response", True)])
def test_a_thumb_below_an_answer_is_read(said: str, helped: bool) -> None:
    (found,) = read(event(response_feedback={"feedback": said, "mid": "m_1"})).happenings
    assert isinstance(found, Rated)
    assert (found.target, found.helped) == ("m_1", helped)


@pytest.mark.parametrize("broken", [{}, {"feedback": "Good response"}, {"mid": "m_1"}, {"feedback": 5, "mid": ["x"]}])
def test_a_thumb_that_says_nothing_is_ignored(broken: dict[str, Any]) -> None:
    (found,) = read(event(response_feedback=broken)).happenings
    assert isinstance(found, Ignored)


@pytest.mark.promise("CH4", "IN7")
def test_the_thumb_counts_for_the_agents_answer_and_for_nothing_else(meta: Meta, page: Account) -> None:
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    answer = meta.agent_says(talk)
    (sent,) = meta.delivers(talk)
    for said in ("Good response", "Bad response"):
        meta.take(page, meta.event(page, response_feedback={"feedback": said, "mid": sent["id"]}))
    meta.take(page, meta.event(page, response_feedback={"feedback": "Good response", "mid": "m_unknown"}))
    persons = meta.replies(talk)
    (sent,) = meta.delivers(talk)
    meta.take(page, meta.event(page, response_feedback={"feedback": "Bad response", "mid": sent["id"]}))

    def given(id: str) -> Any:
        return meta.shop.database.run(lambda tx: tx.scalar(select(entry.c.data["feedback"].as_string()).where(entry.c.id == id)))

    assert (given(answer), given(persons)) == ("down", None)


@pytest.mark.promise("CH4", "CH8")
@pytest.mark.parametrize(("action", "hours"), [("react", 1.0), ("unreact", 23.0)])
def test_a_reaction_to_a_message_opens_the_window_and_taking_it_back_does_not(
    meta: Meta, page: Account, action: str, hours: float
) -> None:
    talk = meta.hears(page)
    meta.replies(talk)
    (sent,) = meta.delivers(talk)
    meta.passes(hours=22)
    meta.take(page, meta.event(page, reaction={"mid": sent["id"], "action": action, "emoji": "❤"}))
    meta.passes(hours=1)
    found = meta.talk(talk)
    heard = meta.shop.database.run(last_heard_at, found.contact_id, page.id)
    since = meta.shop.database.clock.now() - heard
    assert abs(since - timedelta(hours=hours)) < timedelta(minutes=1)


@pytest.mark.promise("CH4")
def test_a_tap_keeps_the_advertisement_that_it_began_at() -> None:
    referral = {"ref": "spring", "source": "ADS", "type": "OPEN_THREAD", "ad_id": "77"}
    (found,) = read(event(postback={"mid": "m_1", "title": "Begin", "payload": "GO", "referral": referral})).happenings
    assert isinstance(found, Inbound)
    assert found.data["referral"] == referral


@pytest.mark.promise("CH4")
def test_products_and_bookings_are_named_and_kept() -> None:
    product = {"type": "template", "payload": {"product": {"elements": [{"title": "City 7"}, {"title": "Rear light"}]}}}
    booking = {"type": "appointment_booking", "payload": {"booking": {"id": "b1"}}}
    (found,) = read(event(message={"mid": "m_1", "attachments": [product, booking]})).happenings
    assert isinstance(found, Inbound)
    assert found.text == "City 7, Rear light\n(appointment booking)"
    assert found.data["booking"] == {"id": "b1"}
    assert found.data["product"]["elements"][0]["title"] == "City 7"


@pytest.mark.promise("CH4")
@pytest.mark.parametrize(
    ("media_type", "content", "taken"), [("audio/mpeg", MP3, True), ("image/png", PNG, False)], ids=["audio", "picture"]
)
def test_audio_and_video_take_from_a_smaller_allowance(
    meta: Meta, page: Account, media_type: str, content: bytes, taken: bool
) -> None:
    talk = meta.hears(page)
    meta.replies(talk, "", files=(Attachment(media_type.partition("/")[0], "a", media_type, len(content), content=content),))
    assert meta.delivers(talk)
    keys = meta.shop.database.run(lambda tx: [str(row.key) for row in tx.rows(text("select key from bucket"))])
    assert (f"{page.id}|heavy" in keys) is taken


def test_a_reaction_says_whether_it_opens() -> None:
    found = [read(event(reaction={"mid": "m_1", "action": one})).happenings[0] for one in ("react", "unreact")]
    assert [one.opens_window for one in found if isinstance(one, Reaction)] == [True, False]


@pytest.mark.promise("CH4")
def test_an_answer_is_a_response_and_what_follows_it_an_update_until_the_customer_writes_again(meta: Meta) -> None:
    page = meta.account("messenger")
    talk = meta.hears(page, id="m_1")
    meta.replies(talk, "An answer. " * 250)  # two parts of one answer
    meta.replies(talk, "And something else.")
    types = [one["body"]["messaging_type"] for one in meta.delivers(talk)]
    assert types == ["RESPONSE", "RESPONSE", "UPDATE"]
    meta.hears(page, "Thanks. And in red?", "m_2")
    meta.replies(talk, "In red too.")
    assert [one["body"]["messaging_type"] for one in meta.delivers(talk)] == ["RESPONSE"]
