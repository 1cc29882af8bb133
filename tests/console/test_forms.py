"""The other forms of the console: identity, handoff, knowledge, usage, people, accounts, keys."""

import io
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser

from firstline.agent import queries as agents
from firstline.channels import accounts
from firstline.credits import queries as credits
from firstline.knowledge import queries as knowledge
from firstline.people import keys, signin
from firstline.people import queries as people
from tests.console.office import Office
from tests.world import PASSWORD


@pytest.fixture
def client(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


@pytest.mark.promise("ID1")
def test_a_draft_is_kept_until_it_is_published(office: Office, client: TestClient) -> None:
    client.post("/customer-agent/identity", data={"name": "Vela", "personality": "witty", "then": "draft"})
    agent = office.shop.database.run(agents.which, office.velo)
    assert (agent.draft.name, agent.published.name) == ("Vela", "Velo")
    assert "Unpublished changes" in client.get("/customer-agent/identity").text
    client.post("/customer-agent/identity", data={"name": "Vela", "then": "publish"})
    assert office.shop.database.run(agents.which, office.velo).published.name == "Vela"
    client.post("/customer-agent/identity", data={"name": "Velix", "then": "draft"})
    client.post("/customer-agent/identity/discard")
    assert office.shop.database.run(agents.which, office.velo).draft.name == "Vela"


def test_an_agent_without_a_name_is_refused_at_the_field(client: TestClient) -> None:
    answer = client.post("/customer-agent/identity", data={"name": "  ", "welcome": "Hi"})
    page = LexborHTMLParser(answer.text)
    assert answer.status_code == 422
    assert page.css_first("#name").attributes["aria-invalid"] == "true"
    assert page.css_first("#welcome").text() == "Hi"


@pytest.mark.promise("HO1", "HO4")
def test_who_takes_over_and_what_is_said_can_be_set(office: Office, client: TestClient) -> None:
    form = {
        "destination": "teammates",
        "destination-teammates": [office.shop.jonas.id],
        "off_destination": "none",
        "language": "en",
        "message_now": "Jonas is coming.",
        "words": "refund\n\n legal action ",
        "topic_0": "Legal threats",
        "topic_0_examples": "I will sue you\n\n My lawyer will write to you ",
        "when_available": "now",
        "when_away": "keep",
    }
    client.post("/customer-agent/handoff", data=form)
    chosen = office.shop.database.run(agents.which, office.velo).handoff
    assert chosen.destination == {"kind": "teammates", "ids": [office.shop.jonas.id]}
    assert chosen.off_destination is None
    assert chosen.messages == {"now": {"en": "Jonas is coming."}}
    assert chosen.words == ("refund", "legal action")
    assert [(one.about, one.examples) for one in chosen.topics] == [
        ("Legal threats", ("I will sue you", "My lawyer will write to you"))
    ]
    page = client.get("/customer-agent/handoff").text
    assert "My lawyer will write to you</textarea>" in page
    assert "topic_2_examples" in page, "there are places for more"
    assert (chosen.when_available, chosen.when_away, chosen.message_always) == ("now", "keep", False)
    client.post("/customer-agent/handoff", data=form | {"language": "de", "message_now": "Jonas kommt."})
    chosen = office.shop.database.run(agents.which, office.velo).handoff
    assert chosen.messages == {"now": {"en": "Jonas is coming.", "de": "Jonas kommt."}}
    answer = client.post("/customer-agent/handoff", data=form | {"words": "…"})
    assert answer.status_code == 422
    assert "has no letters or digits" in answer.text
    answer = client.post("/customer-agent/handoff", data=form | {"topic_1": "Refunds", "topic_1_examples": "I want it back"})
    assert answer.status_code == 422
    assert "two messages or more" in answer.text
    assert "I want it back" in answer.text, "nothing that was entered is lost"
    answer = client.post("/customer-agent/handoff", data=form | {"destination-teammates": ["tmt_gone"]})
    assert answer.status_code == 422
    assert "tmt_gone" in answer.text


@pytest.mark.promise("KN1", "KN2")
def test_sources_of_every_kind_are_added_by_form(office: Office, client: TestClient) -> None:
    here = "/customer-agent/knowledge"
    client.post(f"{here}/add/site", data={"url": "veloria.example/help", "max_pages": "50", "schedule": "daily"})
    client.post(f"{here}/add/url", data={"url": "https://veloria.example/returns", "access": "private"})
    client.post(f"{here}/add/text", data={"title": "Notes", "text": "# Gears\nClean them."})
    client.post(
        f"{here}/add/file", files={"file": ("Prices.csv", io.BytesIO(b"a,b\n1,2\n"), "text/csv")}, data={"access": "public"}
    )
    found = {row.kind: row for row in office.shop.database.run(knowledge.sources)}
    assert set(found) == {"site", "url", "text", "file"}
    assert (found["site"].url, found["site"].max_pages, found["site"].schedule) == ("https://veloria.example/help", 50, "daily")
    assert found["url"].access == "private"
    page = client.get(here).text
    for words in ("Prices.csv", "Notes", "Queued", "Private"):
        assert words in page


@pytest.mark.parametrize(
    ("kind", "form", "field"),
    [
        ("site", {"url": ""}, "url"),
        ("site", {"url": "https://veloria.example", "max_pages": "many"}, "max_pages"),
        ("url", {"url": "not an address at all"}, "url"),
        ("text", {"title": "T", "text": " "}, "text"),
    ],
)
def test_a_source_that_cannot_be_right_is_refused_at_its_field(
    client: TestClient, kind: str, form: dict[str, str], field: str
) -> None:
    answer = client.post(f"/customer-agent/knowledge/add/{kind}", data=form)
    assert answer.status_code == 422
    assert LexborHTMLParser(answer.text).css_first(f"#{field}").attributes.get("aria-invalid") == "true"


def test_a_file_that_is_too_large_or_of_an_unknown_kind_is_refused(office: Office, client: TestClient) -> None:
    large = client.post("/customer-agent/knowledge/add/file", files={"file": ("big.txt", b"x" * 1_500_000)})
    strange = client.post("/customer-agent/knowledge/add/file", files={"file": ("virus.exe", b"MZ")})
    missing = client.post("/customer-agent/knowledge/add/file", data={"access": "public"})
    assert [one.status_code for one in (large, strange, missing)] == [413, 422, 422]
    assert "1 MB" in large.text
    assert "virus.exe" in strange.text
    assert not office.shop.database.run(knowledge.sources)


def test_a_short_answer_is_added_changed_and_deleted(office: Office, client: TestClient) -> None:
    here = "/customer-agent/short-answers"
    client.post(f"{here}/new", data={"question": "Is the first service free?", "answer": "Yes."})
    (row,) = office.shop.database.run(knowledge.sources)
    client.post(f"{here}/{row.id}", data={"question": "Is the first service free?", "answer": "Yes, within 6 months."})
    assert "Yes, within 6 months." in client.get(here).text
    assert client.post(f"{here}/{row.id}", data={"question": "", "answer": "x"}).status_code == 422
    client.post(f"{here}/{row.id}/delete")
    assert not office.shop.database.run(knowledge.sources)


@pytest.mark.promise("SW1")
def test_the_switch_acts_at_once_and_offers_the_way_back(office: Office, client: TestClient) -> None:
    page = client.post("/settings/usage/switch-off")
    assert not office.shop.database.run(credits.is_on)
    assert 'action="/settings/usage/switch-on"' in (LexborHTMLParser(page.text).css_first(".toast").html or "")
    assert "switched off" in client.get("/customer-agent/channels").text
    client.post("/settings/usage/switch-on")
    assert office.shop.database.run(credits.is_on)


@pytest.mark.promise("SW6")
def test_credits_are_granted_with_a_reason_and_stand_in_the_ledger(office: Office, client: TestClient) -> None:
    client.post("/settings/usage/grant", data={"amount": "1,000", "reason": "Bought <b>more</b>"})
    page = client.get("/settings/usage").text
    assert "+1,000" in page
    assert "Bought &lt;b&gt;more&lt;/b&gt;" in page
    assert client.get("/settings/usage/ledger.csv").text.count("\n") >= 3
    for amount in ("", "-5", "1e9", "９"):
        assert client.post("/settings/usage/grant", data={"amount": amount, "reason": "x"}).status_code == 422


def test_a_teammate_gets_a_team_a_role_and_a_password(office: Office, client: TestClient) -> None:
    form = {"name": "Leo", "email": "leo@veloria.example", "role": "agent_editor", "seat": "on", "team": office.shop.workshop}
    client.post("/settings/people/teammates/new", data=form | {"password": "correct horse battery"})
    mates = {mate.name: mate for mate in office.shop.database.run(people.teammates)}
    assert mates["Leo"].role == "agent_editor"
    assert mates["Leo"].seat
    workshop = next(team for team in office.shop.database.run(people.teams) if team.id == office.shop.workshop)
    assert mates["Leo"].id in workshop.main_members
    assert office.shop.database.run(signin.sign_in, "leo@veloria.example", "correct horse battery")
    again = client.post("/settings/people/teammates/new", data=form | {"password": "correct horse battery"})
    assert again.status_code == 409
    assert "aria-invalid" in again.text


def test_who_belongs_to_a_team_is_what_is_ticked(office: Office, client: TestClient) -> None:
    shop = office.shop
    client.post(f"/settings/people/teams/{shop.workshop}", data={"members": [shop.samira.id, shop.ines.id]})
    workshop = next(team for team in shop.database.run(people.teams) if team.id == shop.workshop)
    assert set(workshop.members) == {shop.samira.id, shop.ines.id}
    assert workshop.main_members == (shop.ines.id,)


def test_the_only_super_admin_cannot_be_lost(office: Office, client: TestClient) -> None:
    answer = client.post(f"/settings/people/teammates/{office.shop.ines.id}", data={"name": "Ines", "role": "teammate"})
    assert answer.status_code == 409
    assert "only super admin" in answer.text


@pytest.mark.promise("CH1")
def test_a_connected_chat_shows_its_tag_for_the_website(office: Office, client: TestClient) -> None:
    form = {
        "name": "Shop chat",
        "s-website": "https://shop.veloria.example",
        "s-allowed_origins": "https://shop.veloria.example\n",
    }
    page = LexborHTMLParser(client.post("/settings/channel-accounts/connect/live_chat", data=form).text)
    tag = page.css_first("#snippet").text()
    made = next(one for one in office.shop.database.run(accounts.connected) if one.name == "Shop chat")
    assert tag == f'<script src="http://firstline.example/widget.js" data-account="{made.id}" async></script>'
    assert made.settings["allowed_origins"] == ["https://shop.veloria.example"]
    wrong = client.post(f"/settings/channel-accounts/{made.id}", data=form | {"s-website": "ftp://x"})
    assert wrong.status_code == 422
    assert LexborHTMLParser(wrong.text).css_first("#s-website").attributes["aria-invalid"] == "true"


@pytest.mark.promise("PM5")
def test_a_key_is_shown_once_and_works_until_it_is_revoked(office: Office, client: TestClient) -> None:
    answer = client.post("/settings/api-keys/new", data={"name": "Shop", "scopes": ["inbox"]})
    key = LexborHTMLParser(answer.text).css_first("#made-key").text()
    assert answer.status_code == 201
    assert office.shop.database.run(keys.who_by_key, key).id == office.shop.ines.id
    page = client.get("/settings/api-keys").text
    assert key not in page
    assert "Conversations and contacts" in page
    (row,) = office.shop.database.run(people.api_keys)
    client.post(f"/settings/api-keys/{row.id}/revoke")
    assert "No keys" in client.get("/settings/api-keys").text
    assert client.post("/settings/api-keys/new", data={"name": "", "scopes": ["inbox"]}).status_code == 422
    assert client.post("/settings/api-keys/new", data={"name": "x"}).status_code == 422


@pytest.mark.promise("TE1")
def test_the_preview_answers_beside_its_reasons_and_carries_the_conversation_on(office: Office, client: TestClient) -> None:
    part = LexborHTMLParser(client.post("/customer-agent/preview", data={"text": "Free?"}, headers={"HX-Request": "true"}).text)
    assert "You said: Free?" in part.css_first(".msg.out").text()
    assert "Found 1, used 1" in part.css_first("#preview-why").text()
    history = part.css_first("#preview-history").attributes["value"] or ""
    page = client.post("/customer-agent/preview", data={"text": "a person", "history": history}).text
    assert "You said: Free?" in page
    assert "Handoff" in page
    for broken in ("[", "[1]", '[{"role": "system", "text": "x"}]', '{"a": 1}', "[" * 5000):
        assert client.post("/customer-agent/preview", data={"text": "x", "history": broken}).status_code == 200
    assert client.post("/customer-agent/preview", data={"text": " "}).status_code == 422


def test_an_address_typed_with_odd_characters_does_no_harm(client: TestClient) -> None:
    for path in ("/inbox/%00", f"/inbox/{quote('<script>')}", "/inbox/all/%2e%2e", "/settings/people/teams/%F0%9F%9A%B2"):
        answer = client.get(path)
        assert answer.status_code in (404, 422)
        assert "<script>alert" not in answer.text


@pytest.mark.promise("PM5")
def test_ones_own_password_is_changed_with_the_old_one_and_other_browsers_are_out(office: Office, client: TestClient) -> None:
    other = office.client(office.shop.ines)
    form = {"name": "Ines Moreau", "title": "Owner", "password": "a new horse battery"}
    wrong = client.post("/settings/profile", data=form | {"now": "not my password"})
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    assert other.get("/contacts", follow_redirects=False).status_code == 200
    client.post("/settings/profile", data=form | {"now": PASSWORD})
    assert office.shop.database.run(signin.sign_in, "ines@veloria.example", "a new horse battery")
    assert client.get("/settings/profile").status_code == 200
    assert other.get("/contacts", follow_redirects=False).status_code == 303
