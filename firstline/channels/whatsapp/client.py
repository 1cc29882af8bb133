"""The only network code of WhatsApp."""

from collections.abc import Mapping
from typing import Any

import structlog

from firstline.channels.base import Account, Fetched
from firstline.channels.graph.client import Refusal
from firstline.channels.graph.connecting import graph_of
from firstline.channels.graph.reading import items, mapping, number, word
from firstline.channels.graph.trouble import regained_in
from firstline.channels.happenings import Notice
from firstline.channels.refusals import FileRefused
from firstline.channels.whatsapp.config import WhatsAppConfig
from firstline.channels.whatsapp.notices import of_quality
from firstline.channels.whatsapp.outcomes import BAD_REQUEST, raised, sentence
from firstline.channels.whatsapp.render import uploaded_as, wire_kind
from firstline.conversations.rules import Attachment
from firstline.kit.errors import Rejected, Retry, Unknown

GONE = "WhatsApp no longer has this file; it keeps them for 7 days."
PAGES = 20
HELD = {
    "held_for_quality_assessment": "WhatsApp holds it back until it has seen how the first customers take this template",
    "paused": "WhatsApp has paused it, and passes it on or says that it failed",
}
"""What ``message_status`` says of a message that was taken and is not passed on yet."""
log = structlog.get_logger(__name__)


class Client:
    """One account's calls."""

    def __init__(self, account: Account, config: WhatsAppConfig) -> None:
        self.config = config
        self.graph = graph_of("whatsapp", config)

    async def send(self, body: Mapping[str, Any], attempt: int) -> tuple[str, str]:
        """Post a message; its id, and why WhatsApp does not pass it on yet, empty if it does.

        :raises Retry: later. :raises Rejected: never. :raises Unknown: nobody can tell. :raises Broken: mend the account.
        """
        answer = await self._ask("POST", f"{self.config.phone_number_id}/messages", body=body, sends=True, attempt=attempt)
        taken = next((mapping(one) for one in items(answer.get("messages"))), {})
        id = word(taken.get("id"), 400)
        if not id:
            raise Unknown("WhatsApp took the message and gave no id for it.")
        return id, HELD.get(word(taken.get("message_status"), 60), "")

    async def upload(self, file: Attachment, attempt: int) -> str:
        """Upload a file to be sent; its id. Repeating it does no harm.

        :raises FileRefused: if WhatsApp does not take the file, which it may say with the code of any bad request, too.
        """
        media_type = uploaded_as(file.media_type or "application/octet-stream")
        try:
            answer = await self.graph.ask(
                "POST",
                f"{self.config.phone_number_id}/media",
                files={"file": (file.name or wire_kind(file), file.content or b"", media_type)},
                form={"messaging_product": "whatsapp", "type": media_type},
            )
        except Refusal as no:
            if no.trouble.code == 100:
                raise FileRefused(sentence(no.trouble)) from None
            raise raised(no.trouble, attempt, regained_in(no.headers, 60.0)) from None
        if id := word(answer.get("id"), 200):
            return id
        raise Retry(30.0, f"WhatsApp gave no id for {file.name}.")

    async def read(self, provider_id: str) -> None:
        """Blue ticks and “typing”, which ends with our message or after 25 seconds."""
        body = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": provider_id,
            "typing_indicator": {"type": "text"},
        }
        await self._ask("POST", f"{self.config.phone_number_id}/messages", body=body)

    async def file(self, ref: str, most: int) -> Fetched:
        """Download a customer's file: look up where it is now, then get it there; a place that is gone is looked up once more.

        :raises Rejected: gone for good, too large, or at a foreign host. :raises Retry: not now.
        """
        for _ in range(2):
            found = await self._look_up(ref)
            size = number(found.get("file_size"))
            if size is not None and size > most:
                raise Rejected(f"The file has {size / 1e6:.0f} MB; {most / 1e6:.0f} MB are the limit.")
            got = await self.graph.download(word(found.get("url"), 4000), most)
            if got is not None:
                return Fetched(got.content, got.media_type or word(found.get("mime_type"), 120))
        raise Retry(60.0, "WhatsApp says where the file is, and it is not there.")

    async def _look_up(self, ref: str) -> Mapping[str, Any]:
        try:
            return await self.graph.ask("GET", ref, query={"phone_number_id": self.config.phone_number_id})
        except Refusal as no:
            if no.trouble.status == 404 or no.trouble.code in (100, 131052) or (no.trouble.code == 33):
                raise Rejected(GONE) from None
            raise raised(no.trouble, 1, regained_in(no.headers, 60.0)) from None

    async def number(self) -> Mapping[str, Any]:
        """What Meta knows of the number."""
        fields = "display_phone_number,verified_name,quality_rating,platform_type"
        return await self._ask("GET", self.config.phone_number_id, query={"fields": fields})

    async def watch_identities(self) -> None:
        """Have WhatsApp tell customers' keys and check those that we send. Repeating it does no harm."""
        body = {"user_identity_change": {"enable_identity_key_check": True}}
        await self._ask("POST", f"{self.config.phone_number_id}/settings", body=body)

    async def rating(self) -> Notice | None:
        """How customers rate the number, as far as it is bad; None if Meta does not tell now."""
        try:
            now = word((await self.number()).get("quality_rating"), 40).upper()
        except (Retry, Rejected, Unknown):
            return None
        return of_quality(now) if now else None

    async def subscribe(self) -> bool:
        """See to it that messages are delivered; True if they were not before."""
        answer = await self._ask("GET", f"{self.config.waba_id}/subscribed_apps")
        known = {_app_in(one) for one in items(answer.get("data"))}
        mine = await self._own_app()
        if mine in known:
            return False
        await self._ask("POST", f"{self.config.waba_id}/subscribed_apps")
        return bool(mine) or not known

    async def _own_app(self) -> str:
        """The id of the app whose token this is: other apps may be subscribed, too. Empty if Meta does not tell."""
        try:
            answer = await self._ask("GET", "debug_token", query={"input_token": self.graph.token})
        except (Retry, Rejected, Unknown):
            return ""
        return word(mapping(answer.get("data")).get("app_id"), 40)

    async def templates(self) -> list[Any]:
        """Meta's list of templates."""
        found: list[Any] = []
        after = ""
        for _ in range(PAGES):
            fields = "name,language,status,category,components,parameter_format,rejected_reason"
            query = {"fields": fields, "limit": "100", **({"after": after} if after else {})}
            answer = await self._ask("GET", f"{self.config.waba_id}/message_templates", query=query)
            found += list(items(answer.get("data")))
            after = word(mapping(mapping(answer.get("paging")).get("cursors")).get("after"), 500)
            if not after or not mapping(answer.get("paging")).get("next"):
                break
        return found

    async def _ask(self, method: str, path: str, *, attempt: int = 1, **more: Any) -> Mapping[str, Any]:
        try:
            return await self.graph.ask(method, path, **more)
        except Refusal as no:
            if no.trouble.code in BAD_REQUEST:  # never its words: they are the customer's
                log.warning(
                    "whatsapp.bad_request", path=path, kind=mapping(more.get("body")).get("type"), why=no.trouble.sentence
                )
            raise raised(no.trouble, attempt, regained_in(no.headers, 60.0)) from None


def _app_in(item: Any) -> str:
    """The id of one item of ``subscribed_apps``."""
    app = mapping(item)
    return word(mapping(app.get("whatsapp_business_api_data")).get("id") or app.get("id"), 40)
