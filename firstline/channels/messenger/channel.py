"""Messenger and Instagram as a channel."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from firstline.channels.abilities import Health, Profile, Thread
from firstline.channels.base import Account, Broken, Capabilities, Fetched, Outbound, Rate, RawRequest, Receipt, Response
from firstline.channels.graph import telling
from firstline.channels.graph.config import present_secret, require_secrets, secrets_of
from firstline.channels.graph.health import app_token, token_notice
from firstline.channels.graph.posting import post_all
from firstline.channels.graph.signing import verify
from firstline.channels.happenings import Parsed
from firstline.channels.messenger.client import Client
from firstline.channels.messenger.config import MessengerConfig, config_of
from firstline.channels.messenger.conversations import Conversations, Rest, in_hands_of_another
from firstline.channels.messenger.events import Page
from firstline.channels.messenger.parse import parse
from firstline.channels.messenger.render import HUMAN_WINDOW, WINDOW, render
from firstline.channels.messenger.renewing import renewed
from firstline.channels.messenger.settling import settled_by
from firstline.channels.refusals import HeldElsewhere
from firstline.channels.rereading import commands as rereading
from firstline.channels.rereading import telling as missed
from firstline.channels.rereading.rules import READ
from firstline.channels.telling import Fact, Said, Told
from firstline.contacts.rules import Identity
from firstline.conversations.rules import Attachment
from firstline.kit.database import Tx
from firstline.people.rules import Actor

MARGIN = timedelta(minutes=5)
"""What a message may wait before it is sent, taken off the windows."""
TEXT = 1_900
"""Characters; Meta says 2,000, and counts some of them twice."""
INSTAGRAM_TEXT = 1_000
"""Bytes of UTF-8."""
MOST_FILE = 25_000_000


async def _posted(client: Client, message: Outbound, body: Mapping[str, Any]) -> str:
    """Post one body. Where another app has the thread, what a person wrote takes it first; a machine never takes it.

    :raises HeldElsewhere: if it cannot be had.
    """
    try:
        return await client.send(body, message.attempt)
    except HeldElsewhere:
        if message.by_kind != "teammate":
            raise
        if not await client.take_thread(message.to):
            raise HeldElsewhere(
                "Another app has the thread with this customer. Firstline asked for it; try again once it is here, "
                "or answer in Meta's inbox."
            ) from None
        return await client.send(body, message.attempt)


class Messenger:
    """The Messenger Platform."""

    kind = "messenger"
    title = "Messenger and Instagram"
    capabilities = Capabilities(
        text_limit=TEXT,
        typing=True,
        family="messaging",
        icon="messenger",
        debounce=2.0,
        turn_budget=60.0,
        tells_begin=True,
        media=frozenset({"image", "audio", "video", "file"}),
        media_limit=25_000_000,
        buttons=13,
        button_limit=20,
        window=WINDOW - MARGIN,
        window_cure="none",
        receipts=frozenset({"delivered", "read"}),
        rate=Rate(every=1 / 200, burst=200),
        heavy_rate=Rate(every=1 / 10, burst=10),
        pair_rate=Rate(every=0.5, burst=10),
        hook_limit=4_000_000,
    )
    config: type[BaseModel] = MessengerConfig

    def __init__(self, rest: Rest = asyncio.sleep) -> None:
        self.rest = rest
        """Passes the time between two requests of the Conversations API."""

    def capabilities_for(self, account: Account) -> Capabilities:
        """Instagram counts bytes; the 7 days of people need Meta's approval."""
        can, config = self.capabilities, config_of(account)
        if config.is_instagram:
            can = replace(
                can,
                text_limit=INSTAGRAM_TEXT,
                text_unit="bytes",
                receipts=frozenset({"read"}),
                rate=Rate(every=1 / 100, burst=100),
            )
        if config.human_agent:
            can = replace(can, window_cure="tag", human_window=HUMAN_WINDOW - MARGIN)
        return can

    def address(self, account: Account) -> str:
        """The page's name, else its id."""
        return config_of(account).page_name or config_of(account).page_id

    def verify(self, account: Account, request: RawRequest) -> Response | None:
        """The handshake, or the signature with any of the app secrets."""
        config = config_of(account)
        return verify(request, secrets_of(config), config.verify_token.get_secret_value())

    def interrupts(self, request: RawRequest) -> bool:
        """Somebody may have written in Meta's inbox, or another app may have the thread."""
        return request.method == READ or any(word in request.body for word in (b"is_echo", b"standby", b"thread_control"))

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """What happened. What was read back is applied by what is known here."""
        found = parse(account, request)
        return replace(found, settle=settled_by(found.happenings)) if request.method == READ else found

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Upload the files, then post what there is to post."""
        config = config_of(account)
        client = Client(account, config)
        media = [await client.upload(file, message.attempt) for file in message.attachments]
        bodies = render(
            message,
            media,
            secret=present_secret(config),
            human_agent=config.human_agent,
            updates=not config.is_instagram,  # its own documentation names responses and the tag only
        )
        return await post_all(bodies, lambda body: _posted(client, message, body))

    async def fetch(self, account: Account, attachment: Attachment) -> Fetched:
        """A customer's file."""
        return await Client(account, config_of(account)).file(attachment.ref, MOST_FILE)

    async def acknowledge(self, account: Account, to: Identity, provider_id: str) -> None:
        """Seen, and typing."""
        config = config_of(account)
        if config.mark_read:
            client = Client(account, config)
            await client.show(to.value, "mark_seen")
            await client.show(to.value, "typing_on")

    def passes_to(self, account: Account) -> str:
        """Meta's inbox, if the account's handed-over conversations go there."""
        config = config_of(account)
        return config.inbox_app_id if config.pass_handoffs else ""

    async def pass_thread(self, account: Account, to: Identity, note: str) -> None:
        """Pass the thread to the inbox."""
        config = config_of(account)
        await Client(account, config).pass_thread(to.value, config.inbox_app_id, note)

    async def profile_of(self, account: Account, who: Identity) -> Profile | None:
        """What Meta tells of a customer."""
        return await Client(account, config_of(account)).profile_of(who.value)

    async def examine(self, account: Account, now: datetime) -> Health:
        """The end of the token. One of Instagram Login ends after 60 days and is renewed long before."""
        client = Client(account, config_of(account))
        config = client.config
        if config.uses_instagram_login:
            return await renewed(client.graph, account.secrets, now)
        found = await token_notice(client.graph, self.kind, now, app_token(config.app_id, present_secret(config)))
        return Health((found,) if found is not None else ())

    def tell(self, tx: Tx, account: Account, before: Mapping[str, str]) -> Told:
        """What the account's page shows."""
        passed = self.passes_to(account)
        where = "To Meta's inbox" if passed else "Here"
        more = [Fact("Handed-over conversations go on", Said(where)), *missed.facts(tx, account.id)]
        told = telling.of_account(tx, account, templates=False, more=more, last=[missed.table(tx, account.id)])
        going = missed.working(tx, account.id)
        return replace(told, deeds=() if going else (missed.REREAD,), working=going)

    def act(self, tx: Tx, account: Account, deed: str, on: str, by: Actor) -> str:
        """One of its deeds."""
        if deed == missed.REREAD.name:
            rereading.ask(tx, account.id, by)
            return "The messages of the provider are compared with those here; what is missing is read back."
        return telling.act(tx, account, deed, on, by)

    async def check(self, account: Account) -> str:
        """Ask Meta for the page.

        :raises Broken: with the cure.
        """
        config = config_of(account)
        require_secrets(self.kind, config)
        if config.is_instagram and not config.instagram_id:
            cure = "Enter the Instagram account ID in this account's settings. With Instagram Login it stands in both fields."
            raise Broken("instagram_id", "Instagram's messages name an account ID that is missing here, so none is read.", cure)
        client = Client(account, config)
        said = f"Connected to {await client.page() or config.page_id}."
        if not config.app_id:
            said += " Enter the app ID too: by it, our own messages are told from those that people write in Meta's inbox."
        return said

    async def repair(self, account: Account) -> str:
        """Read the subscription to the account's events, and subscribe anew what is missing."""
        mended = await Client(account, config_of(account)).subscribe()
        return mended.sentence if mended is not None else ""

    async def went_on(self, account: Account, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Conversations with a message since."""
        return await self._conversations(account).went_on(since)

    async def thread(self, account: Account, name: str, since: datetime) -> Thread:
        """What was said in one."""
        return await self._conversations(account).thread(name, since)

    async def thread_with(self, account: Account, who: Identity, since: datetime) -> Thread | None:
        """What was said with a customer."""
        found = self._conversations(account)
        name = await found.named(who.value)
        return await found.thread(name, since) if name else None

    async def to_take_in(self, account: Account, thread: Thread) -> RawRequest:
        """As it was read; where another app has the thread, it says so."""
        elsewhere = thread.who is not None and await self._conversations(account).held_elsewhere(thread.who.value)
        return in_hands_of_another(thread.request) if elsewhere else thread.request

    def _conversations(self, account: Account) -> Conversations:
        config = config_of(account)
        return Conversations(Client(account, config).graph, Page(account.id, config), self.rest)
