"""Sending webhooks: signed, repeated until they are taken, twice or out of order if that is wanted."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from firstline.channels.graph.signing import signature
from firstline.simulators.meta.world import INSTAGRAM, NUMBER, PAGE, WABA, World

ATTEMPTS = 40
PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)


class Post:
    """Webhooks on their way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tasks: set[asyncio.Task[None]] = set()
        self.answers: list[int] = []
        """The status of every answer, in the order they came."""

    def send(self, kind: str, *bodies: Mapping[str, Any]) -> None:
        """Send some webhooks in the background."""
        for body in self._doubled(bodies):
            task = asyncio.create_task(self._until_taken(kind, body))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def quiet(self) -> None:
        """Return once nothing is on its way."""
        while self.tasks:
            await asyncio.wait(self.tasks)

    def _doubled(self, bodies: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        dice, settings = self.world.dice, self.world.settings
        found = [body for body in bodies for _ in range(2 if dice.random() < settings.duplicates else 1)]
        if settings.shuffled:
            dice.shuffle(found)
        return found

    async def _until_taken(self, kind: str, body: Mapping[str, Any]) -> None:
        settings = self.world.settings
        account = {
            "whatsapp": settings.whatsapp_account,
            "messenger": settings.messenger_account,
            "instagram": settings.instagram_account,
        }[kind]
        if not settings.target or not account or kind in self.world.failing.ended:
            return
        path = "whatsapp" if kind == "whatsapp" else "messenger"
        raw = json.dumps(body).encode()
        headers = {"content-type": "application/json", "x-hub-signature-256": signature(settings.app_secret, raw)}
        async with httpx.AsyncClient(timeout=20.0, trust_env=False) as client:
            for attempt in range(ATTEMPTS):
                if settings.shuffled:
                    await asyncio.sleep(self.world.dice.random() * 0.2)
                try:
                    answer = await client.post(f"{settings.target}/hooks/{path}/{account}", content=raw, headers=headers)
                    self.answers.append(answer.status_code)
                    if answer.status_code == 200:
                        self.world.failing.taken(kind)
                        return
                except (httpx.HTTPError, AttributeError):  # the latter where a connection breaks just after it was made (anyio)
                    self.answers.append(0)
                self.world.failing.failed(kind, self.world.now())
                if kind in self.world.failing.ended:
                    return
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])


def whatsapp(field: str = "messages", *, at: float = 0.0, **value: Any) -> dict[str, Any]:
    """One webhook of the WhatsApp number; ``at`` is when it happened, where Meta says it beside the value."""
    whole = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "493415550100", "phone_number_id": NUMBER},
        **value,
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": WABA, **({"time": int(at)} if at else {}), "changes": [{"field": field, "value": whole}]}],
    }


def page(kind: str, *items: Mapping[str, Any], standby: bool = False, time: int = 0) -> dict[str, Any]:
    """One webhook of the page or the Instagram account."""
    key = "standby" if standby else "messaging"
    id = INSTAGRAM if kind == "instagram" else PAGE
    return {"object": "instagram" if kind == "instagram" else "page", "entry": [{"id": id, "time": time, key: list(items)}]}
