"""The screens of models and guidelines, by forms as a browser without scripts sends them."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from firstline.agent.connections import queries as models
from firstline.agent.guidelines import queries as guidelines
from tests.agent.provider import Provider, fails, writes
from tests.console.office import Office

MODEL, GUIDELINES = "/customer-agent/model", "/customer-agent/guidelines"
FORM = writes('{"decision": "answer", "text": "No, only Monday to Saturday."}')


@pytest.fixture
def ines(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


def connect(client: TestClient, provider: Provider, **more: str) -> str:
    """Connect a scripted server; the page that follows."""
    form = {"provider": "compatible", "model": "m", "base_url": provider.url, "key": "sk-secret", "seconds": "1", **more}
    return client.post(f"{MODEL}/new", data=form).text


@pytest.mark.promise("AN4")
def test_a_model_is_connected_tested_and_chosen(office: Office, ines: TestClient) -> None:
    run = office.shop.database.run
    with Provider(FORM) as provider:
        page = connect(ines, provider, then="test", input_price="0,5")
    assert "It works, and keeps to the form" in page
    assert "keeps to the form" in page
    assert "sk-secret" not in page
    one = run(models.connections)[0]
    assert one.settings.input_price == 0.5
    assert "sk-secret" not in ines.get(f"{MODEL}/{one.id}").text
    saved = ines.post(MODEL, data={"primary": one.id, "fallback": "", "mask": "on"})
    assert "Holds from the next turn on" in saved.text
    assert run(models.choice_of, office.velo).mask
    refused = ines.post(f"{MODEL}/{one.id}/remove")
    assert refused.status_code == 409
    assert "Choose another one for it first" in refused.text


def test_a_model_that_does_not_work_says_why_and_what_to_do(ines: TestClient) -> None:
    with Provider(fails(401, "bad key")) as provider:
        page = connect(ines, provider, then="test")
    assert "Does not work" in page
    assert "Check the key" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("seconds", "soon", "“soon” is no number."), ("base_url", "ftp://x", "is no address"), ("model", "", "it is empty")],
)
def test_what_was_entered_is_kept_when_a_field_is_wrong(ines: TestClient, field: str, value: str, says: str) -> None:
    with Provider(FORM) as provider:
        page = connect(ines, provider, name="My model", **{field: value})
    assert says in page
    assert 'value="My model"' in page
    assert "sk-secret" not in page


@pytest.mark.promise("SW7")
def test_the_spend_limit_is_set_on_usage_and_limits(office: Office, ines: TestClient) -> None:
    assert ines.post("/settings/usage/models", data={"money": "25", "tokens": ""}).status_code == 200
    assert office.shop.database.run(models.limit_of, models.ACCOUNT).money == 25
    wrong = ines.post("/settings/usage/models", data={"money": "much", "tokens": ""})
    assert wrong.status_code == 422
    assert 'value="much"' in wrong.text


@pytest.mark.promise("SW7")
def test_each_agent_has_a_spend_limit_of_its_own_on_the_screen(office: Office, ines: TestClient) -> None:
    run, here = office.shop.database.run, f"/settings/usage/models/{office.velo}"
    with Provider(FORM) as provider:
        connect(ines, provider)
    panel = ines.get(here).text
    assert "Spend limit of Velo" in panel
    assert "At the limit Velo answers without a model" in panel
    saved = ines.post(here, data={"money": "", "tokens": "1,000"})
    assert "Saved. At the limit the agent answers without a model." in saved.text
    assert "1,000 tokens" in saved.text
    assert run(models.limit_of, office.velo).tokens == 1000
    assert run(models.limit_of, models.ACCOUNT).tokens is None
    assert ines.post(here, data={"money": "-1", "tokens": ""}).status_code == 422
    assert ines.post("/settings/usage/models/agt_none", data={"money": "1", "tokens": ""}).status_code == 404
    assert office.client(office.shop.samira).post(here, data={"money": "", "tokens": "1"}).status_code == 403
    assert "Saved. There is no limit." in ines.post(here, data={"money": "", "tokens": ""}).text


@pytest.mark.promise("ID2")
def test_a_guideline_is_written_tried_published_and_brought_back(office: Office, ines: TestClient) -> None:
    run = office.shop.database.run
    form = {
        "section": "scripted_response",
        "title": "Recall",
        "text": "Stop riding.",
        "words": "recall\nF200",
        "enabled": "on",
        "priority": "normal",
    }
    wrong = ines.post(f"{GUIDELINES}/new", data={**form, "words": ""})
    assert wrong.status_code == 422
    assert "would answer everything" in wrong.text
    assert "Stop riding." in wrong.text
    assert "1 unpublished change." in ines.post(f"{GUIDELINES}/new", data=form).text
    tried = ines.get(GUIDELINES, params={"message": "is there a recall", "channel": "chat"}).text
    assert "Said word for word" in tried
    assert "words: “recall”" in tried
    ines.post(f"{GUIDELINES}/publish", data={"note": "Spring recall"})
    one = run(guidelines.published_of, office.velo)[0]
    ines.post(f"{GUIDELINES}/{one.id}", data={**form, "priority": "high", "text": "Stop riding now.", "channels": ["chat"]})
    history = ines.get(f"{GUIDELINES}/history").text
    assert "Stop riding now." in history
    assert "Spring recall" in history
    ines.post(f"{GUIDELINES}/publish")
    ines.post(f"{GUIDELINES}/history/1/restore")
    assert run(guidelines.published_of, office.velo) == (one,)
    ines.post(f"{GUIDELINES}/{one.id}/remove")
    assert run(guidelines.draft_of, office.velo) == ()
    ines.post(f"{GUIDELINES}/{one.id}/bring-back")
    ines.post(f"{GUIDELINES}/{one.id}/switch")
    assert not run(guidelines.draft_of, office.velo)[0].guideline.enabled
    ines.post(f"{GUIDELINES}/discard")
    assert run(guidelines.draft_of, office.velo) == (one,)


@pytest.mark.promise("PM2")
def test_who_may_not_edit_the_agent_sees_no_buttons_and_is_refused(office: Office) -> None:
    samira = office.client(office.shop.samira)
    assert "Connect model" not in samira.get(MODEL).text
    assert "Add guideline" not in samira.get(GUIDELINES).text
    assert samira.post(f"{GUIDELINES}/new", data={"section": "tone", "title": "x", "text": "y"}).status_code == 403
    assert samira.post(f"{MODEL}/new", data={"provider": "openai", "model": "m", "key": "k"}).status_code == 403


@pytest.mark.parametrize("screen", ["handoff", "permissions", "channel-settings", "guidelines", "model"])
def test_a_screen_of_an_agent_that_does_not_exist_yet_says_so_and_leads_to_making_one(
    office: Office, ines: TestClient, screen: str
) -> None:
    office.shop.database.run(lambda tx: tx.execute(text("delete from agent")))
    page = ines.get(f"/customer-agent/{screen}").text
    assert "There is no agent yet." in page
    assert '<a class="btn btn-s" href="/customer-agent/identity">Create agent</a>' in page
