"""Each of Meta's channels from the first question to the end, over real HTTP, against the simulated Meta."""

import pytest

from firstline.simulators.meta.world import Settings, World
from tests.product.running import Product
from tests.simulators.standing_in import Meta, simulated


@pytest.mark.slow
@pytest.mark.promise("CH3", "CH4", "HO2", "HO9")
@pytest.mark.parametrize("kind", ["whatsapp", "messenger", "instagram"])
def test_a_question_is_answered_then_a_person_takes_over_and_closes(product: Product, kind: str) -> None:
    with simulated(product, kind) as meta:
        product.agent(meta.account, fallback={"kind": "teams", "ids": [product.shop.service]})
        if kind == "whatsapp":  # the number was just moved, and the first words are lost
            meta.does("is-lost")
            assert "Could you send it once more?" in meta.words(1)
            meta.world.sent.clear()
        meta.does("says", text="How many days do I have to give a bike back?")
        assert "30 days" in meta.words(1)
        assert meta.sent(1)["to"] == "4915112345678"
        meta.does("says", text="I want to talk to a human please")
        assert meta.words(2)
        found = product.until(lambda: (one := meta.conversation())["owner"]["kind"] != "agent" and one)
        assert any(entry["kind"] == "handoff" for entry in found["timeline"])
        product.post(f"/conversations/{found['id']}/messages", text="Ines here. What can I do for you?", kind="reply")
        assert meta.words(3) == "Ines here. What can I do for you?"
        meta.does("reads")
        last = product.until(lambda: _delivery(meta) == "read" and meta.conversation())
        assert last["owner"]["kind"] == "teammate"
        product.post(f"/conversations/{found['id']}/close")
        assert meta.conversation()["status"] == "closed"
        assert len(meta.world.sent) == 3
        assert meta.world.shown


def _delivery(meta: Meta) -> str:
    messages = [one for one in meta.conversation()["timeline"] if one["kind"] == "message"]
    return str(messages[-1].get("delivery"))


@pytest.mark.slow
@pytest.mark.promise("CH9", "HO9")
@pytest.mark.parametrize("kind", ["whatsapp", "messenger"])
def test_an_answer_from_the_phone_in_the_middle_of_a_turn_stops_the_agent(product: Product, kind: str) -> None:
    with simulated(product, kind) as meta:
        product.agent(meta.account)
        meta.does("says", text="How many days do I have to give a bike back?")
        product.until(lambda: meta.conversation()["owner"]["kind"] == "agent")
        meta.does("answers", text="Hi, Ines here. I look after you myself.")
        found = product.until(lambda: (one := meta.conversation())["owner"]["kind"] == "nobody" and one)
        product.until(lambda: not _working(product))
        assert meta.world.sent == []
        said = [one["text"] for one in found["timeline"] if one["kind"] == "message"]
        assert said[-1] == "Hi, Ines here. I look after you myself."


@pytest.mark.slow
@pytest.mark.promise("CH4", "CH9", "HO4")
def test_another_app_takes_a_customer_and_gives_them_back_and_a_handoff_goes_on_in_metas_inbox(product: Product) -> None:
    with simulated(product, "messenger") as meta:
        answer = product.api.patch(f"/channel-accounts/{meta.account}", json={"settings": {"pass_handoffs": True}})
        assert answer.status_code == 200, answer.text
        product.agent(meta.account, fallback={"kind": "teams", "ids": [product.shop.service]})
        meta.does("is-called", text="Ana Lima")
        meta.does("says", text="How many days do I have to give a bike back?")
        assert "30 days" in meta.words(1)
        product.until(lambda: product.get(f"/contacts/{meta.conversation()['contact_id']}")["name"] == "Ana Lima")
        meta.does("takes", app="4242")
        product.until(lambda: meta.conversation()["owner"]["kind"] == "nobody")
        meta.does("says", text="Is the first service of a new bike free?")
        product.until(lambda: len([one for one in meta.conversation()["timeline"] if one["by"]["kind"] == "contact"]) == 2)
        assert len(meta.world.sent) == 1
        meta.does("gives-back")
        assert "within 6 months" in meta.words(2)
        meta.does("says", text="I want to talk to a human please")
        product.until(lambda: meta.world.held.get("4915112345678") == "263902037430900")
        product.until(lambda: meta.conversation()["owner"]["kind"] == "nobody")
        assert meta.words(3)
        assert len(meta.world.sent) == 3


def _working(product: Product) -> int:
    from sqlalchemy import text

    waiting = text("select count(*) from procrastinate_jobs where task_name = 'agent.turn' and status in ('todo', 'doing')")
    return int(product.shop.database.run(lambda tx: tx.scalar(waiting)) or 0)


def test_a_simulator_that_is_started_again_gives_other_ids_than_before() -> None:
    before, again = World(Settings()), World(Settings(first=1_000))
    assert (before.number(), before.number(), again.number()) == (1, 2, 1_000)
