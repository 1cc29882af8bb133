"""The receiver of our own, spoken to by LMTP and SMTP."""

import asyncio
import smtplib
import socket
from typing import Any

import pytest

from firstline.channels.base import Account, RawRequest
from firstline.channels.email import receiver
from firstline.channels.email.proving import Proving
from firstline.channels.happenings import Happening
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Rejected
from tests.channels.email.letters import ADDRESS, AT, MIRA, mail, mailbox


class Store:
    """Takes deliveries in, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.taken: list[RawRequest] = []

    async def take(self, account: Account, request: RawRequest) -> bool:
        if self.away:
            raise ConnectionError
        self.taken.append(request)
        return True

    async def apply(self, account: Account, *happenings: Happening) -> None:
        pass


def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def hand_in(store: Store, protocol: str, recipient: str) -> Any:
    """What the server says to a mail."""
    at = port()
    account = mailbox(incoming="receiver", receiver_protocol=protocol, receiver_port=at)
    kind = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP

    def send() -> Any:
        client = kind("127.0.0.1", at)
        try:
            return client.sendmail(MIRA, [recipient], mail())
        except smtplib.SMTPException as error:
            return error
        finally:
            client.close()

    async def run() -> Any:
        task = asyncio.create_task(receiver.run(account, store, FixedClock(AT), Proving(FixedClock(AT))))
        await asyncio.sleep(0.2)
        said = await asyncio.to_thread(send)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return said

    return asyncio.run(run())


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_mail_for_the_mailbox_is_taken_with_its_envelope(protocol: str) -> None:
    store = Store()
    coded = ADDRESS.replace("@", "+code@")
    assert hand_in(store, protocol, coded) == {}
    (request,) = store.taken
    assert request.headers == {"x-envelope-to": coded, "x-envelope-from": MIRA}
    assert b"winter tyres" in request.body


@pytest.mark.promise("CH2")
def test_mail_for_others_is_refused_and_mail_that_cannot_be_stored_stays_with_the_sender() -> None:
    refused = hand_in(Store(), "smtp", "other@veloria.example")
    assert isinstance(refused, smtplib.SMTPRecipientsRefused)
    away = hand_in(Store(away=True), "smtp", ADDRESS)
    assert isinstance(away, smtplib.SMTPDataError)
    assert away.smtp_code == 451


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        account = mailbox(incoming="receiver", receiver_port=taken.getsockname()[1])
        with pytest.raises(Rejected, match="Choose another port"):
            asyncio.run(receiver.run(account, Store(), FixedClock(AT), Proving(FixedClock(AT))))
