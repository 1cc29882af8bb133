"""Signing in with an access token (XOAUTH2) at real servers, which ask the provider whether it is good."""

import asyncio
import base64
from collections.abc import Iterator
from typing import Any

import pytest

from firstline.channels import accounts
from firstline.channels.base import Broken, Outbound
from firstline.channels.email.config import config_of
from firstline.channels.email.imap import Mailbox
from firstline.channels.watching import Watchers
from firstline.kit.errors import Rejected
from tests.channels.email.issuing import Provider
from tests.channels.email.letters import mailbox
from tests.channels.email.servers import USERS, Post
from tests.channels.email.test_servers import Office
from tests.world import KEYRING, Shop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mail servers")]
SERVICE, _, _, MIRA, _ = USERS
GOOD = "INBOX can be read, and Sent tells what is sent elsewhere, localhost takes mail."


class ByToken(Office):
    """Veloria's mailbox, whose provider gives tokens."""

    def __init__(self, shop: Shop, post: Post) -> None:
        post.tokens.asked.clear()
        super().__init__(shop, post, sign_in="google", client_id="ci", token_url=f"{post.tokens.url}/token")
        secrets = {"client_secret": "cs", "refresh_token": "rt"}
        settings = self.account.settings
        change: dict[str, Any] = {"name": "Service", "workspace": "inbox", "settings": settings, "secrets": secrets}
        self.database.run(accounts.change, KEYRING, self.channel.config, self.account_id, by=shop.ines, **change)
        self.gives("at-1")

    @property
    def provider(self) -> Provider:
        return self.post.tokens

    def gives(self, token: str) -> None:
        """From now on the provider gives this token, and no other is good."""
        self.provider.answer = (200, {"access_token": token, "expires_in": 3600})
        self.provider.good = {token: SERVICE}

    def refuses(self) -> None:
        """The consent was withdrawn."""
        self.provider.answer = (400, {"error": "invalid_grant", "error_description": "Token has been revoked."})
        self.provider.good = {}

    def checks(self) -> str:
        return asyncio.run(self.channel.check(self.account))

    def sends(self, letter: str) -> None:
        now = self.database.clock.now()
        entry = f"ent_01k9yyyyyyyyyyyyyyyyyyyyy{letter}"
        message = Outbound(entry, "cnv_01k9zzzzzzzzzzzzzzzzzzzzzz", "Yes.", {}, "teammate", MIRA, at=now)
        asyncio.run(self.channel.send(self.account, message))


@pytest.fixture
def office(shop: Shop, post: Post) -> Iterator[ByToken]:
    made = ByToken(shop, post)
    yield made
    made.provider.good = {}
    made.database.close()


@pytest.mark.promise("CH2", "CH7")
def test_both_servers_are_signed_in_to_with_one_token_and_a_new_one_when_it_has_ended(office: ByToken) -> None:
    assert office.checks() == GOOD
    office.sends("a")
    assert len(office.post.mails(MIRA)) == 1
    assert [one["refresh_token"] for one in office.provider.asked] == ["rt"]
    office.gives("at-2")  # the first one ends before its time
    office.sends("b")
    assert len(office.post.mails(MIRA, count=2)) == 2
    office.gives("at-3")
    assert office.checks() == GOOD
    assert len(office.provider.asked) == 3


@pytest.mark.promise("CH2", "CH7")
def test_a_token_of_another_mailbox_or_one_that_is_not_good_is_refused_and_asked_for_once(office: ByToken) -> None:
    office.provider.good = {"at-1": MIRA}
    with pytest.raises(Rejected) as refused:
        office.checks()
    assert isinstance(refused.value, Broken)
    assert "Consent again" in refused.value.cure
    office.provider.good = {}
    with pytest.raises(Rejected):
        office.sends("a")
    assert len(office.provider.asked) == 2


@pytest.mark.promise("CH7")
def test_a_withdrawn_consent_needs_attention_and_a_new_one_is_read_with_at_once(office: ByToken) -> None:
    office.refuses()
    watchers = Watchers(office.database, {"email": office.channel}, KEYRING, office.intake)

    async def story() -> None:
        running = asyncio.create_task(watchers.run())
        try:
            async with asyncio.timeout(60):
                await office.until(lambda: office.account.attention)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(story())
    trouble = office.account.attention or {}
    assert trouble["cause"] == "Google refuses access: Token has been revoked."
    assert "enter the new refresh token" in trouble["cure"]
    office.gives("at-9")
    assert office.checks() == GOOD


class Refusing:
    """An IMAP server that says no to a token as Gmail does: with a challenge that tells why, and waits for an empty line."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            tag, _, asked = line.partition(" ")
            if not asked.upper().startswith("AUTHENTICATE"):
                writer.write(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK done\r\n".encode())
                continue
            for challenge in (b"", base64.b64encode(b'{"status":"400"}')):
                writer.write(b"+ " + challenge + b"\r\n")
                self.heard.append((await reader.readline()).decode().strip())
            writer.write(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials\r\n".encode())
        writer.close()


def test_a_refusal_of_a_token_is_answered_with_an_empty_line_to_hear_why() -> None:
    server = Refusing()

    async def run() -> str:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        given: dict[str, Any] = {"incoming": "imap", "imap_host": "127.0.0.1", "imap_security": "none"}
        config = config_of(mailbox(**given, imap_port=listening.sockets[0].getsockname()[1]))
        with pytest.raises(Broken) as refused:
            await asyncio.to_thread(Mailbox, config, "", "at-1")
        listening.close()
        return refused.value.reason

    assert "Invalid credentials" in asyncio.run(run())
    first, second = server.heard
    assert base64.b64decode(first) == b"user=service@veloria.example\x01auth=Bearer at-1\x01\x01"
    assert second == ""
