"""What customers and the business's own people do, as webhooks."""

from typing import Any

from firstline.simulators.meta.conversations import Line, Threads
from firstline.simulators.meta.posting import Post, page, whatsapp
from firstline.simulators.meta.world import APP, INSTAGRAM, PAGE, World


class People:
    """Customers who write, read and react, and people of the business who answer elsewhere."""

    def __init__(self, world: World, post: Post) -> None:
        self.world = world
        self.post = post
        self.threads = Threads()

    def says(self, kind: str, who: str, text: str, *, id: str = "", media: str = "", more: dict[str, Any] | None = None) -> str:
        """A customer writes; returns the message's id."""
        self.world.heard[who] = self.world.now()
        self.world.gone.discard(who)
        id = id or f"{'wamid.IN' if kind == 'whatsapp' else 'm_IN'}{self.world.number()}"
        if kind != "whatsapp":
            self.threads.add(kind, who, Line(id, self.world.now(), True, text, media))
        self.post.send(kind, self.message(kind, who, text, id, media, more or {}))
        return id

    def message(
        self, kind: str, who: str, text: str, id: str, media: str = "", more: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The webhook of a customer's message."""
        now = self.world.now()
        if kind == "whatsapp":
            content: dict[str, Any] = {"type": "text", "text": {"body": text}}
            if media:
                content = {"type": "image", "image": {"id": media, "mime_type": self.world.media[media][1], "caption": text}}
            said = {"id": id, "timestamp": str(int(now)), **_from(who), **content, **(more or {})}
            key = {"identity_key_hash": self.world.key_of(who)} if self.world.checks_identities else {}
            return whatsapp(contacts=[{**_contact(who), **key}], messages=[said])
        sender = {"sender": {"id": who}, "recipient": {"id": INSTAGRAM if kind == "instagram" else PAGE}}
        body: dict[str, Any] = {"mid": id, "text": text, **(more or {})}
        item = {**sender, "timestamp": int(now * 1000), "message": body}
        return page(kind, item, standby=who in self.world.held)

    def takes(self, kind: str, who: str, app: str) -> None:
        """Another app takes the thread with a customer; we hear of it, and of what the customer writes on standby only."""
        self.world.held[who] = app
        self._control(kind, who, take_thread_control={"previous_owner_app_id": APP, "new_owner_app_id": app, "metadata": ""})

    def gives_back(self, kind: str, who: str) -> None:
        """The other app passes the thread to us."""
        app = self.world.held.pop(who, "")
        self._control(kind, who, pass_thread_control={"previous_owner_app_id": app, "new_owner_app_id": APP, "metadata": ""})

    def _control(self, kind: str, who: str, **event: Any) -> None:
        own = INSTAGRAM if kind == "instagram" else PAGE
        now = int(self.world.now() * 1000)
        self.post.send(kind, page(kind, {"sender": {"id": who}, "recipient": {"id": own}, "timestamp": now, **event}))

    def taps(self, kind: str, who: str, title: str) -> str:
        """A customer taps the latest button of this title."""
        for one in reversed(self.world.sent):
            if one["to"] != who:
                continue
            for choice, label in _choices(one["body"]):
                if label == title:
                    reply = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
                    if kind == "whatsapp":
                        more = {"type": "interactive", "interactive": reply, "context": {"id": one["id"]}}
                        return self.says(kind, who, "", more=more)
                    return self.says(kind, who, title, more={"quick_reply": {"payload": choice}})
        raise LookupError(f"No message to {who} has a button “{title}”.")

    def changes_phone(self, who: str) -> None:
        """A customer gets another phone, or their number another holder: WhatsApp tells it where identities are checked."""
        self.world.phones[who] = self.world.phones.get(who, 0) + 1
        if self.world.checks_identities:
            now = int(self.world.now())
            told = {"acknowledged": False, "created_timestamp": now, "hash": self.world.key_of(who)}
            message = {"id": f"wamid.S{self.world.number()}", "timestamp": str(now), "type": "system", **_from(who)}
            change = {"system": {"type": "customer_identity_changed"}, "identity": told}
            self.post.send("whatsapp", whatsapp(messages=[{**message, **change}]))

    def is_lost(self, who: str) -> str:
        """A customer writes to a number that was just moved to coexistence: WhatsApp tells that, and not what."""
        errors = [{"code": 131060, "title": "This message is currently unavailable."}]
        return self.says("whatsapp", who, "", more={"type": "unsupported", "errors": errors})

    def gives_number(self, who: str, phone: str) -> str:
        """A customer taps the button of the latest message that asks for their number, and WhatsApp sends it.

        :raises LookupError: if nothing asked for it.
        """
        asked = [one for one in self.world.sent if one["to"] == who and _asks_number(one["body"])]
        if not asked:
            raise LookupError(f"No message to {who} asks for a phone number.")
        digits = "".join(letter for letter in phone if letter.isdigit())
        name = {"formatted_name": f"Customer {who[-4:]}"}
        card = {"name": name, "phones": [{"phone": phone, "wa_id": digits}], "origin": "contact_request"}
        return self.says("whatsapp", who, "", more={"type": "contacts", "contacts": [card], "context": {"id": asked[-1]["id"]}})

    def reads(self, kind: str, who: str) -> None:
        """A customer reads everything."""
        now = self.world.now()
        if kind == "whatsapp":
            ids = [one["id"] for one in self.world.sent if one["to"] == who]
            told = [{"id": id, "status": "read", "timestamp": str(int(now)), **_to(who)} for id in ids]
            self.post.send(kind, whatsapp(statuses=told))
            return
        sender = {"sender": {"id": who}, "recipient": {"id": INSTAGRAM if kind == "instagram" else PAGE}}
        self.post.send(kind, page(kind, {**sender, "timestamp": int(now * 1000), "read": {"watermark": int(now * 1000)}}))

    def person_answers(self, kind: str, who: str, text: str) -> str:
        """Somebody of the business answers on the phone, or in Meta's inbox."""
        id, now = f"human.{self.world.number()}", self.world.now()
        if kind == "whatsapp":
            whom = {"to_user_id": who} if "." in who else {"to": who}
            echo = {"from": "493415550100", **whom, "id": id, "timestamp": str(int(now)), "type": "text", "text": {"body": text}}
            self.post.send(kind, whatsapp("smb_message_echoes", message_echoes=[echo]))
            return id
        self.threads.add(kind, who, Line(id, now, False, text))
        own = INSTAGRAM if kind == "instagram" else PAGE
        message = {"mid": id, "is_echo": True, "app_id": 263902037430900, "text": text}
        item = {"sender": {"id": own}, "recipient": {"id": who}, "timestamp": int(now * 1000), "message": message}
        self.post.send(kind, page(kind, item))
        return id

    def told_of(self, kind: str, sent: dict[str, Any], failed: int | None = None) -> None:
        """After a send: sent, delivered, and the page's own echo; or, on WhatsApp, with which code it failed."""
        now, settings, who = self.world.now(), self.world.settings, sent["to"]
        if kind == "whatsapp":
            if settings.receipts:
                base = {"id": sent["id"], "timestamp": str(int(now)), **_to(who)}
                correlation = sent["body"].get("biz_opaque_callback_data")
                told = {**base, **({"biz_opaque_callback_data": correlation} if correlation else {})}
                if self.world.checks_identities and failed is None:
                    told["recipient_identity_key_hash"] = self.world.key_of(who)
                if failed is not None:
                    error = {"code": failed, "title": "Simulated", "error_data": {"details": "Simulated"}}
                    self.post.send(kind, whatsapp(statuses=[{**told, "status": "failed", "errors": [error]}]))
                    return
                for state in ("sent", "delivered"):
                    self.post.send(kind, whatsapp(statuses=[{**told, "status": state}]))
            return
        own = INSTAGRAM if kind == "instagram" else PAGE
        body = sent["body"].get("message", {})
        if settings.echoes:
            echo = {
                "mid": sent["id"],
                "is_echo": True,
                "app_id": int(sent["app"]),
                **{k: body[k] for k in ("text", "metadata") if k in body},
            }
            item = {"sender": {"id": own}, "recipient": {"id": who}, "timestamp": int(now * 1000), "message": echo}
            self.post.send(kind, page(kind, item))
        if settings.receipts and kind == "messenger":
            item = {"sender": {"id": who}, "recipient": {"id": own}, "timestamp": int(now * 1000)}
            self.post.send(kind, page(kind, {**item, "delivery": {"watermark": int(now * 1000), "mids": [sent["id"]]}}))


def _asks_number(body: dict[str, Any]) -> bool:
    return bool(body.get("interactive", {}).get("type") == "request_contact_info")


def _from(who: str) -> dict[str, str]:
    """A name with a dot is a business-scoped id; digits are a WhatsApp id."""
    return {"from_user_id": who} if "." in who else {"from": who}


def _to(who: str) -> dict[str, str]:
    return {"recipient_user_id": who} if "." in who else {"recipient_id": who}


def _contact(who: str) -> dict[str, Any]:
    return {"profile": {"name": f"Customer {who[-4:]}"}, **({"user_id": who} if "." in who else {"wa_id": who})}


def _choices(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Id and title of everything that can be tapped in a message."""
    action = body.get("interactive", {}).get("action", {})
    found = [(one["reply"]["id"], one["reply"]["title"]) for one in action.get("buttons", ())]
    found += [(row["id"], row["title"]) for section in action.get("sections", ()) for row in section["rows"]]
    return found + [(one["payload"], one["title"]) for one in body.get("message", {}).get("quick_replies", ())]
