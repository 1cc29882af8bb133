"""Somebody of the business answers from their own mail program while the agent is writing (CH9)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.agent import commands as agents
from firstline.agent import queries as agent_queries
from firstline.agent.listening import Listening
from firstline.agent.turn import Turns
from firstline.channels.tables import dispatch
from firstline.conversations.rules import OwnerKind
from tests.agent.thinkers import EmptyLibrary, Says, courtesy
from tests.channels.email.letters import ADDRESS, MIRA, mail
from tests.channels.email.test_placing import Mailbox, mailbox

__all__ = ["mailbox"]
BY_THE_MAILBOX = {"sender": f"Samira <{ADDRESS}>", "to": MIRA}
WITH_A_COPY = {"sender": "samira@veloria.example", "to": MIRA, "cc": ADDRESS}


@pytest.mark.promise("CH9", "HO9")
@pytest.mark.parametrize(("headers", "folder"), [(BY_THE_MAILBOX, "sent"), (WITH_A_COPY, "inbox")], ids=["sent", "copy"])
def test_a_mail_of_ours_in_the_middle_of_a_turn_drops_what_the_agent_was_about_to_say(
    mailbox: Mailbox, headers: dict[str, str], folder: str
) -> None:
    shop = mailbox.shop
    velo = shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines)
    word = mail("It is in stock.", message_id="<s1@x>", in_reply_to="<m1@customer.example>", **headers)

    async def meanwhile() -> None:
        await asyncio.to_thread(mailbox.gets, word, folder=folder)

    thinker = Says(courtesy("Too late"), meanwhile)
    channels: dict[str, Any] = {"email": mailbox.channel}
    turns = Turns(shop.database, EmptyLibrary(), thinker, channels, Listening(shop.database), lambda **_: None)
    mailbox.gets(mail())
    (asked,) = mailbox.conversations()
    shop.gives_to_agent(asked.id, velo)
    for _ in range(2):
        asyncio.run(turns.run(asked.id))
    assert len(thinker.seen) == 1
    assert mailbox.said(asked.id) == ["Do you have winter tyres?", "It is in stock."]
    (found,) = mailbox.conversations()
    assert found.owner.kind is not OwnerKind.AGENT
    turn = shop.database.run(agent_queries.turn_of, shop.database.run(agent_queries.turns_of, asked.id)[0])
    assert turn["state"] == "superseded"
    waiting = select(func.count()).select_from(dispatch).where(dispatch.c.delivery.in_(("pending", "sending")))
    assert shop.database.run(lambda tx: tx.scalar(waiting)) == 0
