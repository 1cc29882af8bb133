"""Actions in a preview: the same steps and gates as in a conversation, and nothing is called or written."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.agent.actions.tables import action_call, verification
from firstline.agent.models.base import Act, Reason
from firstline.agent.preview import Line, Preview
from firstline.channels.livechat.channel import LiveChat
from firstline.conversations import queries
from tests.agent.actions.workshop import Agent, OtherSystem, knows, mails, order_status, refund
from tests.world import Shop


@pytest.fixture(scope="module")
def system() -> Iterator[OtherSystem]:
    with OtherSystem().running() as running:
        yield running


class Rehearsing:
    """A preview of an agent, one message after the other."""

    def __init__(self, agent: Agent, contact_id: str | None = None) -> None:
        self.agent, self.contact_id = agent, contact_id
        turns = agent.turns
        self.preview = Preview(
            agent.shop.database, turns.library, agent.thinker, {"live_chat": LiveChat()}, chooser=turns.chooser
        )
        self.lines: list[Line] = []

    def says(self, text: str) -> dict[str, Any]:
        """The agent's answer, which becomes a part of the conversation."""
        self.lines.append(Line("customer", text))
        answer = asyncio.run(self.preview.ask(self.agent.id, self.lines, contact_id=self.contact_id))
        if answer["text"]:
            self.lines.append(Line("agent", answer["text"]))
        return answer


def untouched(agent: Agent, system: OtherSystem) -> bool:
    """Whether nothing was called, recorded or mailed."""

    def rows(tx: Any) -> int:
        return sum(tx.scalar(select(func.count()).select_from(table)) or 0 for table in (action_call, verification))

    return not system.seen and agent.shop.database.run(rows) == 0 and not mails(agent.shop)


@pytest.mark.promise("TE1", "AC2", "AC3")
def test_a_preview_asks_for_inputs_and_shows_the_call_it_would_make(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, order_status(system), {"key": "s3cret"})
    preview = Rehearsing(agent)
    first = preview.says("What is my order status?")
    assert (first["decision"], first["text"]) == ("clarify", "What is your order number?")
    assert first["trace"]["action"]["missing"] == ["order number"]
    between = preview.says("where do I find it?")
    assert "action" not in between["trace"]
    call = preview.says("It is A-1042")
    assert (call["decision"], call["text"]) == ("act", "Order A-1042 is [State].")
    told = call["trace"]["action"]
    assert told["step"] == "call"
    assert told["arguments"] == {"order": "A-1042"}
    assert told["request"] == f"GET {system.url}/orders/A-1042"
    assert "s3cret" not in str(call)
    assert "action" not in preview.says("thanks a lot")["trace"]
    assert untouched(agent, system)


@pytest.mark.promise("TE1", "AC3")
def test_the_gates_of_a_preview_are_those_of_a_call(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, refund(system, protection="approve", confirm=True))
    preview = Rehearsing(agent)
    assert preview.says("refund for A-7 please")["text"] == "Refund: order number: A-7. Shall I do that?"
    approval = preview.says("yes")
    assert approval["trace"]["action"]["step"] == "approval"
    assert approval["trace"]["action"]["gate"] == "needs_approval"
    assert '"order": "A-7"' in approval["trace"]["action"]["body"]
    assert untouched(agent, system)


@pytest.mark.promise("TE1", "AC3")
def test_a_preview_as_a_contact_uses_what_is_on_file(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, order_status(system, protection="verify"))
    stranger = Rehearsing(agent)
    assert stranger.says("order status of A-5")["decision"] == "handoff"
    conversation = agent.hears("hello there")
    knows(shop, conversation, email="mira@example.org")
    known = Rehearsing(agent, agent.shop.database.run(queries.which, conversation).contact_id)
    assert "m…a@example.org" in known.says("order status of A-5")["text"]
    assert known.says("123 456")["decision"] == "act"
    assert untouched(agent, system)


@pytest.mark.promise("TE1", "AN6")
def test_what_a_model_proposes_is_rehearsed_with_the_customers_word(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, refund(system, confirm=True))
    agent.turns.chooser = None
    preview = Rehearsing(agent)
    agent.thinker.draft = Act(reasons=(Reason("model", "x"),), action="refund", arguments={"order": "A-9"})
    assert preview.says("my money please, A-9")["text"] == "Refund: order number: A-9. Shall I do that?"
    assert preview.says("yes please")["trace"]["action"]["step"] == "call"
    agent.thinker.draft = Act(reasons=(), action="wire_money", arguments={})
    assert Rehearsing(agent).says("pay")["decision"] == "handoff"
    assert untouched(agent, system)
