"""In a burst the job of an account is asked for once for many deliveries."""

import asyncio

import pytest

from firstline.channels.intake import waking
from firstline.channels.intake.waking import Waker
from firstline.kit.database import Tx
from tests.world import Shop


def test_who_asks_while_somebody_asks_is_asked_for_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def wake(tx: Tx, account_id: str) -> None:
        asked.append(account_id)

    monkeypatch.setattr(waking, "wake", wake)
    monkeypatch.setattr(waking, "PAUSE", 0.0)

    async def burst() -> None:
        waker = Waker(shop.database)
        for _ in range(50):
            waker.ask("cha_1")
        waker.ask("cha_2")
        await asyncio.gather(*waker.asking.values())
        waker.ask("cha_1")
        await asyncio.gather(*waker.asking.values())

    asyncio.run(burst())
    assert sorted(asked) == ["cha_1", "cha_1", "cha_2"]
