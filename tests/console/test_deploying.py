"""Channels and the side panel Deploy agent."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser

from firstline.routing import queries
from firstline.routing.queries import Deployment
from tests.console.office import Office

HERE = "/customer-agent/channels"


@pytest.fixture
def client(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


def form(office: Office, **more: Any) -> dict[str, Any]:
    """What the panel sends."""
    filled = {
        "account": office.shop.chat.channel_account_id,
        "agent_id": office.velo,
        "hours": "outside",
        "timezone": "Europe/Berlin",
        "days": ["weekdays", "sat"],
        "start": ["08:00", "22:00"],
        "end": ["18:00", "02:00"],
        "fallback": "teams",
        "fallback-teams": [office.shop.service],
        "coverage": "100",
    }
    return filled | more


def deployed(office: Office) -> list[Deployment]:
    """What is deployed."""
    return list(office.shop.database.run(queries.deployments))


@pytest.mark.promise("DP1", "WH1", "WH2")
def test_the_agent_is_deployed_with_hours_fallback_and_coverage(office: Office, client: TestClient) -> None:
    page = LexborHTMLParser(client.post(f"{HERE}/deploy", data=form(office, coverage="60")).text)
    (made,) = deployed(office)
    assert (made.hours.mode, made.hours.zone, made.coverage) == ("outside", "Europe/Berlin", 60)
    assert [(row.days, row.start, row.end) for row in made.hours.rows] == [((0, 1, 2, 3, 4), 480, 1080), ((5,), 1320, 120)]
    assert made.fallback is not None
    assert made.fallback.ids == (office.shop.service,)
    row = page.css_first("tbody tr").text(separator=" ", strip=True)
    for words in ("Website chat", "Inbox", "Only outside specific hours", "Service team", "60%", "Live"):
        assert words in row
    assert "Agent deployed" in page.css_first(".toast").text()


@pytest.mark.promise("WH5")
def test_overlapping_rows_are_refused_with_the_row_named_and_everything_kept(office: Office, client: TestClient) -> None:
    wrong = form(office, days=["weekdays", "wed"], start=["08:00", "10:00"], end=["18:00", "12:00"])
    answer = client.post(f"{HERE}/deploy", data=wrong)
    panel = LexborHTMLParser(answer.text).css_first("dialog.panel")
    assert answer.status_code == 422
    assert "Row 2" in panel.css_first(".error").text()
    assert [one.attributes["value"] for one in panel.css(".hours input[name=start]")] == ["08:00", "10:00"]
    assert deployed(office) == []


@pytest.mark.parametrize("coverage", ["", "abc", "-1", "101", "1.5", "٥٠", "1" * 40])
def test_a_coverage_that_is_no_percentage_is_refused_at_the_field(office: Office, client: TestClient, coverage: str) -> None:
    answer = client.post(f"{HERE}/deploy", data=form(office, coverage=coverage))
    assert answer.status_code == 422
    field = LexborHTMLParser(answer.text).css_first("#coverage")
    assert field.attributes["aria-invalid"] == "true"
    assert deployed(office) == []


def test_a_channel_where_an_agent_is_deployed_cannot_be_chosen_again(office: Office, client: TestClient) -> None:
    client.post(f"{HERE}/deploy", data=form(office))
    assert client.post(f"{HERE}/deploy", data=form(office)).status_code == 409
    panel = LexborHTMLParser(client.get(f"{HERE}/deploy").text)
    assert panel.css_first("#account") is None
    assert "deployed on every channel account" in panel.text()


@pytest.mark.promise("DP3")
def test_the_hours_of_a_row_open_the_panel_again_with_what_was_set(office: Office, client: TestClient) -> None:
    client.post(f"{HERE}/deploy", data=form(office))
    (made,) = deployed(office)
    panel = LexborHTMLParser(client.get(f"{HERE}/{made.id}").text).css_first("dialog.panel")
    assert [one.attributes["value"] for one in panel.css(".hours option[selected]")] == ["weekdays", "sat"]
    assert panel.css_first("[name=hours][checked]").attributes["value"] == "outside"
    assert panel.css_first(f'[value="{office.shop.service}"]').attributes.get("checked", "no") is None
    client.post(f"{HERE}/{made.id}", data=form(office, hours="all", fallback="nobody"))
    (changed,) = deployed(office)
    assert changed.hours.mode == "all"
    assert changed.fallback is not None
    assert changed.fallback.kind == "nobody"


@pytest.mark.promise("WH2")
def test_holidays_are_entered_with_hours_of_their_own_or_closed_and_come_back(office: Office, client: TestClient) -> None:
    holidays = {
        "holiday": ["2026-12-25", "2026-12-24", ""],
        "holiday-hours": ["", "09:00-12:00, 13:00 – 14:00", ""],
        "holiday-name": ["Christmas Day", "", ""],
    }
    client.post(f"{HERE}/deploy", data=form(office, **holidays))
    (made,) = deployed(office)
    assert [(str(one.date), one.name, [(row.start, row.end) for row in one.rows]) for one in made.hours.holidays] == [
        ("2026-12-24", "", [(540, 720), (780, 840)]),
        ("2026-12-25", "Christmas Day", []),
    ]
    panel = LexborHTMLParser(client.get(f"{HERE}/{made.id}").text)
    assert [one.attributes["value"] for one in panel.css(".holiday-list [name=holiday-hours]")] == [
        "09:00–12:00, 13:00–14:00",
        "",
    ]
    assert "Friday, Christmas Day" in panel.css_first(".holiday-list").text()


@pytest.mark.promise("WH5")
@pytest.mark.parametrize(
    ("date", "hours", "words"),
    [
        ("2026-12-24", "9 to 12", "Holiday 2026-12-24, row 1"),
        ("2026-12-24", "09:00-12:00, 11:00-13:00", "overlaps"),
        ("24.12.2026", "", "Holiday 1"),
        ("", "09:00-12:00", "Holiday 1"),
    ],
)
def test_a_holiday_that_cannot_be_meant_is_refused_by_name(
    office: Office, client: TestClient, date: str, hours: str, words: str
) -> None:
    wrong = form(office, holiday=[date], **{"holiday-hours": [hours], "holiday-name": [""]})
    answer = client.post(f"{HERE}/deploy", data=wrong)
    panel = LexborHTMLParser(answer.text).css_first("dialog.panel")
    assert answer.status_code == 422
    assert words in panel.css_first(".error").text()
    assert panel.css_first("[name=holiday-hours]").attributes["value"] == hours
    assert deployed(office) == []


def fields(page: str) -> tuple[list[Any], list[Any]]:
    """Days of the rows, dates of the holidays that a panel shows."""
    panel = LexborHTMLParser(page).css_first("dialog.panel")
    days = [one.attributes["value"] for one in panel.css(".hours option[selected]")]
    return days, [one.attributes["value"] for one in panel.css(".holiday-list [name=holiday]")]


@pytest.mark.promise("WH2")
def test_every_button_of_the_editor_works_without_scripts_and_saves_nothing(office: Office, client: TestClient) -> None:
    def press(do: str, **more: Any) -> tuple[list[Any], list[Any]]:
        answer = client.post(f"{HERE}/deploy", data=form(office, do=do, **more))
        assert answer.status_code == 200
        return fields(answer.text)

    empty = {"holiday": ["2026-12-24"], "holiday-hours": [""], "holiday-name": [""]}
    assert press("add-row") == (["weekdays", "sat", "weekdays"], [])
    assert press("remove-row:0") == (["sat"], [])
    assert press("remove-row:7") == (["weekdays", "sat"], [])
    assert press("preset:shop") == (["mon,tue,wed,thu,fri,sat"], [])
    assert press("add-holiday", **empty) == (["weekdays", "sat"], ["2026-12-24", ""])
    assert press("remove-holiday:0", **empty) == (["weekdays", "sat"], [])
    saxony = {"holiday-country": "DE", "holiday-region": "SN", "holiday-year": "2026"}
    assert {"2026-10-31", "2026-12-24", "2026-12-25"} <= set(press("import", **empty, **saxony)[1])
    assert deployed(office) == []


def test_holidays_of_an_unknown_country_are_refused_and_nothing_is_lost(office: Office, client: TestClient) -> None:
    wrong = {"holiday-country": "XX", "holiday-region": "", "holiday-year": "2026"}
    answer = client.post(f"{HERE}/deploy", data=form(office, do="import", **wrong))
    assert answer.status_code == 422
    assert "There is no country" in answer.text
    assert fields(answer.text)[0] == ["weekdays", "sat"]
    scripted = client.post("/schedule/holidays", data=wrong, headers={"HX-Request": "true"})
    assert (scripted.status_code, "There is no country" in scripted.text) == (422, True)
    for year in ("26", "abcd", "٢٠٢٦", "9999"):
        assert client.post("/schedule/holidays", data={**wrong, "holiday-country": "DE", "holiday-year": year}).status_code == 422


@pytest.mark.promise("DP7")
def test_removing_a_deployment_says_so(office: Office, client: TestClient) -> None:
    client.post(f"{HERE}/deploy", data=form(office))
    page = client.post(f"{HERE}/{deployed(office)[0].id}/remove").text
    assert deployed(office) == []
    assert "Deployment removed" in page


@pytest.mark.promise("WH2")
def test_the_strip_shows_the_week_before_anything_is_saved(office: Office, client: TestClient) -> None:
    part = client.post(f"{HERE}/week", data=form(office)).text
    assert "Velo answers. Monday to Friday: 00:00–08:00, 18:00–24:00" in part
    assert "Next change" in part
    wrong = client.post(f"{HERE}/week", data=form(office, start=["08:00", "nonsense"]))
    assert wrong.status_code == 422
    assert "Row 2" in wrong.text
    assert deployed(office) == []


@pytest.mark.promise("DP4")
def test_before_the_first_deployment_a_list_shows_what_is_missing(office: Office, client: TestClient) -> None:
    steps = LexborHTMLParser(client.get(HERE).text).css(".checklist li")
    assert [("done" in (one.attributes.get("class") or ""), one.css_first("b").text()) for one in steps] == [
        (True, "Identity, done"),
        (False, "Knowledge, open"),
        (False, "Human handoff, open"),
        (False, "Test, open"),
        (False, "Deploy, open"),
    ]


def test_with_every_channel_taken_the_panel_says_so_and_offers_no_button(office: Office, client: TestClient) -> None:
    assert client.post(f"{HERE}/deploy", data=form(office)).status_code in (200, 303)
    page = LexborHTMLParser(client.get(f"{HERE}/deploy").text)
    assert "deployed on every channel account" in page.text()
    assert page.css_matches('a[href="/settings/channel-accounts"]')
    assert not page.css_matches('button[type="submit"][form="deploy-form"]')


@pytest.mark.promise("RT1", "RT2")
def test_where_conversations_go_without_the_agent_is_set_for_each_channel(office: Office, client: TestClient) -> None:
    account = office.shop.chat.channel_account_id
    assert "Stays unassigned" in client.get(HERE).text
    panel = LexborHTMLParser(client.get(f"{HERE}/routing/{account}").text).css_first("dialog.panel")
    assert "Contact owner" in panel.text()
    client.post(f"{HERE}/routing/{account}", data={"routing": "teams", "routing-teams": [office.shop.service]})
    found = office.shop.database.run(queries.routing_of, account)
    assert found is not None
    assert found.ids == (office.shop.service,)
    wrong = client.post(f"{HERE}/routing/{account}", data={"routing": "teams"})
    assert (wrong.status_code, "Choose at least one" in wrong.text) == (422, True)
    client.post(f"{HERE}/routing/{account}", data={"routing": "none"})
    assert office.shop.database.run(queries.routing_of, account) is None
    assert client.get(f"{HERE}/routing/cha_nothing").status_code == 404
    samira = office.client(office.shop.samira)
    assert samira.post(f"{HERE}/routing/{account}", data={"routing": "nobody"}).status_code == 403


@pytest.mark.promise("RT2")
def test_a_contact_is_given_an_owner(office: Office, client: TestClient) -> None:
    contact = office.shop.hears("Hello").contact_id
    client.post(f"/contacts/{contact}/owner", data={"owner": office.shop.jonas.id})
    page = LexborHTMLParser(client.get(f"/contacts/{contact}").text)
    assert page.css_first("#owner option[selected]").text() == "Jonas Feld"
    client.post(f"/contacts/{contact}/owner", data={"owner": ""})
    page = LexborHTMLParser(client.get(f"/contacts/{contact}").text)
    assert page.css_first("#owner option[selected]").text() == "Nobody"
