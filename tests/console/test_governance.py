"""Coming in by invitation, by code, with a new password; what the screens of governance show and change."""

import re
from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient

from firstline.kit.clock import FixedClock
from firstline.people import commands, queries, second_factor, signin
from firstline.people import seats as seating
from tests.console.office import Office
from tests.world import KEYRING, PASSWORD


def _post(client: TestClient, path: str, **data: object) -> str:
    """Send a form, follow, and return the page."""
    answer = client.post(path, data=data)
    assert answer.status_code < 400, answer.text[:500]
    return answer.text


def _second_factor(office: Office, clock: FixedClock) -> tuple[str, list[str]]:
    """Samira has one; its secret and recovery codes."""
    run, samira = office.shop.database.run, office.shop.samira
    secret = run(second_factor.begin, KEYRING, by=samira)
    codes = run(second_factor.confirm, KEYRING, pyotp.TOTP(secret).at(clock.now()), by=samira)
    clock.advance(timedelta(seconds=60))
    return secret, codes


@pytest.mark.promise("PM5")
def test_a_teammate_is_invited_opens_the_link_and_is_in(office: Office) -> None:
    ines = office.client(office.shop.ines)
    page = _post(ines, "/settings/people/invitations/new", email="lea@veloria.example", role="teammate", seat="on")
    link = re.search(r"(/invitation/[\w.~-]+)", page)
    assert link is not None
    assert "no mail server" in page
    lea = office.client(None)
    assert "Ines Moreau invites you as Teammate" in lea.get(link[1]).text
    short = lea.post(link[1], data={"name": "Lea Klein", "password": "short"})
    assert short.status_code == 422
    assert 'value="Lea Klein"' in short.text
    lea.post(link[1], data={"name": "Lea Klein", "password": PASSWORD})
    assert lea.get("/settings/profile").status_code == 200
    again = office.client(None).get(link[1])
    assert again.status_code == 410
    assert "was used" in again.text
    assert office.client(None).get("/invitation/forged").status_code == 410
    assert "Lea Klein" in ines.get("/settings/people").text


@pytest.mark.promise("PM5")
def test_the_code_is_asked_for_after_the_password_and_before_anything_else(office: Office, clock: FixedClock) -> None:
    secret, codes = _second_factor(office, clock)
    client = office.client(None)
    form = {"email": "samira@veloria.example", "password": PASSWORD, "next": "/settings/people"}
    assert "Enter the code" in client.post("/sign-in", data=form).text
    assert client.get("/inbox/all", follow_redirects=False).headers["location"] == "/second-factor"
    wrong = client.post("/second-factor", data={"code": "000000"})
    assert wrong.status_code == 422
    assert "code is wrong" in wrong.text
    page = client.post("/second-factor", data={"code": pyotp.TOTP(secret).at(clock.now()), "next": "/settings/people"})
    assert page.url.path == "/settings/people"
    other = office.client(None)
    other.post("/sign-in", data=form)
    assert other.post("/second-factor", data={"code": codes[0]}).status_code == 200
    assert other.get("/settings/profile").status_code == 200


@pytest.mark.promise("PM5")
def test_guessing_codes_is_slowed_down(office: Office, clock: FixedClock) -> None:
    _second_factor(office, clock)
    client = office.client(None)
    client.post("/sign-in", data={"email": "samira@veloria.example", "password": PASSWORD})
    for _ in range(10):
        assert client.post("/second-factor", data={"code": "000000"}).status_code == 422
    assert client.post("/second-factor", data={"code": "000000"}).status_code == 429


@pytest.mark.promise("PM5")
def test_whoever_has_to_sets_up_a_second_factor_before_anything_else(office: Office, clock: FixedClock) -> None:
    run, ines = office.shop.database.run, office.shop.ines
    secret = run(second_factor.begin, KEYRING, by=ines)
    run(second_factor.confirm, KEYRING, pyotp.TOTP(secret).at(clock.now()), by=ines)
    run(second_factor.demand, True, by=ines)
    client = office.client(office.shop.jonas)
    page = client.get("/inbox/all")
    assert page.url.path == "/second-factor/set-up"
    grouped = re.search(r'id="totp-secret"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert grouped is not None
    code = pyotp.TOTP(grouped[1].replace(" ", "")).at(clock.now())
    codes = client.post("/second-factor/set-up", data={"code": code}).text
    assert len(re.findall(r"<code>[a-z2-9]{5}-[a-z2-9]{5}</code>", codes)) == 10
    assert client.get("/inbox/all").url.path.startswith("/inbox")


@pytest.mark.promise("PM5")
def test_a_new_password_comes_by_a_link_and_a_stranger_learns_nothing(office: Office) -> None:
    ines = office.client(office.shop.ines)
    page = _post(ines, f"/settings/people/teammates/{office.shop.samira.id}/new-password")
    link = re.search(r"(/new-password/[\w-]+)", page)
    assert link is not None
    client = office.client(None)
    assert client.post(link[1], data={"password": "short"}).status_code == 422
    assert "Your new password is set" in client.post(link[1], data={"password": "a whole new password"}).text
    assert client.get(link[1]).status_code == 410
    known, unknown = (
        client.post("/forgot-password", data={"email": email}).text.replace(email, "")
        for email in ("samira@veloria.example", "nobody@veloria.example")
    )
    assert known == unknown


@pytest.mark.promise("PM5")
def test_the_profile_lists_the_browsers_and_signs_the_others_out(office: Office) -> None:
    client, other = office.client(office.shop.samira), office.client(office.shop.samira)
    assert client.get("/settings/profile").text.count("This browser") == 1
    _post(client, "/settings/profile/browsers/others/end")
    assert other.get("/settings/profile", follow_redirects=False).status_code == 303
    assert client.get("/settings/profile", follow_redirects=False).status_code == 200
    token = office.shop.database.run(signin.open_session, office.shop.jonas.id)
    id_ = office.shop.database.run(signin.look, token).session_id
    assert client.post(f"/settings/profile/browsers/{id_}/end").status_code == 403


@pytest.mark.promise("PM3")
def test_the_limit_of_seats_is_set_and_refused_in_a_sentence(office: Office) -> None:
    ines = office.client(office.shop.ines)
    assert "3 of 3 seats" in _post(ines, "/settings/people/seats", limit="3")
    for wrong in ("1", "many", "-4", "0"):
        assert ines.post("/settings/people/seats", data={"limit": wrong}).status_code in (409, 422)
    full = ines.post("/settings/people/invitations/new", data={"email": "x@veloria.example", "role": "teammate", "seat": "on"})
    assert "All 3 seats are assigned" in full.text
    _post(ines, "/settings/people/seats", limit="")
    assert office.shop.database.run(seating.seats).limit is None


@pytest.mark.promise("PM1")
def test_a_role_is_made_given_and_holds_at_once(office: Office) -> None:
    ines, samira = office.client(office.shop.ines), office.client(office.shop.samira)
    page = _post(ines, "/settings/roles/new", name="Front desk", permissions=["inbox.use", "audit.read"])
    made = re.search(r"/settings/roles/(rol_\w+)", page)
    assert made is not None
    assert samira.get("/settings/audit-log").status_code == 403
    office.shop.database.run(commands.change_teammate, office.shop.samira.id, role=made[1], by=office.shop.ines)
    assert samira.get("/settings/audit-log").status_code == 200
    assert samira.post("/settings/roles/new", data={"name": "X", "permissions": "inbox.use"}).status_code == 403


@pytest.mark.promise("PM4")
def test_the_audit_log_is_filtered_shows_differences_and_is_exported(office: Office) -> None:
    shop = office.shop
    shop.database.run(commands.change_teammate, shop.samira.id, title="=HYPERLINK(1)", by=shop.ines)
    client = office.client(shop.ines)
    page = client.get("/settings/audit-log?area=teammate&words=Samira").text
    assert "Teammate changed" in page
    assert "<ins>=HYPERLINK(1)</ins>" in page
    assert "Team created" not in page
    assert client.get("/settings/audit-log?from=yesterday").status_code == 422
    assert client.get("/settings/audit-log?from=2026-11-22&to=2026-11-22&before=999999").status_code == 200
    exported = client.get("/settings/audit-log.csv?area=teammate")
    assert exported.headers["content-type"].startswith("text/csv")
    assert "teammate.change" in exported.text
    assert "session.open" not in exported.text
    assert office.client(shop.samira).get("/settings/audit-log.csv").status_code == 403


def test_deactivated_teammates_are_listed_and_come_back(office: Office) -> None:
    ines = office.client(office.shop.ines)
    page = _post(ines, f"/settings/people/teammates/{office.shop.jonas.id}/remove")
    assert "1 deactivated teammate" in page
    _post(ines, f"/settings/people/teammates/{office.shop.jonas.id}/reactivate")
    assert not office.shop.database.run(queries.teammate_of, office.shop.jonas.id).disabled


@pytest.mark.promise("PM2")
def test_the_pages_of_the_agent_say_which_of_the_two_is_missing(office: Office) -> None:
    run, samira, ines = office.shop.database.run, office.shop.samira, office.shop.ines
    client = office.client(samira)
    cases = {("teammate", True): (True, False), ("agent_editor", False): (False, True), ("teammate", False): (True, True)}
    for (role, seat), (permission_missing, seat_missing) in cases.items():
        run(commands.change_teammate, samira.id, role=role, seat=seat, by=ines)
        page = client.get("/customer-agent/identity").text
        assert ("the permission “Customer agent editor”" in page) is permission_missing
        assert ("an assigned seat" in page) is seat_missing
    run(commands.change_teammate, samira.id, role="agent_editor", seat=True, by=ines)
    assert "you lack" not in client.get("/customer-agent/identity").text
