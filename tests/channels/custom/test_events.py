"""What happens to messages on a custom channel, and who has the word there: over REST and by signed webhooks alike."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from firstline.channels.tables import dead_letter
from firstline.conversations.record import locked
from firstline.conversations.rules import OwnerKind
from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office, receiver
from tests.world import Shop

__all__ = ["receiver"]
pytestmark = pytest.mark.promise("CC1")
_LETTERS = select(dead_letter.c.id)
MIRA = {"id": "mira", "name": "Mira"}


class Tells:
    """A bridge that tells by REST, or by signed webhooks."""

    def __init__(self, office: Office, *, by_rest: bool) -> None:
        self.office, self.by_rest = office, by_rest

    def __call__(self, kind: str, **data: Any) -> int:
        if not self.by_rest:
            return self.office.hook({"type": kind, "data": data})
        body = {"account_id": self.office.account, "type": kind, "data": data}
        return int(self.office.web.post(f"/api/v1/custom-channels/{self.office.channel}/events", json=body).status_code)


@pytest.fixture(params=[True, False], ids=["REST", "webhook"])
def tells(shop: Shop, request: pytest.FixtureRequest) -> Tells:
    return Tells(Office(shop), by_rest=request.param)


def messages(office: Office, talk: str) -> list[dict[str, Any]]:
    return [one for one in office.web.get(f"/api/v1/conversations/{talk}").json()["timeline"] if one["kind"] == "message"]


def test_a_message_is_changed_reacted_to_and_taken_back_once_and_in_its_order(tells: Tells) -> None:
    office = tells.office
    talk = office.publish("My order is A-1", "m1").json()["conversation_id"]
    assert tells("message.edited", message_id="m1", text="My order is A-2", timestamp="2026-11-22T09:45:00Z") in (200, 202)
    assert tells("message.edited", message_id="m1", text="too late", timestamp="2026-11-22T09:44:00Z") in (200, 202)
    assert [one["text"] for one in messages(office, talk)] == ["My order is A-2"]
    assert tells("message.reaction", message_id="m1", sender=MIRA, emoji="👍") in (200, 202)
    assert [one["emoji"] for one in messages(office, talk)[0]["data"]["reactions"].values()] == ["👍"]
    assert tells("message.deleted", message_id="m1", timestamp="2026-11-22T09:46:00Z") in (200, 202)
    assert [one["text"] for one in messages(office, talk)] == [""]
    assert tells("message.deleted", message_id="unknown") in (200, 202)


def test_another_program_that_takes_the_word_stops_the_agent_until_it_gives_it_back(shop: Shop, tells: Tells) -> None:
    office = tells.office
    talk = office.talk()
    shop.gives_to_agent(talk)
    assert tells("control.asked", customer=MIRA, by="Desk of the forum") in (200, 202)
    assert shop.database.run(locked, talk).owner.kind is OwnerKind.AGENT
    assert tells("control.taken", customer=MIRA, by="Desk of the forum", timestamp="2026-11-22T09:45:00Z") in (200, 202)
    assert shop.database.run(locked, talk).owner.kind is OwnerKind.NOBODY
    warnings = office.web.get(f"/api/v1/conversations/{talk}/writing").json()["warnings"]
    assert "Desk of the forum has the word" in warnings[0]
    assert tells("control.returned", customer=MIRA, timestamp="2026-11-22T09:46:00Z") in (200, 202)
    assert office.web.get(f"/api/v1/conversations/{talk}/writing").json()["warnings"] == []


WRONG: dict[str, dict[str, Any]] = {
    "message.edited": {"message_id": "m1"},
    "message.deleted": {},
    "message.reaction": {"message_id": "m1", "emoji": "👍"},
    "control.taken": {"customer": "mira"},
    "control.returned": {"customer": {"id": ""}},
    "control.asked": {"customer": MIRA, "timestamp": "yesterday"},
}


@pytest.mark.parametrize("kind", WRONG)
def test_an_event_that_cannot_be_right_is_refused_or_a_dead_letter(tells: Tells, kind: str) -> None:
    assert tells(kind, **WRONG[kind]) == (422 if tells.by_rest else 200)
    if not tells.by_rest:
        letters = tells.office.database.run(lambda tx: tx.rows(_LETTERS))
        assert len(letters) == 1


def test_an_event_of_a_type_that_is_not_known_is_refused_by_rest_and_ignored_by_webhook(tells: Tells) -> None:
    assert tells("message.sung", message_id="m1") == (422 if tells.by_rest else 200)


def test_what_is_of_no_known_kind_is_named_and_does_not_vanish(shop: Shop) -> None:
    office = Office(shop)
    talk = office.publish("", "m1", unsupported="poll").json()["conversation_id"]
    assert messages(office, talk)[0]["text"] == "(Sent something that is not passed on: poll)"
    empty = office.publish("", "m2")
    assert (empty.status_code, "text, attachments, or unsupported" in empty.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "timestamp", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-22T09:00:00", "soon", 1e300]
)
def test_a_time_that_is_none_is_refused_and_one_of_tomorrow_is_now(shop: Shop, timestamp: Any) -> None:
    office = Office(shop, window_hours=1)
    assert office.publish("Hello", "m1", timestamp=timestamp).status_code == 422
    talk = office.publish("Hello", "m2", timestamp="2027-01-01T00:00:00Z").json()["conversation_id"]
    closes = office.web.get(f"/api/v1/conversations/{talk}/writing").json()["closes_at"]
    assert closes.startswith("2026-11-22T10:46")


def test_a_report_with_a_time_without_zone_is_refused(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, receipts=["delivered"])
    talk = office.talk()
    office.reply(talk, "Hi")
    office.deliver(talk)
    (message,) = [json.loads(body)["data"]["id"] for _headers, body in receiver.got]
    assert office.report(message, status="delivered", timestamp="2026-11-22T09:46:00").status_code == 422
    assert office.report(message, status="delivered", timestamp="2026-11-22T09:46:00Z").status_code == 200


def test_media_types_that_were_not_declared_go_as_links(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, attachments=["image"], attachment_types=["image/jpeg"])
    talk = office.talk()
    office.reply(talk, "Look", attachments=[{"name": "a.png", "content": "iVBORw0KGgoAAAA="}])
    office.deliver(talk)
    (message,) = [json.loads(body)["data"] for _headers, body in receiver.got]
    assert message["attachments"] == []
    assert "a.png: https://desk.example/files/" in message["text"]
