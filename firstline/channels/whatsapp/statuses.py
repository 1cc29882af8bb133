"""How far our messages got, as WhatsApp tells it. Pure."""

from collections.abc import Mapping
from typing import Any

from firstline.channels.graph.reading import instant, items, mapping, word
from firstline.channels.graph.trouble import trouble_of
from firstline.channels.happenings import Happening, Ignored, Status
from firstline.channels.whatsapp.inbound import Number
from firstline.channels.whatsapp.outcomes import DEAD, HELD_BACK, HOLDER, MEDIA, NO_MARKETING, PAUSE, TEMPLATE, sentence
from firstline.contacts.rules import Identity
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
    to = recipient(of, status)
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
        holder_changed=trouble.code in HOLDER,
        unreachable=trouble.code in DEAD,
        no_marketing=trouble.code in NO_MARKETING,
        no_marketing_for=PAUSE if trouble.code == HELD_BACK else None,
        templates=trouble.code in TEMPLATE,
    )


def recipient(of: Number, status: Mapping[str, Any]) -> Identity | None:
    """To whom it went. In a group the recipient is the group, and the participant a field of its own; the parent id has two names
    in Meta's pages."""
    if word(status.get("recipient_type"), 40) == "group":
        user, phone = status.get("recipient_participant_user_id"), status.get("recipient_participant_id")
        parent = status.get("recipient_participant_parent_user_id")
    else:
        user, phone = status.get("recipient_user_id"), status.get("recipient_id")
        parent = status.get("recipient_parent_user_id") or status.get("parent_recipient_user_id")
    return of.user(user) or of.phone(phone) or of.parent(parent)
