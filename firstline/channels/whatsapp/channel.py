"""WhatsApp as a channel."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from firstline.channels.abilities import Health
from firstline.channels.base import (
    Account,
    Capabilities,
    Fetched,
    Outbound,
    Rate,
    RawRequest,
    Receipt,
    Response,
    Template,
)
from firstline.channels.forms import Form
from firstline.channels.graph import telling
from firstline.channels.graph.config import present_secret, require_secrets, secrets_of
from firstline.channels.graph.health import token_notice
from firstline.channels.graph.posting import post_all
from firstline.channels.graph.signing import verify
from firstline.channels.happenings import Parsed
from firstline.channels.telling import Told
from firstline.channels.templating.queries import checked, held_back
from firstline.channels.whatsapp.client import Client
from firstline.channels.whatsapp.config import WhatsAppConfig, config_of
from firstline.channels.whatsapp.parse import parse
from firstline.channels.whatsapp.pictures import converted
from firstline.channels.whatsapp.render import CAPTION, TAKEN, TEXT, render
from firstline.channels.whatsapp.templates import template_of
from firstline.contacts.rules import Identity
from firstline.conversations.rules import Attachment
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Invalid, Rejected
from firstline.people.rules import Actor

WINDOW = timedelta(hours=24) - timedelta(minutes=5)
"""Meta's window, less what a message may wait before it is sent."""
MOST_FILE = 25_000_000


class WhatsApp:
    """The Cloud API."""

    kind = "whatsapp"
    title = "WhatsApp"
    capabilities = Capabilities(
        text_limit=TEXT,
        typing=True,
        family="messaging",
        icon="whatsapp",
        debounce=2.0,
        turn_budget=60.0,
        tells_begin=True,
        media=frozenset({"image", "audio", "video", "file", "sticker"}),
        media_types=TAKEN,
        media_limit=100_000_000,
        media_alone=True,
        captioned=frozenset({"image", "video", "file"}),
        caption_limit=CAPTION,
        buttons=10,
        button_limit=20,
        window=WINDOW,
        window_cure="template",
        receipts=frozenset({"delivered", "read"}),
        asks_phone=True,
        starts=True,
        rate=Rate(every=1 / 80, burst=80),
        pair_rate=Rate(every=6.0, burst=10),
        settles=5.0,
        attempts=6,
        hook_limit=3_500_000,
    )
    config: type[BaseModel] = WhatsAppConfig

    def __init__(self, database: Database) -> None:
        self.database = database

    def capabilities_for(self, account: Account) -> Capabilities:
        """A number that is on a phone as well sends 20 messages a second, not 80."""
        can = replace(self.capabilities, checks_holder=account.settings.get("identity_check") is True)
        return replace(can, rate=Rate(every=1 / 20, burst=20)) if account.settings.get("coexistence") else can

    def address(self, account: Account) -> str:
        """The phone number."""
        return config_of(account).display_number or config_of(account).phone_number_id

    def verify(self, account: Account, request: RawRequest) -> Response | None:
        """The handshake, or the signature with any of the app secrets."""
        config = config_of(account)
        return verify(request, secrets_of(config), config.verify_token.get_secret_value())

    def interrupts(self, request: RawRequest) -> bool:
        """Somebody may have written on the phone, or another program may have the word."""
        return any(word in request.body for word in (b"message_echoes", b"standby", b"handovers"))

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """What happened."""
        return parse(account, request)

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Upload the files, then post what there is to post."""
        config = config_of(account)
        client = Client(account, config)
        template = await self._template(account, message)
        files = message.attachments if template is None else ()
        if message.form is Form.CONVERTED:
            files = tuple([await self.database.thread(converted, file) for file in files])
            message = replace(message, attachments=files)
        media = [await client.upload(file, message.attempt) for file in files]
        bodies = render(message, media, secret=present_secret(config), template=template)
        held: list[str] = []

        async def post(body: Mapping[str, Any]) -> str:
            id, why = await client.send(body, message.attempt)
            held.append(why)
            return id

        receipt = await post_all(bodies, post)
        return replace(receipt, held=next(filter(None, held), ""))

    async def _template(self, account: Account, message: Outbound) -> Template | None:
        wanted = message.data.get("template")
        if not wanted:
            return None
        values = [str(value) for value in wanted.get("variables", ())]
        try:
            found = await self.database.tx(
                checked, account.id, str(wanted.get("name", "")), str(wanted.get("language", "")), values
            )
        except Invalid as no:
            raise Rejected(no.message) from None
        if why := await self.database.tx(held_back, found, message.identity):
            raise Rejected(why)
        return found

    async def fetch(self, account: Account, attachment: Attachment) -> Fetched:
        """A customer's file; the name of its type is a claim, what it is shows its content."""
        return await Client(account, config_of(account)).file(attachment.ref, MOST_FILE)

    async def acknowledge(self, account: Account, to: Identity, provider_id: str) -> None:
        """Read, and typing; there is no typing without read."""
        config = config_of(account)
        if config.mark_read:
            await Client(account, config).read(provider_id)

    async def fetch_templates(self, account: Account) -> Sequence[Template]:
        """Meta's list; without the business account's id there is none."""
        config = config_of(account)
        if not config.waba_id:
            return ()
        found = [template_of(one) for one in await Client(account, config).templates()]
        return [one for one in found if one is not None]

    async def examine(self, account: Account, now: datetime) -> Health:
        """The end of the token, and how customers rate the number."""
        client = Client(account, config_of(account))
        found = [await token_notice(client.graph, self.kind, now), await client.rating()]
        return Health(tuple(one for one in found if one is not None))

    def tell(self, tx: Tx, account: Account, before: Mapping[str, str]) -> Told:
        """What the account's page shows."""
        return telling.of_account(tx, account, templates=True)

    def act(self, tx: Tx, account: Account, deed: str, on: str, by: Actor) -> str:
        """One of its deeds."""
        return telling.act(tx, account, deed, on, by)

    async def check(self, account: Account) -> str:
        """Ask Meta for the number, and whether our app gets its messages.

        :raises Broken: with the cure.
        """
        config = config_of(account)
        require_secrets(self.kind, config)
        client = Client(account, config)
        known = await client.number()
        name = str(known.get("verified_name") or "the number")
        shown = str(known.get("display_phone_number") or config.display_number)
        said = f"Connected to {name} ({shown})." if shown else f"Connected to {name}."
        if quality := str(known.get("quality_rating") or ""):
            said += f" Quality: {quality.lower()}."
        if config.identity_check:
            await client.watch_identities()
        if not config.waba_id:
            return (
                said
                + " Without the WhatsApp Business Account ID there are no templates, and a lost subscription is not repaired."
            )
        if await client.subscribe():
            said += " The app was not subscribed to its messages; now it is."
        return said
