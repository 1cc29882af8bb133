"""Several agents in one account, their settings by channel and their permissions (ID3, ID4, ID5)."""

import pytest
from fastapi.testclient import TestClient

from firstline.agent import commands, queries
from firstline.channels import attention
from firstline.clocks.queries import policy_for
from firstline.contacts import commands as contacts
from firstline.credits import commands as credits
from firstline.credits import holding
from firstline.knowledge import queries as knowledge
from tests.console.office import Office


@pytest.fixture
def client(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


@pytest.mark.promise("ID3")
def test_another_agent_is_created_and_the_console_is_about_it_until_one_switches_back(office: Office, client: TestClient) -> None:
    client.post("/customer-agent/agents/new", data={"name": "Ada", "company": "Workshop"})
    assert 'value="Ada"' in client.get("/customer-agent/identity").text
    client.post("/customer-agent/identity", data={"name": "Ada Two", "company": "Workshop", "personality": "casual"})
    agents = {one.draft.name: one for one in office.shop.database.run(queries.agents)}
    assert set(agents) == {"Velo", "Ada Two"}
    page = client.get("/customer-agent/agents").text
    assert f"/customer-agent/agents/{office.velo}/switch" in page
    client.post(f"/customer-agent/agents/{office.velo}/switch")
    assert 'value="Velo"' in client.get("/customer-agent/identity").text
    assert client.post("/customer-agent/agents/new", data={"name": " "}).status_code == 422
    assert client.post("/customer-agent/agents/agt_none/switch").status_code == 404


@pytest.mark.promise("ID3")
def test_an_agent_with_an_open_conversation_is_not_deleted(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Hello")
    office.shop.gives_to_agent(heard.conversation_id, office.velo)
    assert "has an open conversation" in client.post(f"/customer-agent/agents/{office.velo}/delete").text
    assert office.shop.database.run(queries.agents)
    ada = office.shop.database.run(commands.create, {"name": "Ada"}, by=office.shop.ines)
    client.post(f"/customer-agent/agents/{ada}/delete")
    assert [one.id for one in office.shop.database.run(queries.agents)] == [office.velo]


@pytest.mark.promise("ID3")
def test_a_source_is_given_to_some_agents_or_to_all(office: Office, client: TestClient) -> None:
    ada = office.shop.database.run(commands.create, {"name": "Ada"}, by=office.shop.ines)
    client.post("/customer-agent/knowledge/add/text", data={"title": "Notes", "text": "Open from nine to five."})
    (row,) = office.shop.database.run(knowledge.sources)
    where = f"/customer-agent/knowledge/{row.id}"
    assert "Agents that may use it" in client.get(where).text
    client.post(f"{where}/agents", data={"agents": [ada, "agt_none"]})
    assert office.shop.database.run(knowledge.sources)[0].agents == [ada]
    client.post(f"{where}/agents", data={})
    assert office.shop.database.run(knowledge.sources)[0].agents == []


@pytest.mark.promise("ID4", "HO5")
def test_channel_settings_are_kept_and_a_wrong_entry_is_named(office: Office, client: TestClient) -> None:
    client.post(
        "/customer-agent/channel-settings", data={"ignored": "vip@example.com\n@partner.example", "email_capture": "start"}
    )
    channels = office.shop.database.run(queries.which, office.velo).channels
    assert (channels.ignored, channels.email_capture) == (("vip@example.com", "partner.example"), "start")
    wrong = client.post("/customer-agent/channel-settings", data={"ignored": "not an address", "email_capture": "start"})
    assert wrong.status_code == 422
    assert "not an address" in wrong.text


@pytest.mark.promise("ID4", "IN8")
def test_an_agent_closes_silent_conversations_after_its_own_time_and_empty_fields_go_by_waiting_times(
    office: Office, client: TestClient
) -> None:
    times = {"remind_chat": "20 min", "close_chat": "2 h", "remind_email": "never", "close_email": ""}
    client.post("/customer-agent/channel-settings", data={"email_capture": "never", **times})
    kept = office.shop.database.run(queries.which, office.velo).channels.silence
    assert {family: one.model_dump() for family, one in kept.items()} == {
        "chat": {"remind": 20, "close": 120},
        "email": {"remind": 0, "close": None},
    }
    page = client.get("/customer-agent/channel-settings").text
    assert 'value="2 h"' in page
    assert 'placeholder="15 min"' in page
    chat = office.shop.chat.channel_account_id
    own, usual = (office.shop.database.run(policy_for, chat, agent) for agent in (office.velo, None))
    assert ((own.remind, own.close), (usual.remind, usual.close)) == ((20, 120), (None, 15))
    for field, entered in (("close_chat", "soon"), ("close_chat", "10 min")):
        wrong = client.post("/customer-agent/channel-settings", data={**times, field: entered})
        assert wrong.status_code == 422
        assert f'value="{entered}"' in wrong.text
        assert 'aria-invalid="true"' in wrong.text


@pytest.mark.promise("ID5")
def test_permissions_list_what_contacts_have_and_are_kept(office: Office, client: TestClient) -> None:
    office.shop.database.run(contacts.create, name="Mira", properties={"tier": "gold"}, by=office.shop.ines)
    assert 'name="p:tier"' in client.get("/customer-agent/permissions").text
    form = {"p:name": "read", "p:email": "hidden", "p:tier": "change", "new": "plan", "new_level": "read"}
    client.post("/customer-agent/permissions", data=form)
    kept = office.shop.database.run(queries.which, office.velo).access.contact
    assert kept == {"email": "hidden", "tier": "change", "plan": "read"}
    assert client.post("/customer-agent/permissions", data={"p:tier": "everything"}).status_code == 422
    assert office.client(office.shop.samira).post("/customer-agent/permissions", data=form).status_code == 403


@pytest.mark.promise("ID3")
def test_where_there_are_several_agents_the_side_menu_switches_between_them_and_stays_on_the_page(
    office: Office, client: TestClient
) -> None:
    page = "/customer-agent/channel-settings"
    assert "agent-menu" not in client.get(page).text
    ada = office.shop.database.run(commands.create, {"name": "Ada"}, by=office.shop.ines)
    assert f"/customer-agent/agents/{ada}/switch" in client.get(page).text
    assert "agent-menu" not in client.get("/inbox/all").text
    here = {"Referer": f"http://firstline.example{page}"}
    after = client.post(f"/customer-agent/agents/{ada}/switch", headers=here)
    assert after.url.path == page
    assert "Agent: Ada. Switch" in after.text
    client.post(f"/customer-agent/agents/{office.velo}/switch", headers={"Referer": "https://evil.example/x"})
    assert "Agent: Velo. Switch" in client.get(page).text


@pytest.mark.promise("SW5", "CH7")
def test_what_stands_in_the_way_is_said_on_overview_and_channels(office: Office, client: TestClient) -> None:
    run, ines = office.shop.database.run, office.shop.ines
    pages = ("/customer-agent", "/customer-agent/channels")
    assert not any('class="banner warn"' in client.get(page).text for page in pages)
    run(credits.change_settings, {"allowance": 4}, by=ines)
    for number in range(3):
        run(holding.take, f"cnv_{number}")
        run(holding.charge, f"cnv_{number}")
    run(attention.raise_trouble, office.shop.chat.channel_account_id, "token", "The token expired.", "Make a new one.")
    for page in pages:
        shown = client.get(page).text
        assert "75% of this month’s credits are used." in shown
        assert "Website chat needs attention.</b> The token expired." in shown
    run(holding.take, "cnv_3")
    run(holding.charge, "cnv_3")
    run(credits.switch, False, by=ines)
    for page in pages:
        shown = client.get(page).text
        assert "New conversations are not given to the agent until the reset" in shown
        assert "The customer agent is switched off." in shown
