"""How far our messages got, as WhatsApp tells it. Pure."""

from collections.abc import Mapping
from typing import Any

from firstline.channels.graph.reading import instant, items, mapping, word
from firstline.channels.graph.trouble import trouble_of
from firstline.channels.happenings import Happening, Ignored, Status
from firstline.channels.whatsapp.inbound import Number
from firstline.channels.whatsapp.outcomes import DEAD, MEDIA, TEMPLATE, sentence
from firstline.conversations.rules import Delivery

_STATES: Mapping[str, Delivery] = {
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "played": Delivery.READ,
    "failed": Delivery.FAILED,
}


def told(of: Number, status: Any) -> Happening:
    """One item of ``statuses``; ``contacts``, ``conversation`` and ``pricing`` may be missing and are not needed."""
    if not isinstance(status, dict):
        raise ValueError("a status is an object")
    state, id = word(status.get("status"), 40).lower(), word(status.get("id"), 400)
    if word(status.get("type")) == "call":
        return Ignored("Status of a call")
    if state not in _STATES:
        return Ignored(f"Status {state or 'without name'}")
    correlation = word(status.get("biz_opaque_callback_data"), 512) or None
    if not id and correlation is None:
        raise ValueError("the status does not say which message it is about")
    user = status.get("recipient_user_id")
    to = of.user(user) or of.phone(status.get("recipient_id"))
    at = instant(status.get("timestamp"))
    trouble = next((trouble_of(one) for one in items(status.get("errors")) if mapping(one)), None)
    if state != "failed" or trouble is None:
        reason = "WhatsApp could not deliver it and does not say why." if state == "failed" else None
        return Status(_STATES[state], at, id or None, correlation, to=to, reason=reason)
    return Status(
        Delivery.FAILED,
        at,
        id or None,
        correlation,
        to=to,
        code=str(trouble.code),
        reason=sentence(trouble),
        refuses_file=trouble.code in MEDIA,
        unreachable=trouble.code in DEAD,
        templates=trouble.code in TEMPLATE,
    )
