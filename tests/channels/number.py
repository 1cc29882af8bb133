"""A WhatsApp number with a customer who has written, files for it, and what Meta tells of them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import select

from firstline.channels import writing
from firstline.channels.base import Account
from firstline.channels.deliver import Outbox
from firstline.conversations import attaching, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Attachment
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.kit.events import event
from firstline.people.rules import Actor
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import Dislike
from tests.channels.meta import ANA, Meta
from tests.world import KEYRING

PDF = b"%PDF-1.7\n" + b"0" * 60
AT = "https://desk.example/files/"


def drawn(mode: str = "CMYK", kind: str = "JPEG") -> bytes:
    """A picture as print programs make it, which WhatsApp does not take."""
    out = BytesIO()
    Image.new(mode, (40, 30)).save(out, kind)
    return out.getvalue()


def picture(name: str = "bike.jpg") -> Attachment:
    return attaching.uploaded(name, "image/jpeg", drawn())


def bill() -> Attachment:
    return attaching.uploaded("bill.pdf", "application/pdf", PDF)


class Number:
    """A number with a customer who has written."""

    def __init__(self, meta: Meta) -> None:
        self.meta = meta
        self.account: Account = meta.account("whatsapp")
        self.talk = meta.hears(self.account)

    def writes(self, text: str, *files: Attachment) -> str:
        database, jonas = self.meta.shop.database, self.meta.shop.jonas
        return database.run(writing.reply, self.meta.channels, self.talk, text, jonas, attachments=files).id

    def agent_writes(self, text: str, *files: Attachment) -> str:
        self.meta.gives_to_agent(self.talk)

        def write(tx: Tx) -> str:
            by = Actor.agent("agt_velo", "Velo")
            made = replying.agent_reply(tx, locked(tx, self.talk), text, by, {}, turn_id="trn_test")
            attaching.attach(tx, made.id, files)
            return made.id

        return self.meta.shop.database.run(write)

    def delivers(self) -> list[dict[str, Any]]:
        """What left, as it was posted."""
        outbox = Outbox(self.meta.shop.database, self.meta.channels, KEYRING, "https://desk.example")
        return self.meta.settled(lambda: asyncio.run(outbox.deliver(self.talk)))

    def dislikes(self, times: int = 1, told: str = "answer", code: int = 131053) -> None:
        self.meta.world.dislikes.append(Dislike(code, told, times))

    def told(self, state: str, name: str = "", *, ours: str = "", code: int = 131053, later: int = 0) -> None:
        """A status of Meta's, under its own id, under ours, or both."""
        error = {"errors": [{"code": code, "title": "Media upload error"}]} if state == "failed" else {}
        names = {**({"id": name} if name else {}), **({"biz_opaque_callback_data": ours} if ours else {})}
        at = str(int(self.meta.world.now()) + later)
        status = {**names, "status": state, "timestamp": at, "recipient_id": ANA, **error}
        self.takes(whatsapp(statuses=[status]))

    def takes(self, body: Any) -> None:
        """A webhook; in a thread of its own, because it may come while a request of ours is being answered."""
        with ThreadPoolExecutor(1) as aside:
            aside.submit(self.meta.take, self.account, body).result()

    def later(self, minutes: int) -> None:
        clock = self.meta.shop.database.clock
        assert isinstance(clock, FixedClock)
        clock.set(clock.now() + timedelta(minutes=minutes))

    def last_id(self) -> str:
        return str(self.meta.world.sent[-1]["id"])

    def state(self, id: str) -> str:
        return str(self.meta.entry(id).delivery)

    def reason(self, id: str) -> str:
        return str(self.meta.entry(id).delivery_reason)

    def undelivered(self) -> list[Any]:
        rows = select(event.c.data).where(event.c.kind == "message.undelivered")
        return self.meta.shop.database.run(lambda tx: [row.data for row in tx.rows(rows)])


def is_plain_jpeg(number: Number, body: dict[str, Any]) -> bool:
    """Whether the picture of a message that left is one that WhatsApp takes."""
    content, media_type = number.meta.world.media[body["image"]["id"]]
    return media_type == "image/jpeg" and Image.open(BytesIO(content)).mode == "RGB"
