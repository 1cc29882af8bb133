"""Veloria with its agent at work: what it knows, where it answers, who gets what it cannot do."""

import asyncio
from pathlib import Path

from firstline.agent import commands as agents
from firstline.agent.surroundings import SURROUNDINGS
from firstline.clocks import commands as clocks
from firstline.credits import commands as credits
from firstline.knowledge import commands as knowledge
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.jobs import Reading
from firstline.knowledge.models import MODEL, TOKENIZER
from firstline.routing import commands as routing
from firstline.settings import Settings
from tests.world import Shop

ANSWERS = {
    "How long can I return a bike?": "You can return a bike within 30 days of delivery, as long as nothing is damaged.",
    "How much is a bike service?": "A service costs 79 €, and the first one is free within 6 months of purchase.",
    "Where is your shop?": "Our shop is at Karl-Heine-Straße 40 in Leipzig, open from Monday to Saturday, 10:00 to 18:00.",
    "Can I rent a cargo bike?": "Yes, you can rent a cargo bike for 35 € a day. Book it at least one day ahead.",
}
COVERED = (
    "How many days do I have to give a bike back?",
    "How much does a bike service cost?",
    "Where can I find your shop?",
    "Do you rent out cargo bikes?",
)
NOT_COVERED = ("Do you insure leased bikes in Norway against moose?", "Who won the cup final in 1974?")
A_DAY = 24 * 60
"""Minutes."""
FOR_A_PERSON = ("Can I talk to a human please?", "I want to speak to a real person.")


def open_for_business(shop: Shop, folder: Path) -> str:
    """Velo knows four things and answers in the chat; what it cannot do goes to the service team. Returns the agent's id.

    Customers are never told that they still wait, nor given to people because they do: on a busy machine they do wait.
    """
    run, ines = shop.database.run, shop.ines
    run(clocks.set_policy, "chat", {"agent": A_DAY, "tell": None, "reassign": None, "alert": A_DAY}, by=ines)
    run(credits.grant, 1_000_000, "Never to run out", by=ines)
    velo = run(agents.create, {"name": "Velo", "company": "Veloria"}, by=ines)
    run(agents.set_handoff, velo, {"destination": {"kind": "teams", "ids": [shop.service]}}, by=ines)
    settings = Settings(data=folder)
    models = settings.models.expanduser()
    reading = Reading(shop.database, OnnxEmbedder(models / MODEL, models / TOKENIZER), settings)
    for question, answer in ANSWERS.items():
        asyncio.run(reading.read(run(knowledge.add_short_answer, question, answer, by=ines)))
    asyncio.run(reading.count())
    chat = shop.chat.channel_account_id
    run(
        routing.deploy,
        SURROUNDINGS,
        agent_id=velo,
        channel_account_id=chat,
        fallback={"kind": "teams", "ids": [shop.service]},
        by=ines,
    )
    return velo
