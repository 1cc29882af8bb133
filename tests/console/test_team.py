"""The board, the queues, availability, waiting times and business hours in the console (RT3–RT5, RT7)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import insert

from firstline.agent.surroundings import SURROUNDINGS
from firstline.clocks.commands import wind
from firstline.clocks.jobs import Clocks
from firstline.clocks.queries import policy_of, without
from firstline.console import durations
from firstline.kit.clock import FixedClock
from firstline.kit.database import Event, Tx
from firstline.kit.errors import Invalid
from firstline.people.availability import commands, queries
from firstline.people.availability.queries import Presence
from firstline.people.commands import set_available
from firstline.routing import commands as routing
from firstline.routing import deciding
from firstline.routing.capacity import capacity_of, set_capacity
from firstline.routing.tables import waiting
from firstline.routing.workload import Capacity
from tests.conftest import NOW
from tests.console.office import Office

HOURS: dict[str, Any] = {
    "hours": "during",
    "timezone": "Europe/Berlin",
    "days": ["weekdays"],
    "start": ["09:00"],
    "end": ["17:00"],
}
BY_HAND: dict[str, Any] = {"hours": "all", "away-from": "", "away-until": "", "away-note": ""}
LIMITS = {"calls": "", "messaging": "2", "email": "0"}


def words(page: str, selector: str = "body") -> str:
    return " ".join(LexborHTMLParser(page).css_first(selector).text(separator=" ").split())


def presence(office: Office) -> Presence:
    return office.shop.database.run(queries.presence_of, office.shop.samira.id)


@pytest.fixture
def ines(office: Office) -> TestClient:
    return office.client(office.shop.ines)


@pytest.fixture
def samira(office: Office) -> TestClient:
    return office.client(office.shop.samira)


@pytest.fixture
def busy(office: Office) -> Office:
    """Three chats for Samira, who may have two."""
    shop = office.shop
    given: dict[str, Any] = {"agent_id": office.velo, "channel_account_id": shop.chat.channel_account_id}
    fallback = {"kind": "teammates", "ids": [shop.samira.id]}
    shop.database.run(routing.deploy, SURROUNDINGS, **given, coverage=0, fallback=fallback, by=shop.ines)
    shop.database.run(set_capacity, shop.samira.id, {"messaging": 2}, by=shop.ines)
    for visitor in "abc":
        heard = shop.hears(f"Question {visitor}", visitor=visitor)
        shop.database.run(deciding.route, SURROUNDINGS, heard.conversation_id)

    def note(tx: Tx) -> None:
        row = {"conversation_id": heard.conversation_id, "destination": fallback, "epoch": 1, "since": tx.now}
        tx.execute(insert(waiting).values(**row))

    shop.database.run(note)
    return office


@pytest.mark.promise("RT4", "RT5")
def test_the_board_shows_who_has_how_much_to_do_and_what_waits(busy: Office, ines: TestClient) -> None:
    page = ines.get("/team/board").text
    row = next(one for one in LexborHTMLParser(page).css("tbody tr") if "Samira" in one.text())
    assert "2 of 2" in " ".join(row.text().split())
    assert "3 available of 3 teammates" in words(page, ".figures")
    assert "1 waiting" in words(page, ".figures")
    assert "1 waits" in words(page, ".plain-list")
    assert words(ines.get("/team/board/live").text) in words(page)


@pytest.mark.promise("RT3")
def test_a_queue_lists_what_waits_and_for_whom(busy: Office, ines: TestClient) -> None:
    page = ines.get("/team/queues").text
    assert "Question c" in words(page, "tbody")
    assert "Samira Bakri" in words(page, "tbody")
    assert "Nobody waits here" in ines.get(f"/team/queues/{busy.shop.service}").text
    assert ines.get("/team/queues/tem_nothing").status_code == 404
    assert "Nothing is overdue" in ines.get("/team/queues/overdue").text


@pytest.mark.promise("RT7")
def test_the_number_of_what_is_overdue_opens_the_list_with_whoever_has_it(busy: Office, ines: TestClient) -> None:
    database, clock = busy.shop.database, busy.shop.database.clock
    assert isinstance(clock, FixedClock)
    for one in database.run(without):
        database.run(wind, one)
    clock.advance(timedelta(minutes=30))
    asyncio.run(Clocks(database, SURROUNDINGS).ring_due())
    assert "3 overdue" in words(ines.get("/team/board").text, ".figures")
    listed = words(ines.get("/team/queues/overdue").text, "tbody")
    assert "Question a" in listed
    assert "Samira Bakri" in listed


@pytest.mark.promise("RT4", "RT5")
def test_a_manager_sets_capacity_hours_and_absence_of_a_teammate(office: Office, ines: TestClient) -> None:
    url = f"/team/board/{office.shop.samira.id}"
    assert "Samira Bakri" in words(ines.get(url).text, "dialog.panel")
    away = {"away-from": "2026-12-24T09:00", "away-until": "2027-01-02T09:00", "away-note": "Skiing"}
    ines.post(url, data={**HOURS, **LIMITS, **away})
    found = presence(office)
    assert office.shop.database.run(capacity_of, office.shop.samira.id) == Capacity(None, 2, 0)
    assert found.plan.hours is not None
    assert found.plan.absence is not None
    assert (found.plan.absence.start.isoformat(), found.plan.absence.note) == ("2026-12-24T08:00:00+00:00", "Skiing")
    ines.post(url, data={**BY_HAND, **LIMITS})
    assert (presence(office).plan.hours, presence(office).plan.absence) == (None, None)


def test_saving_what_was_not_changed_switches_nobody(office: Office, samira: TestClient) -> None:
    samira.post("/settings/availability", data={**BY_HAND, **HOURS})
    office.shop.database.run(set_available, office.shop.samira.id, True, by=office.shop.samira)
    samira.post("/settings/availability", data={**BY_HAND, **HOURS})
    assert presence(office).available


@pytest.mark.parametrize(
    ("entered", "text"),
    [
        ({"away-from": "2026-12-24T09:00"}, "until when"),
        ({"away-until": "tomorrow"}, "is no time"),
        ({"away-until": "2020-01-01T00:00"}, "before the start"),
        ({"away-from": "2026-12-24T09:00", "away-until": "2026-12-23T09:00"}, "before the start"),
        ({**HOURS, "start": ["17:00"]}, "Row 1 is empty"),
        ({**HOURS, "timezone": "Mars/Olympus"}, "time zone"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_everything_that_was_entered_stays(
    office: Office, samira: TestClient, entered: dict[str, Any], text: str
) -> None:
    answer = samira.post("/settings/availability", data={**BY_HAND, **entered, "away-note": "Skiing"})
    assert answer.status_code == 422
    assert text in words(answer.text)
    assert LexborHTMLParser(answer.text).css_first("[name=away-note]").attributes["value"] == "Skiing"
    assert presence(office).plan.absence is None


@pytest.mark.parametrize("limit", ["-1", "many", "1001", "1.5", "٣"])
def test_a_capacity_that_is_none_is_refused_at_its_field(office: Office, ines: TestClient, limit: str) -> None:
    answer = ines.post(f"/team/board/{office.shop.samira.id}", data={**BY_HAND, **LIMITS, "messaging": limit})
    assert answer.status_code == 422
    assert LexborHTMLParser(answer.text).css_first("#messaging").attributes["aria-invalid"] == "true"


@pytest.mark.promise("RT4", "PM1")
def test_without_the_permission_others_cannot_be_changed_and_the_board_is_not_in_the_menu(
    office: Office, samira: TestClient
) -> None:
    url = f"/team/board/{office.shop.jonas.id}"
    assert samira.post(url, data={**BY_HAND, **HOURS}).status_code == 403
    assert samira.post(f"{url}/availability", data={"available": "no"}).status_code == 403
    assert 'href="/team/board"' not in samira.get("/settings/availability").text


@pytest.mark.promise("RT4")
def test_whoever_was_set_away_by_a_manager_is_told_who_did_it_and_can_come_back(office: Office, samira: TestClient) -> None:
    database, shop = office.shop.database, office.shop
    database.run(set_available, shop.samira.id, False, by=shop.ines)
    noted = {"kind": "teammate.availability_changed", "by": shop.ines.id, "why": "by_hand"}
    database.run(commands.note_switch, Event(1, str(noted["kind"]), shop.samira.id, noted, NOW))
    page = samira.get("/settings/availability").text
    assert "Ines Moreau set you away. Set yourself available" in words(page, ".banner")
    assert "Ines Moreau set you away." in words(page, ".you-head")


@pytest.mark.promise("RT4")
def test_away_for_an_hour_or_until_tomorrow_from_the_menu(office: Office, samira: TestClient) -> None:
    samira.post("/you/away", data={"for": "hour"})
    found = presence(office)
    assert found.plan.absence is not None
    assert (found.available, found.plan.absence.end) == (False, NOW + timedelta(hours=1))
    assert "Out of office" in words(samira.get("/settings/availability").text, ".card")
    samira.post("/you/away", data={"for": "tomorrow"})
    found = presence(office)
    assert found.plan.absence is not None
    assert found.plan.absence.end.isoformat() == "2026-11-23T08:00:00+00:00"


@pytest.mark.promise("RT7", "IN8")
def test_waiting_times_are_written_as_people_write_them(office: Office, ines: TestClient) -> None:
    page = LexborHTMLParser(ines.get("/settings/waiting-times/email").text)
    entered = {str(one.attributes["name"]): one.attributes["value"] for one in page.css("form.form-page input[type=text]")}
    assert (entered["agent"], entered["close"], entered["tell"]) == ("20 min", "3 days", "")
    ines.post("/settings/waiting-times/email", data={**entered, "remind": "2 days", "close": "1 week", "business_hours": "on"})
    policy = office.shop.database.run(policy_of, "email")
    assert (policy.remind, policy.close, policy.business_hours) == (2880, 10_080, True)
    for wrong in ({"alert": ""}, {"alert": "soon"}, {"remind": "8 days"}, {"agent": "0"}, {"close": "1000 days"}):
        answer = ines.post("/settings/waiting-times/email", data={**entered, **wrong})
        assert answer.status_code == 422
    assert office.shop.database.run(policy_of, "email") == policy
    assert ines.get("/settings/waiting-times/letters").status_code == 404


@pytest.mark.parametrize(("written", "minutes"), [("15", 15), ("15min", 15), ("2 hours", 120), ("1 d", 1440), ("", None)])
def test_durations_are_read(written: str, minutes: int | None) -> None:
    assert durations.read(written, "x") == minutes
    assert durations.read(durations.shown(minutes), "x") == minutes
    with pytest.raises(Invalid):
        durations.read(written + " fortnights", "x")


def test_business_hours_are_set_and_shown(office: Office, ines: TestClient, samira: TestClient) -> None:
    ines.post("/settings/business-hours", data=HOURS)
    assert office.shop.database.run(queries.the_business_hours).mode == "during"
    page = LexborHTMLParser(ines.get("/settings/business-hours").text)
    assert page.css_first("[name=hours][checked]").attributes["value"] == "during"
    assert ines.post("/settings/business-hours", data={**HOURS, "end": ["09:00"]}).status_code == 422
    assert samira.post("/settings/business-hours", data={"hours": "all"}).status_code == 403
    assert "now, Sunday 10:46" in samira.post("/schedule/week", data={**HOURS, "on-name": "Open", "off-name": "Closed"}).text
