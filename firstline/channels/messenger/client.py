"""The only network code of Messenger and Instagram."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from firstline.channels.abilities import Profile
from firstline.channels.base import Account, Fetched
from firstline.channels.graph.client import Refusal
from firstline.channels.graph.connecting import graph_of
from firstline.channels.graph.reading import word
from firstline.channels.graph.trouble import regained_in
from firstline.channels.messenger.config import MessengerConfig
from firstline.channels.messenger.outcomes import raised
from firstline.channels.messenger.render import wire_kind
from firstline.channels.messenger.subscribing import Repaired, repair
from firstline.conversations.rules import Attachment
from firstline.kit.errors import Rejected, Retry, Unknown
from firstline.kit.outbound import Outbound

MOST_PICTURE = 1_000_000
"""Bytes of a customer's picture."""


class Client:
    """One account's calls."""

    def __init__(self, account: Account, config: MessengerConfig) -> None:
        self.config = config
        self.graph = graph_of("messenger", config)

    async def send(self, body: Mapping[str, Any], attempt: int) -> str:
        """Post a message; its id.

        :raises Retry: later. :raises Rejected: never. :raises Unknown: nobody can tell. :raises Broken: mend the account.
        """
        answer = await self._ask("POST", f"{self.config.page_id}/messages", body=body, sends=True, attempt=attempt)
        if id := word(answer.get("message_id"), 400):
            return id
        raise Unknown("Meta took the message and gave no id for it.")

    async def upload(self, file: Attachment, attempt: int) -> str:
        """Upload a file to be sent; its id. Repeating it does no harm."""
        message = {"attachment": {"type": wire_kind(file), "payload": {"is_reusable": True}}}
        answer = await self._ask(
            "POST",
            f"{self.config.page_id}/message_attachments",
            query={"platform": "instagram"} if self.config.is_instagram else None,
            form={"message": json.dumps(message)},
            files={"filedata": (file.name or "file", file.content or b"", file.media_type or "application/octet-stream")},
            attempt=attempt,
        )
        if id := word(answer.get("attachment_id"), 200):
            return id
        raise Retry(30.0, f"Meta gave no id for {file.name}.")

    async def show(self, to: str, action: str) -> None:
        """``mark_seen`` or ``typing_on``; the bubble ends with our message or after 20 seconds."""
        await self._ask("POST", f"{self.config.page_id}/messages", body={"recipient": {"id": to}, "sender_action": action})

    async def pass_thread(self, to: str, app_id: str, note: str) -> None:
        """Give the thread to another app.

        :raises Retry: later. :raises Rejected: Meta refuses.
        """
        body = {"recipient": {"id": to}, "target_app_id": app_id, "metadata": note[:1000]}
        await self._ask("POST", f"{self.config.page_id}/pass_thread_control", body=body)

    async def take_thread(self, to: str) -> bool:
        """Take the thread, as the primary receiver may; else ask for it. Whether we have it now."""
        body = {"recipient": {"id": to}, "metadata": "A teammate answers in Firstline"}
        try:
            await self._ask("POST", f"{self.config.page_id}/take_thread_control", body=body)
        except (Rejected, Unknown):
            with contextlib.suppress(Rejected, Unknown):
                await self._ask("POST", f"{self.config.page_id}/request_thread_control", body=body)
            return False
        return True

    async def file(self, url: str, most: int) -> Fetched:
        """Download a customer's file. Its address is signed and ends; no token is sent there.

        :raises Rejected: gone, too large, or no public address. :raises Retry: not now.
        """
        own = urlsplit(url).netloc.lower() == urlsplit(self.config.graph_url).netloc.lower()
        async with Outbound(allow_private=own) as out:
            answer = await out.request("GET", url, most=most, seconds=120.0)
        if answer.status in (401, 403, 404, 410):
            raise Rejected("The address of the file has ended; Meta keeps it for a short time only.")
        if answer.status != 200:
            raise Retry(60.0, f"Meta answered {answer.status} for the file.")
        return Fetched(answer.body, answer.content_type)

    async def page(self) -> str:
        """The name of the page or account."""
        answer = await self._ask("GET", self.config.page_id, query={"fields": "name"})
        return word(answer.get("name"), 200) or word(answer.get("username"), 200)

    async def profile_of(self, person: str) -> Profile | None:
        """Name and picture; None if Meta does not tell, which is no trouble: people decide what apps may see of them.

        :raises Retry: not now.
        """
        fields = "name,username,profile_pic" if self.config.is_instagram else "first_name,last_name,profile_pic"
        try:
            answer = await self._ask("GET", person, query={"fields": fields})
        except (Rejected, Unknown):
            return None
        both = f"{word(answer.get('first_name'), 80)} {word(answer.get('last_name'), 80)}".strip()
        name = both or word(answer.get("name"), 160) or word(answer.get("username"), 160)
        picture = b""
        if url := word(answer.get("profile_pic"), 4000):
            with contextlib.suppress(Rejected, Retry, Unknown):
                picture = (await self.file(url, MOST_PICTURE)).content
        return Profile(name, picture)

    async def subscribe(self) -> Repaired | None:
        """See to it that events are delivered; what was mended."""
        try:
            return await repair(self.graph, self.config)
        except Refusal as no:
            raise raised(no.trouble, 1, regained_in(no.headers, 60.0)) from None

    async def _ask(self, method: str, path: str, *, attempt: int = 1, **more: Any) -> Mapping[str, Any]:
        try:
            return await self.graph.ask(method, path, **more)
        except Refusal as no:
            raise raised(no.trouble, attempt, regained_in(no.headers, 60.0)) from None
