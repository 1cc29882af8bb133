"""The live feed: committed events to listeners of every process."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from firstline.kit.database import Database, Event
from firstline.kit.events import emit
from firstline.kit.feed import QUEUE, Feed, Listener


def _with_feeds(dsn: str, count: int, play: Callable[[list[Feed]], Coroutine[Any, Any, None]]) -> None:
    """Run a scene with the feeds of several processes, each with its own connections."""

    async def scene() -> None:
        databases = [Database(dsn, threads=2) for _ in range(count)]
        feeds = [Feed(database) for database in databases]
        running = [asyncio.create_task(feed.run()) for feed in feeds]
        try:
            async with asyncio.timeout(15):
                while not all(feed.ready for feed in feeds):  # noqa: ASYNC110 watched from outside
                    await asyncio.sleep(0.01)
                await play(feeds)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            for database in databases:
                database.close()

    asyncio.run(scene())


async def _next_event(listener: Listener) -> Event:
    item = await listener.queue.get()
    assert isinstance(item, tuple)
    return item[1]


def test_an_event_reaches_listeners_of_all_processes(dsn: str) -> None:
    async def play(feeds: list[Feed]) -> None:
        with feeds[0].listen() as here, feeds[1].listen() as there:
            await feeds[0].database.tx(emit, "thing.happened", "t", n=1)
            assert (await _next_event(here)).data == {"n": 1}
            assert (await _next_event(there)).data == {"n": 1}

    _with_feeds(dsn, 2, play)


def test_a_signal_reaches_every_process_once_and_is_not_kept(dsn: str) -> None:
    async def play(feeds: list[Feed]) -> None:
        heard: list[dict[str, Any]] = []
        feeds[1].on_signal(heard.append)
        with feeds[0].listen() as here, feeds[1].listen() as there:
            feeds[0].signal(what="typing", conversation="cnv_1", on=True)
            assert await here.queue.get() == {"what": "typing", "conversation": "cnv_1", "on": True}
            assert await there.queue.get() == {"what": "typing", "conversation": "cnv_1", "on": True}
            await feeds[0].database.tx(emit, "thing.happened", "t")
            assert (await _next_event(here)).kind == "thing.happened"
            assert (await _next_event(there)).kind == "thing.happened"
        assert len(heard) == 1

    _with_feeds(dsn, 2, play)


def test_a_listener_that_falls_too_far_behind_is_ended_and_holds_nobody_up(dsn: str) -> None:
    async def play(feeds: list[Feed]) -> None:
        with feeds[0].listen() as slow, feeds[0].listen() as quick:
            for number in range(QUEUE + 5):
                feeds[0].signal(number=number)
                await quick.queue.get()
            assert [item async for item in slow] == []

    _with_feeds(dsn, 1, play)


def test_stopping_the_feed_ends_its_listeners(dsn: str) -> None:
    async def scene() -> None:
        database = Database(dsn, threads=2)
        feed = Feed(database)
        running = asyncio.create_task(feed.run())
        while not feed.ready:  # noqa: ASYNC110 watched from outside
            await asyncio.sleep(0.01)
        with feed.listen() as listener:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            async with asyncio.timeout(5):
                assert [item async for item in listener] == []
        database.close()

    asyncio.run(scene())
