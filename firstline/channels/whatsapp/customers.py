"""What WhatsApp tells of customers besides their messages: names in the phone book of the business, and whether they want
advertising; and that they called. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstline.channels.graph.reading import instant, items, mapping, plain, word
from firstline.channels.happenings import Advertising, Happening, Ignored, Inbound, Listed
from firstline.channels.whatsapp.inbound import Number, name_of, senders

CALLED = "(Called on WhatsApp. Calls are not taken here.)"
NOT_WANTED = "The customer does not want marketing messages from this number."


def in_phone_book(of: Number, item: Any) -> Happening:
    """One item of ``state_sync`` (``smb_app_state_sync``, coexistence): an entry was added, changed or removed on the phone."""
    if not isinstance(item, dict):
        raise ValueError("an entry of the phone book is an object")
    kind, action = word(item.get("type"), 40), word(item.get("action"), 40).lower()
    if kind != "contact" or action not in ("add", "edit", "remove"):
        return Ignored(f"Synchronised {kind or 'without type'}, {action or 'without action'}")
    entry = mapping(item.get("contact"))
    who = of.phone("".join(letter for letter in word(entry.get("phone_number"), 60) if letter in "0123456789"))
    at = instant(mapping(item.get("metadata")).get("timestamp"))
    if who is None:
        return Ignored("An entry of the phone book without a number")
    name = word(entry.get("full_name"), 200).strip() or word(entry.get("first_name"), 200).strip()
    if action != "remove" and not name:
        return Ignored("An entry of the phone book without a name")
    return Listed(who, None if action == "remove" else name, at)


def preference(of: Number, item: Any) -> Happening:
    """One item of ``user_preferences``: the customer stopped marketing messages in WhatsApp, or wants them again."""
    if not isinstance(item, dict):
        raise ValueError("a preference is an object")
    said, about = word(item.get("value"), 40).lower(), word(item.get("category"), 80)
    if about != "marketing_messages" or said not in ("stop", "resume"):
        return Ignored(f"Preference {about or 'without category'}, {said or 'without value'}")
    found = of.user(item.get("user_id")), of.phone(item.get("wa_id")), of.parent(item.get("parent_user_id"))
    who = tuple(one for one in found if one is not None)
    if not who:
        raise ValueError("nothing says whose preference it is")
    return Advertising(who, said == "resume", instant(item.get("timestamp")), NOT_WANTED)


def called(of: Number, call: Any, contacts: Sequence[Any]) -> Happening:
    """One item of ``calls``. Nobody takes calls here: one that a customer made is kept where people see it, and opens the reply
    window as a message does. No machine answers it."""
    if not isinstance(call, dict):
        raise ValueError("a call is an object")
    event, direction = word(call.get("event"), 40).lower(), word(call.get("direction"), 40).upper()
    id = word(call.get("id"), 400)
    if direction == "BUSINESS_INITIATED" or event not in ("connect", "terminate"):
        return Ignored(f"Call {event or 'without event'}")
    if not id:
        raise ValueError("the call has no id")
    known = {key: call[key] for key in ("event", "status", "start_time", "end_time", "duration", "errors") if key in call}
    who = senders(of, call, contacts)
    return Inbound(
        who[0],
        CALLED,
        id,
        sender_name=name_of(call, contacts),
        at=instant(call.get("timestamp")),
        data={"type": "call", "own_words": "", "call": plain(known)},
        aliases=tuple(who[1:]),
        answerable=False,
    )


def preferences_in(value: Mapping[str, Any]) -> list[Any]:
    """The items of ``user_preferences``; one may come without a list."""
    found = value.get("user_preferences")
    return list(items(found)) if isinstance(found, list) else [found]
