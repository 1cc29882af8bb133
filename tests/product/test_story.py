"""The product's main job over its own interfaces: a visitor's socket on one side, REST on the other."""

import pytest

from tests.product.running import Product


@pytest.mark.promise("AN1", "AN3", "CH1", "DP2", "RT1")
def test_a_question_gets_a_cited_answer_and_the_conversation_says_why_the_agent_had_it(product: Product) -> None:
    account = product.shop.chat.channel_account_id
    agent, deployment = product.agent(account)
    with product.visitor(account) as tab:
        assert tab.ready["poweredByAi"]
        tab.say("how many days do I have to give a bike back?")
        answer = tab.entry(by={"kind": "agent", "name": "Velo"})
    assert "30 days" in answer["text"]
    assert [one["title"] for one in answer["citations"]] == ["How long can I return a bike?"]
    found = product.get("/conversations")["items"][0]
    assert found["owner"] == {"kind": "agent", "id": agent}
    whole = product.get(f"/conversations/{found['id']}")
    assert [entry["kind"] for entry in whole["timeline"]] == ["message", "assignment", "message"]
    codes = [reason["code"] for reason in whole["routing"]["reasons"]]
    assert codes == ["deployed", "within_hours", "switched_on", "credits_left", "covered"]
    assert whole["routing"]["deployment_id"] == deployment
    turn = product.get(f"/conversations/{found['id']}/turns")["items"][0]
    assert turn["decision"] == "answer"
    assert turn["trace"]["found"][0]["used"]


@pytest.mark.promise("AN2", "HO2")
def test_what_the_content_does_not_cover_is_not_guessed(product: Product) -> None:
    account = product.shop.chat.channel_account_id
    product.agent(account)
    with product.visitor(account) as tab:
        tab.say("Do you insure leased bikes in Norway against moose?")
        answer = tab.entry(by={"kind": "agent", "name": "Velo"})
    assert answer["citations"] == []
    assert "30 days" not in answer["text"]


@pytest.mark.promise("HO2", "HO6", "HO7", "RT3")
def test_asking_for_a_person_hands_over_at_once_and_then_people_talk(product: Product) -> None:
    account = product.shop.chat.channel_account_id
    product.agent(account, fallback={"kind": "teams", "ids": [product.shop.workshop]})
    with product.visitor(account) as tab:
        tab.say("My gears click. Can I talk to a human please?")
        told = tab.entry(by={"kind": "agent", "name": "Velo"})
        assert told["text"]
        assert tab.state(asked=True)["owner"]["kind"] == "team"
        found = product.get("/conversations")["items"][0]
        assert found["owner"] == {"kind": "teammate", "id": product.shop.jonas.id}
        timeline = product.get(f"/conversations/{found['id']}")["timeline"]
        handoff = next(entry for entry in timeline if entry["kind"] == "handoff")
        assert handoff["data"]["reason"]["code"] == "asked_for_person"
        assert "gears" in handoff["data"]["brief"]["wants"].lower()
        product.post(f"/conversations/{found['id']}/messages", text="Hello, Ines here.")
        assert tab.entry(by={"kind": "teammate", "name": "Ines"})["text"] == "Hello, Ines here."
        tab.say("Great, when can I come?", "m2")
        timeline = product.get(f"/conversations/{found['id']}")["timeline"]
    assert [entry["by"]["kind"] for entry in timeline if entry["kind"] == "message"] == [
        "contact",
        "agent",
        "teammate",
        "contact",
    ]
    usage = product.get("/usage")
    assert usage["used"] == 0


@pytest.mark.promise("SW1", "DP6", "RT1")
def test_switched_off_the_held_conversation_is_finished_and_a_new_one_is_not_taken(product: Product) -> None:
    account = product.shop.chat.channel_account_id
    product.agent(account, fallback={"kind": "teams", "ids": [product.shop.service]})
    with product.visitor(account) as held:
        held.say("how long can I return a bike?")
        held.entry(by={"kind": "agent", "name": "Velo"})
        product.api.put("/usage/switch", json={"on": False}).raise_for_status()
        assert held.state(poweredByAi=False)
        held.say("is the first service free?", "m2")
        assert "6 months" in held.entry(by={"kind": "agent", "name": "Velo"})["text"]
        with product.visitor(account) as new:
            assert not new.ready["poweredByAi"]
            new.say("how long can I return a bike?")
            new.state(asked=True)
    newest = product.get("/conversations")["items"]
    owners = {one["owner"]["kind"] for one in newest}
    assert owners == {"agent", "teammate"}
    switched = next(one for one in newest if one["owner"]["kind"] == "teammate")
    codes = [reason["code"] for reason in switched["routing"]["reasons"]]
    assert "switched_off" in codes
    assert product.get("/usage")["used"] == 1


@pytest.mark.promise("WH1", "WH3", "RT1")
def test_outside_its_hours_a_new_conversation_goes_to_the_fallback(product: Product) -> None:
    account = product.shop.chat.channel_account_id
    silent = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
    product.agent(
        account,
        hours={"mode": "outside", "timezone": "Europe/Berlin", "rows": silent},
        fallback={"kind": "teammates", "ids": [product.shop.samira.id]},
    )
    with product.visitor(account) as tab:
        assert not tab.ready["poweredByAi"]
        tab.say("how long can I return a bike?")
        tab.state(asked=True)
    codes = [reason["code"] for reason in product.get("/conversations")["items"][0]["routing"]["reasons"]]
    assert "outside_hours" in codes
    assert "fallback" in codes


@pytest.mark.promise("DP7")
def test_removing_a_deployment_lets_held_conversations_run_on(product: Product) -> None:
    account = product.shop.chat.channel_account_id
    _, deployment = product.agent(account)
    with product.visitor(account) as tab:
        tab.say("how long can I return a bike?")
        tab.entry(by={"kind": "agent", "name": "Velo"})
        product.api.delete(f"/deployments/{deployment}").raise_for_status()
        tab.say("is the first service free?", "m2")
        assert "6 months" in tab.entry(by={"kind": "agent", "name": "Velo"})["text"]
        with product.visitor(account) as new:
            new.say("hello")
            product.until(lambda: product.get("/conversations", view="unassigned")["items"])


@pytest.mark.promise("AN5")
def test_a_burst_in_the_chat_gets_one_answer(product: Product) -> None:
    account = product.shop.chat.channel_account_id
    product.agent(account)
    with product.visitor(account) as tab:
        for number, text in enumerate(("hi", "one question", "about returns", "how many days", "can I return a bike?")):
            tab.say(text, f"m{number}")
        tab.entry(by={"kind": "agent", "name": "Velo"})
        tab.quiet()
    found = product.get("/conversations")["items"][0]
    timeline = product.get(f"/conversations/{found['id']}")["timeline"]
    assert len([entry for entry in timeline if entry["kind"] == "message" and entry["by"]["kind"] == "agent"]) == 1
