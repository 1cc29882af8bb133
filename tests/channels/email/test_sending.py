"""Handing mails to servers that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from firstline.channels.base import Account, Broken
from firstline.channels.email.render import Rendered
from firstline.channels.email.smtp import Smtp, Taken
from firstline.channels.email.tokens import Tokens
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Rejected, Retry
from tests.channels.email.letters import AT, MIRA, mailbox

MAIL = Rendered("<ours@veloria.example>", "service@veloria.example", (MIRA, "tom@customer.example"), b"From: a\r\n\r\nHello\r\n")


USUAL = {"data": "354 go", "ehlo": "250-hello\r\n250 AUTH PLAIN LOGIN XOAUTH2", "auth": "235 in"}


class Server:
    """A mail server whose answers are the test's: by verb."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.said: list[str] = []
        self.content = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.answers.get("banner", "220 hello").encode() + b"\r\n")
        while line := (await reader.readline()).decode():
            self.said.append(line.strip())
            verb = line.split()[0].lower() if line.strip() else ""
            answer = self.answers.get(verb, USUAL.get(verb, "250 ok"))
            if verb == "rcpt" and "tom@" in line:
                answer = self.answers.get("tom", answer)
            if answer == "drop":
                return
            writer.write(answer.encode() + b"\r\n")
            if verb == "data" and answer.startswith("354"):
                self.content = await reader.readuntil(b"\r\n.\r\n")
                if (end := self.answers.get("end", "250 taken")) == "drop":
                    return
                writer.write(end.encode() + b"\r\n")


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Account]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    yield mailbox({"password": "x"}, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    listening.close()


def send(server: Server, then: Callable[[Account], Awaitable[Any]] | None = None) -> Any:
    async def run() -> Any:
        async with serving(server) as account:
            smtp = Smtp(Tokens(FixedClock(AT)))
            return await (then(account) if then else smtp.send(account, MAIL))

    return asyncio.run(run())


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"end": "drop"}, Retry),
        ({"data": "drop"}, Retry),
        ({"banner": "421 busy"}, Retry),
        ({"end": "451 later"}, Retry),
        ({"end": "554 spam"}, Rejected),
        ({"rcpt": "550 5.1.1 nobody", "tom": "550 nobody"}, Rejected),
        ({"rcpt": "450 later", "tom": "450 later"}, Retry),
        ({"auth": "535 wrong"}, Broken),
        ({"auth": "454 later"}, Retry),
        ({"mail": "530 sign in first"}, Broken),
    ],
)
def test_what_a_mail_server_does_decides_what_happens_next(answers: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        send(Server(**answers))


@pytest.mark.promise("CH2")
def test_a_connection_that_breaks_after_the_mail_is_tried_again_with_the_same_id() -> None:
    server = Server(end="drop")
    with pytest.raises(Retry):
        send(server)
    first = server.content
    server.answers.clear()
    send(server)
    assert server.content == first


def test_one_refused_copy_does_not_stop_the_others() -> None:
    assert send(Server(tom="550 nobody")) == Taken(("tom@customer.example",))


@pytest.mark.promise("CH7")
def test_an_account_without_a_server_says_so() -> None:
    with pytest.raises(Rejected, match="No SMTP server"):
        asyncio.run(Smtp(Tokens(FixedClock(AT))).send(mailbox(), MAIL))


@pytest.mark.promise("CH7")
@pytest.mark.parametrize(
    "answer", ["550 5.7.30 Basic authentication is not supported", "535 5.7.139 Authentication unsuccessful"]
)
def test_microsoft_s_end_of_passwords_is_told_with_the_way_out(answer: str) -> None:
    with pytest.raises(Broken) as refused:
        send(Server(auth=answer))
    assert "choose microsoft as sign-in" in refused.value.cure
