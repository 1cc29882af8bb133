"""What people of the business wrote on their phone (coexistence), what was written before we came, and who has the word. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstline.channels.graph.reading import instant, mapping, word
from firstline.channels.happenings import Control, Echo, Edited, Happening, Ignored
from firstline.channels.whatsapp.content import content_of
from firstline.channels.whatsapp.inbound import UNSUPPORTED, Number, changed, received
from firstline.contacts.rules import Identity

PHONE = "Somebody on the phone"


def echoed(of: Number, echo: Any, *, history: bool = False, to: Identity | None = None) -> Happening:
    """One item of ``message_echoes``: a person answered on the phone, which stops the agent."""
    if not isinstance(echo, dict):
        raise ValueError("an echo is an object")
    kind = word(echo.get("type"), 60)
    if kind in ("edit", "revoke") and mapping(echo.get(kind)):
        return _own_change(echo)
    if kind == "reaction":
        return Ignored("Our side reacted to a message.")
    id, at = word(echo.get("id"), 400), instant(echo.get("timestamp"))
    whom = of.user(echo.get("to_user_id")) or of.phone(echo.get("to")) or of.parent(echo.get("to_parent_user_id")) or to
    if not id or whom is None:
        raise ValueError("the echo does not say to whom it went" if id else "the echo has no id")
    content = content_of(echo)
    text = content.text or ("" if content.attachments else UNSUPPORTED.format(kind=kind or "no type"))
    correlation = word(echo.get("biz_opaque_callback_data"), 512) or None
    return Echo(
        whom,
        text,
        id,
        at,
        correlation=correlation,
        attachments=content.attachments,
        by_name=PHONE,
        history=history,
        data=content.data,
    )


def past(of: Number, message: Any, thread: Mapping[str, Any], contacts: Sequence[Any]) -> Happening:
    """One message of ``history``: read-only, it is never answered and opens no window."""
    if not isinstance(message, dict):
        raise ValueError("a message is an object")
    customer = word(thread.get("id"), 200)
    sender = word(message.get("from"), 200)
    mine = sender and sender in (_digits(of.config.display_number), of.config.phone_number_id)
    if mine or message.get("to") or message.get("to_user_id") or (sender and customer and sender != customer):
        return echoed(of, message, history=True, to=of.phone(customer))
    if not sender and not message.get("from_user_id"):
        message = {**message, "from": customer}
    return received(of, message, contacts, history=True)


def taken(of: Number, event: Any) -> Happening:
    """``messaging_handovers``: the word with a customer went to us or to another program."""
    one = mapping(event)
    kind = word(one.get("event"), 60) or word(one.get("type"), 60) or word(one.get("action"), 60)
    sender = one.get("sender")
    named = word(mapping(sender).get("phone_number") or mapping(sender).get("wa_id") or sender, 200)
    user = mapping(sender).get("user_id") or one.get("from_user_id")
    who = of.user(user) or of.phone(named.lstrip("+") or one.get("from") or one.get("to"))
    if who is None:
        return Ignored("A change of control that does not say with whom.")
    detail = mapping(one.get("control_passed")) or mapping(one.get("control_taken")) or one
    role = word(mapping(detail.get("new_owner")).get("role") or detail.get("target_role") or detail.get("new_owner_role"), 60)
    ours = role in ("partner", "app", "api") or kind in ("release", "control_released")
    reason = "Meta's own agent has the word with this customer now" if not ours else "The word came back to Firstline"
    return Control(who, ours, instant(one.get("timestamp")), reason)


def _own_change(echo: Mapping[str, Any]) -> Happening:
    """We keep what our people wrote as it was sent; a message revoked on the phone is told as ignored."""
    found = changed(echo)
    return found if not isinstance(found, Edited) else Ignored("Our side changed or revoked a message on the phone.")


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())
