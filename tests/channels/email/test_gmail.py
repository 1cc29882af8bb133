"""Gmail's extension of IMAP, on a real server: a pipe between adds what Gmail says beyond it (X-GM-EXT-1)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from sqlalchemy import select

from firstline.channels.base import RawRequest
from firstline.conversations.tables import entry
from tests.channels.email.letters import mail
from tests.channels.email.servers import Post
from tests.channels.email.test_servers import MIRA, SERVICE, Office
from tests.world import Shop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mail servers")]
THREAD = 1851234567890123456


class Pipe:
    """Between Firstline and the server, line by line."""

    def __init__(self, port: int) -> None:
        self.port, self.asked = port, 0

    def to_server(self, line: bytes) -> bytes:
        self.asked += b"X-GM-THRID" in line
        return line.replace(b" X-GM-THRID", b"")

    def to_client(self, line: bytes) -> bytes:
        if b"CAPABILITY IMAP4rev1" in line:
            return line.replace(b"CAPABILITY IMAP4rev1", b"CAPABILITY IMAP4rev1 X-GM-EXT-1")
        return line.replace(b"(UID", b"(X-GM-THRID %d UID" % THREAD) if b"RFC822.SIZE" in line else line

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        ways = (_flows(reader, back, self.to_server), _flows(there, writer, self.to_client))
        await asyncio.gather(*ways, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """The port to connect to."""
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()


async def _flows(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]) -> None:
    try:
        while line := await reader.readline():
            writer.write(change(line))
            await writer.drain()
    finally:
        writer.close()


@pytest.mark.promise("CH2")
def test_the_number_of_the_thread_is_asked_for_where_the_server_has_it(shop: Shop, post: Post) -> None:
    office = Office(shop, post, imap_security="none", watch_sent=False)
    pipe = Pipe(post.imap)
    seen: list[RawRequest] = []
    parse = office.channel.parse

    def watched(account: object, request: RawRequest) -> object:
        seen.append(request)
        return parse(account, request)  # type: ignore[arg-type]

    office.channel.parse = watched  # type: ignore[method-assign,assignment]

    async def act() -> None:
        await office.until(lambda: "INBOX" in office.audits())
        for number, text in enumerate(("First", "Second")):
            raw = mail(text, message_id=f"<m{number}@customer.example>")
            await asyncio.to_thread(post.hand_in, MIRA, SERVICE, raw)
            await office.until(partial(_has, office, text))

    async def through() -> None:
        async with pipe.open() as port:
            settings = {**office.account.settings, "imap_port": port}
            await asyncio.to_thread(office.run, act, settings=settings)

    asyncio.run(through())
    office.database.close()
    assert pipe.asked >= 2
    assert {one.headers.get("x-gm-thrid") for one in seen} == {str(THREAD)}


@pytest.mark.promise("CH2", "CH9")
def test_what_people_sent_while_nobody_looked_is_read_before_what_customers_wrote(shop: Shop, post: Post) -> None:
    office = Office(shop, post)
    order: list[str] = []
    parse = office.channel.parse

    def noted(account: object, request: RawRequest) -> object:
        order.append(request.query["folder"])
        return parse(account, request)  # type: ignore[arg-type]

    office.channel.parse = noted  # type: ignore[method-assign,assignment]

    async def nothing() -> None:
        await office.ready()

    async def both_are_there() -> None:
        await office.until(lambda: len(office.texts()) == 4)

    office.run(nothing)
    for number in range(3):
        post.hand_in(MIRA, SERVICE, mail(f"Question {number}", message_id=f"<q{number}@customer.example>"))
    post.mails(SERVICE, count=3)
    with post.reading(SERVICE, "Sent") as client:
        answer = mail("It is in stock.", sender=SERVICE, to=MIRA, message_id="<s1@x>", in_reply_to="<q1@customer.example>")
        client.append("Sent", answer)
    office.run(both_are_there)
    office.database.close()
    assert order == ["sent", "inbox", "inbox", "inbox"]
    assert sorted(conversations(shop)) == [["It is in stock.", "Question 1"], ["Question 0"], ["Question 2"]]


def _has(office: Office, text: str) -> bool:
    return text in office.texts()


def conversations(shop: Shop) -> list[list[str]]:
    """What was said, by conversation."""
    found: dict[str, list[str]] = {}
    query = select(entry.c.conversation_id, entry.c.text).where(entry.c.kind == "message").order_by(entry.c.id)
    for row in shop.database.run(lambda tx: tx.rows(query)):
        found.setdefault(row.conversation_id, []).append(row.text)
    return list(found.values())
