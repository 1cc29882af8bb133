"""Who answers?: fourteen days of each deployment, and who would get a conversation at a certain time (DP8)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from firstline.agent.surroundings import SURROUNDINGS
from firstline.console.parts_week import days_of
from firstline.hours.document import from_json
from firstline.routing import commands
from firstline.routing.explaining import explain
from tests.console.office import Office

HERE = "/customer-agent/who-answers"
OFFICE_HOURS = {
    "mode": "outside",
    "timezone": "Europe/Berlin",
    "rows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00"}],
    "holidays": [{"date": "2026-11-25", "name": "Inventory", "rows": []}],
}


@pytest.fixture
def deployed(office: Office) -> Office:
    """The office with Velo deployed outside its hours."""
    given: dict[str, Any] = {"agent_id": office.velo, "channel_account_id": office.shop.chat.channel_account_id}
    fallback = {"kind": "teams", "ids": [office.shop.service]}
    office.shop.database.run(commands.deploy, SURROUNDINGS, **given, hours=OFFICE_HOURS, fallback=fallback, by=office.shop.ines)
    return office


def test_without_a_deployment_the_screen_says_what_to_do(office: Office) -> None:
    page = LexborHTMLParser(office.client(office.shop.ines).get(HERE).text)
    assert "No deployments yet" in page.text()
    assert page.css_matches('a[href="/customer-agent/channels/deploy"]')


@pytest.mark.promise("DP8")
def test_each_deployment_shows_fourteen_days_with_holidays_and_now(deployed: Office) -> None:
    page = LexborHTMLParser(deployed.client(deployed.shop.ines).get(HERE).text)
    assert len(page.css("svg.week rect.off")) == 14
    assert "Velo answers now, Sunday 10:46. Next change Monday 08:00." in " ".join(page.text().split())
    assert "Wednesday 25.11.: Inventory." in page.text()


@pytest.mark.promise("DP8")
@pytest.mark.parametrize(("at", "who"), [("2026-11-23T10:00", "Service team"), ("2026-11-23T19:00", "Velo"), ("", "Velo")])
def test_asked_for_a_time_it_says_who_and_why_the_same_as_the_command_line(deployed: Office, at: str, who: str) -> None:
    account = deployed.shop.chat.channel_account_id
    answer = deployed.client(deployed.shop.ines).get(HERE, params={"channel": account, "at": at})
    told = LexborHTMLParser(answer.text).css_first(".told")
    assert told.css_first("b").text() == who
    instant = datetime.fromisoformat(at) if at else None
    found = deployed.shop.database.run(explain, SURROUNDINGS, account, instant)
    assert [one.text() for one in told.css(".looked span")] == [reason.text for reason in found.decision.reasons]


@pytest.mark.parametrize(("channel", "at"), [("cha_nothing", ""), ("<script>", "x"), ("", "")])
def test_a_question_that_cannot_be_answered_is_no_error_page(deployed: Office, channel: str, at: str) -> None:
    answer = deployed.client(deployed.shop.ines).get(HERE, params={"channel": channel, "at": at})
    assert answer.status_code == 200
    assert "<script>" not in answer.text


@pytest.mark.parametrize("at", ["tomorrow", "9999-01-01T00:00", "0001-01-01T00:00", "2026-13-01", "\x00"])
def test_a_time_that_is_none_is_refused_at_its_field(deployed: Office, at: str) -> None:
    answer = deployed.client(deployed.shop.ines).get(HERE, params={"channel": deployed.shop.chat.channel_account_id, "at": at})
    assert answer.status_code == 200
    assert LexborHTMLParser(answer.text).css_first("#at").attributes["aria-invalid"] == "true"


@pytest.mark.promise("DP8", "WH4")
def test_days_on_which_clocks_change_are_marked(deployed: Office) -> None:
    schedule = from_json(OFFICE_HOURS)
    spring = days_of(schedule, datetime(2027, 3, 22, 9, tzinfo=UTC), on_name="Velo", off_name="People")
    assert [row.label for row in spring.rows if row.skipped] == ["Sun 28"]
    assert spring.notes == ("Sunday 28.3.: clocks go forward, 02:00–03:00 does not exist.",)
    autumn = days_of(schedule, datetime(2027, 10, 25, 9, tzinfo=UTC), on_name="Velo", off_name="People")
    assert [row.label for row in autumn.rows if row.repeated] == ["Sun 31"]
    assert autumn.notes == ("Sunday 31.10.: clocks go back, 02:00–03:00 counts twice.",)
