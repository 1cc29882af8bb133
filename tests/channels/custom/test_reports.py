"""How far messages got, as a custom channel reports it: failures final, provisional or to be tried again; several ids."""

import json
from datetime import timedelta
from typing import Any

import pytest

from firstline.channels.pausing import ATTEMPTS, PAUSES
from firstline.kit.clock import FixedClock
from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office, receiver
from tests.world import Shop

__all__ = ["receiver"]
pytestmark = pytest.mark.promise("CC1")
LONG = timedelta(days=1)
BUSY: dict[str, Any] = {"status": "failed", "error": "The messenger is busy", "code": "E17", "retryable": True}
WAITS = ("pending", "The messenger is busy (code E17)")


@pytest.fixture
def office(shop: Shop, receiver: Receiver) -> Office:
    """An office that sent one message; ``receiver`` has taken it."""
    made = Office(shop, url=receiver.url)
    made.reply(made.talk(), "We open at nine.")
    made.deliver(talk_of(made))
    return made


def talk_of(office: Office) -> str:
    return str(office.web.get("/api/v1/conversations").json()["items"][0]["id"])


def posted(receiver: Receiver) -> list[tuple[str, int]]:
    return [(headers["webhook-id"], json.loads(body)["data"]["attempt"]) for headers, body in receiver.got]


def state(office: Office) -> tuple[str, str | None]:
    return office.state(talk_of(office))[-1]


def message_in(receiver: Receiver) -> str:
    return str(json.loads(receiver.got[0][1])["data"]["message_id"])


def test_a_failure_that_may_be_tried_again_is_by_the_schedule_and_under_the_same_id(
    office: Office, receiver: Receiver, clock: FixedClock
) -> None:
    message = message_in(receiver)
    assert office.report(message, **BUSY).json()["status"] == "pending"
    assert office.report(message, **BUSY).json()["status"] == "pending", "told twice, waited for once"
    assert state(office) == WAITS
    office.deliver(talk_of(office))
    assert len(receiver.got) == 1, "not before its time"
    clock.advance(timedelta(seconds=PAUSES[0] * 1.2))
    office.deliver(talk_of(office))
    assert posted(receiver) == [(message, 1), (message, 2)]
    assert state(office) == ("sent", None)
    clock.advance(timedelta(seconds=1))
    late = office.report(message, **BUSY, attempt=1)
    assert late.json()["status"] == "sent", "the first attempt failed, which is known and was mended"
    clock.advance(timedelta(seconds=1))
    assert office.report(message, **BUSY, attempt=2).json()["status"] == "pending"
    assert office.report(message, status="delivered").json()["status"] == "delivered"
    clock.advance(LONG)
    office.deliver(talk_of(office))
    assert len(receiver.got) == 2, "what arrived meanwhile is not sent again"
    assert office.report(message, **BUSY).json()["status"] == "delivered"


def test_a_message_is_tried_so_often_then_it_has_failed_and_people_are_told_why(
    office: Office, receiver: Receiver, clock: FixedClock
) -> None:
    message, talk = message_in(receiver), talk_of(office)
    for number in range(1, ATTEMPTS):
        assert office.report(message, **BUSY, attempt=number).json()["status"] == "pending"
        clock.advance(LONG)
        office.deliver(talk)
    assert len(receiver.got) == ATTEMPTS
    assert office.report(message, **BUSY, attempt=ATTEMPTS).json()["status"] == "failed"
    assert state(office) == ("failed", WAITS[1])
    assert office.report(message, **BUSY).json()["status"] == "failed", "a person tries again, or nobody"


@pytest.mark.parametrize("by_hook", [False, True])
def test_a_failure_without_that_is_final_and_says_text_and_code(office: Office, receiver: Receiver, by_hook: bool) -> None:
    said = {"status": "failed", "error": "Blocked by the customer", "code": "E3", "retryable": False}
    if by_hook:
        assert office.hook({"type": "message.status", "data": {"message_id": message_in(receiver), **said}}) == 200
    else:
        assert office.report(message_in(receiver), **said).json()["status"] == "failed"
    assert state(office) == ("failed", "Blocked by the customer (code E3)")
    office.deliver(talk_of(office))
    assert len(receiver.got) == 1


def test_what_somebody_tries_again_after_a_reported_failure_is_sent(office: Office, receiver: Receiver) -> None:
    office.report(message_in(receiver), status="failed", error="Blocked")
    talk = talk_of(office)
    office.web.post(f"/api/v1/conversations/{talk}/messages/{message_in(receiver)}/try-again").raise_for_status()
    office.deliver(talk_of(office))
    assert (len(receiver.got), state(office)) == (2, ("sent", None))


def test_a_provisional_failure_is_waited_for_and_turns_into_a_success(office: Office, receiver: Receiver) -> None:
    """Conformance case 38: failed with ``final: false``, later delivered."""
    message = message_in(receiver)
    assert office.report(message, status="failed", final=False).json()["status"] == "failed"
    office.deliver(talk_of(office))
    assert len(receiver.got) == 1, "the channel itself goes on trying"
    assert office.report(message, status="delivered").json()["status"] == "delivered"
    assert office.report(message, status="failed", final=False).json()["status"] == "delivered"


def test_a_provisional_failure_may_become_one_to_be_tried_again(office: Office, receiver: Receiver, clock: FixedClock) -> None:
    message = message_in(receiver)
    office.report(message, status="failed", final=False)
    clock.advance(timedelta(seconds=1))
    assert office.report(message, **BUSY, final=False).json()["status"] == "pending"
    clock.advance(LONG)
    office.deliver(talk_of(office))
    assert len(receiver.got) == 2


def test_a_report_that_overtakes_the_answer_of_the_webhook_counts(shop: Shop, clock: FixedClock) -> None:
    """A bridge tells what its messenger said before it answers the delivery."""
    told: list[int] = []
    desk: list[Office] = []

    def answers(headers: dict[str, str], body: bytes) -> None:
        if len(told) < 2:
            said = BUSY if not told else {"status": "failed", "error": "Gone"}
            told.append(desk[0].report(json.loads(body)["data"]["id"], **said).status_code)

    receiver = Receiver(then=answers)
    office = Office(shop, url=receiver.url)
    desk.append(office)
    office.reply(office.talk(), "We open at nine.")
    talk = talk_of(office)
    office.deliver(talk)
    assert state(office) == WAITS
    clock.advance(LONG)
    office.deliver(talk)
    assert (told, state(office)) == ([200, 200], ("failed", "Gone"))
    receiver.close()


def test_one_message_may_become_several_and_is_known_by_each_of_their_ids(shop: Shop) -> None:
    receiver = Receiver(says=b'{"ids": ["c1", 2, "c2", "c2", null, ""]}')
    office = Office(shop, url=receiver.url)
    office.reply(office.talk(), "We open at nine.")
    office.deliver(talk_of(office))
    message = message_in(receiver)
    for name, status in (("c1", "delivered"), ("2", "read")):
        assert office.report(name, status=status).json()["status"] == status
    assert office.report(message, status="read", external_id="d1", external_ids=["d2", "d3"]).status_code == 200
    assert [office.report(name, status="read").status_code for name in ("c2", "d1", "d2", "d3", "d4")] == [200] * 4 + [404]
    for name in ("d3", message):
        event = {"message_id": name, "sender": {"id": "mira"}, "emoji": "👍", "timestamp": "2026-11-22T09:46:00Z"}
        assert office.hook({"type": "message.reaction", "data": event}) == 200
    timeline = office.web.get(f"/api/v1/conversations/{talk_of(office)}").json()["timeline"]
    (reply,) = [one for one in timeline if one["delivery"]]
    assert [one["emoji"] for one in reply["data"]["reactions"].values()] == ["👍"]
    receiver.close()


@pytest.mark.parametrize(
    "wrong", [{"retryable": "perhaps"}, {"attempt": "first"}, {"external_ids": "c1"}, {"external_ids": [""]}, {"final": []}]
)
def test_a_report_that_cannot_be_right_is_refused_and_moves_nothing(office: Office, receiver: Receiver, wrong: Any) -> None:
    assert office.report(message_in(receiver), status="failed", **wrong).status_code == 422
    assert office.report(message_in(receiver), **BUSY, attempt=10**30).json()["status"] == "sent"
    assert state(office) == ("sent", None)
