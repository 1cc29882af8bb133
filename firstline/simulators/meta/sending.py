"""What Meta does with a message that Firstline posts: checks it as the documentation says, takes it or refuses."""

from collections.abc import Mapping
from typing import Any

from firstline.simulators.meta.world import DAY, World

FILES = frozenset({"image", "video", "audio", "document", "sticker"})
"""Types of a number's messages that carry one."""


class Refused(Exception):
    """An error as Meta answers it."""

    def __init__(self, code: int, message: str, *, status: int = 400, subcode: int = 0, details: str = "") -> None:
        super().__init__(message)
        self.code, self.subcode, self.status, self.message, self.details = code, subcode, status, message, details

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        error: dict[str, Any] = {"message": f"(#{self.code}) {self.message}", "type": "OAuthException", "code": self.code}
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": {**error, "fbtrace_id": "simulated"}}


def whatsapp(world: World, body: Mapping[str, Any]) -> tuple[str, str]:
    """The recipient and the message's id, if it is taken.

    :raises Refused: as Meta refuses.
    """
    to = str(body.get("to") or body.get("recipient") or "").lstrip("+")
    if not to:
        raise Refused(131008, "Required parameter is missing", details="to or recipient")
    if body.get("to") and not str(body["to"]).startswith("+"):
        raise Refused(131009, "Parameter value is not valid", details="to needs a plus sign and a country code")
    kind = str(body.get("type", ""))
    _checked(world, kind, body)
    if to in world.gone:
        raise Refused(131026, "Message undeliverable", details="The recipient cannot get messages.")
    if kind != "template" and world.now() - world.heard.get(to, 0.0) >= DAY:
        raise Refused(131047, "Re-engagement message", details="More than 24 hours have passed since the customer last replied.")
    if world.settings.limits and (code := world.limits.refuse(to, world.now())):
        raise Refused(code, "Rate limit hit")
    return to, f"wamid.OUT{world.number()}"


def _checked(world: World, kind: str, body: Mapping[str, Any]) -> None:
    content = body.get(kind)
    if not isinstance(content, dict):
        raise Refused(131008, "Required parameter is missing", details=kind or "type")
    if kind == "text" and not 0 < len(content.get("body", "")) <= 4096:
        raise Refused(131009, "Parameter value is not valid", details="text.body has 1 to 4096 characters")
    if kind == "interactive":
        _checked_buttons(content)
    if kind in FILES:
        if content.get("id") not in world.media:
            raise Refused(131009, "Parameter value is not valid", details="media id")
        if len(content.get("caption", "")) > 1024 or ("caption" in content and kind in ("audio", "sticker")):
            raise Refused(131009, "Parameter value is not valid", details="caption")
    if kind == "template":
        _checked_template(world, content)


def _checked_buttons(content: Mapping[str, Any]) -> None:
    text, action = content.get("body", {}).get("text", ""), content.get("action", {})
    if content.get("type") == "request_contact_info":
        if not 0 < len(text) <= 1024 or action != {"name": "request_contact_info"}:
            raise Refused(131009, "Parameter value is not valid", details="interactive")
        return
    titles = [one["reply"]["title"] for one in action.get("buttons", ())]
    rows = [row for section in action.get("sections", ()) for row in section.get("rows", ())]
    good = len(text) <= 1024 and text and (1 <= len(titles) <= 3 or 1 <= len(rows) <= 10)
    good = good and all(len(one) <= 20 for one in titles) and len(set(titles)) == len(titles)
    if not good or any(len(row["title"]) > 24 or len(row["id"]) > 200 for row in rows):
        raise Refused(131009, "Parameter value is not valid", details="interactive")


def _checked_template(world: World, content: Mapping[str, Any]) -> None:
    language = content.get("language", {}).get("code")
    found = next((one for one in world.templates if one["name"] == content.get("name") and one["language"] == language), None)
    if found is None:
        raise Refused(132001, "Template name does not exist in the translation", status=404)
    if found["status"] != "APPROVED":
        raise Refused(132015, "Template is paused")
    wanted = sum(one.get("text", "").count("{{") for one in found["components"])
    given = sum(len(one.get("parameters", ())) for one in content.get("components", ()))
    if wanted != given:
        raise Refused(132000, "Number of parameters does not match", details=f"{wanted} expected, {given} given")


def page(world: World, body: Mapping[str, Any], *, instagram: bool) -> tuple[str, str]:
    """The recipient and the message's id, if it is taken.

    :raises Refused: as Meta refuses.
    """
    to = str(body.get("recipient", {}).get("id", ""))
    message = body.get("message")
    if not to or not isinstance(message, dict):
        raise Refused(100, "Invalid parameter", subcode=2018034)
    if to in world.gone:
        raise Refused(551, "This person isn't available right now.", subcode=1545041)
    if to in world.held:
        raise Refused(10, "Another app controls this thread", subcode=2018300, status=403)
    since = world.now() - world.heard.get(to, 0.0)
    tagged = body.get("messaging_type") == "MESSAGE_TAG" and body.get("tag") == "HUMAN_AGENT"
    if since >= DAY and not (tagged and since < 7 * DAY):
        raise Refused(10, "This message is sent outside of allowed window", subcode=2534022 if instagram else 2018278, status=403)
    text = message.get("text", "")
    if len(text) > 2000 or (instagram and len(text.encode()) > 1000):
        raise Refused(100, "Length of param message[text] must be less than or equal to the limit")
    if not text and not message.get("attachment"):
        raise Refused(100, "The message is empty", subcode=2018034)
    replies = message.get("quick_replies", [])
    if len(replies) > 13 or any(len(one["title"]) > 20 or len(one["payload"]) > 1000 for one in replies):
        raise Refused(100, "Invalid quick replies")
    return to, f"m_OUT{world.number()}"
