"""What certainly never left is sent again by itself; only what may have left is unknown."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from firstline.channels import dispatching
from firstline.channels.base import Account, Capabilities, Outbound, Receipt
from firstline.channels.deliver import Outbox, Overtaken
from firstline.channels.forms import Form
from firstline.channels.graph.client import Graph
from firstline.channels.graph.posting import post_all
from firstline.channels.graph.trouble import Trouble
from firstline.channels.interrupting import Interrupted
from firstline.channels.leaving import Departure, told
from firstline.channels.messenger.outcomes import raised
from firstline.channels.tables import dispatch
from firstline.conversations.rules import Delivery
from firstline.kit.errors import Retry, Unknown
from tests.channels.test_deliver import Post, _conversation, _said
from tests.world import KEYRING, Shop


class Killed(BaseException):
    """The process is gone."""


class Careful(Post):
    """It tells before it sends, and dies where it is told to."""

    capabilities = Capabilities(text_limit=100, tells_begin=True)

    def __init__(self, dies: str = "") -> None:
        super().__init__(lambda message: Receipt(Delivery.SENT, f"p-{message.correlation}"))
        self.dies = dies
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def send(self, account: Account, message: Outbound) -> Receipt:
        if self.dies == "before":
            raise Killed
        if self.meanwhile is not None:
            await self.meanwhile()
        await Departure()._trace("http11.send_request_headers.started", {})
        if self.dies == "after":
            raise Killed
        return await super().send(account, message)


def delivers(shop: Shop, post: Post, conversation: str) -> None:
    asyncio.run(Outbox(shop.database, {"live_chat": post}, KEYRING).deliver(conversation))


@pytest.mark.promise("IN2")
def test_a_process_that_died_before_its_request_began_sent_nothing_so_another_one_sends(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    with pytest.raises(Killed):
        delivers(shop, Careful("before"), conversation)
    assert _said(shop, conversation) == [("sending", None)]
    other = Careful()
    delivers(shop, other, conversation)
    assert (other.sent, _said(shop, conversation)) == (["one"], [("sent", None)])


@pytest.mark.promise("IN2")
def test_a_process_that_died_after_its_request_began_leaves_it_unknown(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    with pytest.raises(Killed):
        delivers(shop, Careful("after"), conversation)
    other = Careful()
    delivers(shop, other, conversation)
    assert other.sent == []
    assert [state for state, _ in _said(shop, conversation)] == ["unknown"]


def test_a_process_that_was_taken_for_dead_sends_nothing_when_it_comes_back(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    slow, fast = Careful(), Careful()

    async def another_one_sends() -> None:
        await Outbox(shop.database, {"live_chat": fast}, KEYRING).deliver(conversation)

    slow.meanwhile = another_one_sends
    delivers(shop, slow, conversation)
    assert (slow.sent, fast.sent) == ([], ["one"])
    assert _said(shop, conversation) == [("sent", None)]


def test_only_the_attempt_that_holds_a_part_may_begin(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    with pytest.raises(Killed):
        delivers(shop, Careful("before"), conversation)
    row = shop.database.run(lambda tx: tx.row(select(dispatch)))
    assert row is not None
    assert not row.begun
    mine = Outbound(row.entry_id, conversation, "one", {}, "teammate", "mira", attempt=1)
    assert not shop.database.run(dispatching.begin, replace(mine, attempt=2))
    assert not shop.database.run(dispatching.begin, replace(mine, form=Form.CONVERTED))
    assert shop.database.run(dispatching.begin, mine)


async def _asked_of(answer: bytes | None, tell: Callable[[], Awaitable[None]] | None = None) -> tuple[Any, bytes]:
    """What a send becomes whose other end reads the request and answers so, or hangs up; and what the other end read."""
    heard = bytearray()

    async def other_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(100_000))
        if answer:
            writer.write(answer)
        writer.close()

    async def nothing() -> None: ...

    server = await asyncio.start_server(other_end, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with told(tell or nothing):
            graph = Graph(f"http://127.0.0.1:{port}", "v26.0", "t")
            try:
                came: Any = await graph.ask("POST", "1/messages", body={}, sends=True)
            except (Unknown, Retry, Overtaken) as raised_:
                came = raised_
    return came, bytes(heard)


def test_a_message_of_two_posts_that_is_interrupted_between_them_is_unknown_and_never_repeated_by_itself() -> None:
    left: list[Any] = []

    async def post(body: Any) -> str:
        if left:
            raise Interrupted
        left.append(body)
        return "id1"

    with pytest.raises(Unknown, match="1 of 2 parts were sent"):
        asyncio.run(post_all([{"n": 1}, {"n": 2}], post))
    with pytest.raises(Interrupted):
        asyncio.run(post_all([{"n": 1}], post))


def test_a_connection_that_breaks_after_the_request_began_is_unknown() -> None:
    came, heard = asyncio.run(_asked_of(None))
    assert isinstance(came, Unknown)
    assert heard.startswith(b"POST /v26.0/1/messages")


def test_a_refused_connection_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Retry):
        asyncio.run(Graph(f"http://127.0.0.1:{port}", "v26.0", "t").ask("POST", "1/messages", body={}, sends=True))


def test_a_request_that_may_not_begin_writes_nothing() -> None:
    async def no() -> None:
        raise Overtaken

    came, heard = asyncio.run(_asked_of(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", no))
    assert isinstance(came, Overtaken)
    assert heard == b""


@pytest.mark.parametrize(
    ("status", "kind"), [(b"500 Oops", Unknown), (b"502 Bad Gateway", Unknown), (b"429 Too Many Requests", Retry)]
)
def test_an_answer_without_an_error_object_is_unknown_unless_it_says_that_nothing_was_done(
    status: bytes, kind: type[Exception]
) -> None:
    came, _ = asyncio.run(_asked_of(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    assert isinstance(came, kind)


def test_what_messenger_calls_transient_is_tried_again_except_where_it_may_have_been_sent() -> None:
    assert isinstance(raised(Trouble(2022, status=500, transient=True), 1, 1.0), Retry)
    assert isinstance(raised(Trouble(1, status=500, transient=True), 1, 1.0), Unknown)
