"""Webhooks of the WhatsApp Cloud API → happenings. Pure: the same bytes give the same happenings.

After Meta's description of webhooks: fields messages, smb_message_echoes, smb_app_state_sync, history, standby, calls,
messaging_handovers, user_preferences and those about the account. Whatever is not known is ignored; what is broken is a problem
of its own and drops none of its siblings.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from firstline.channels.base import Account, RawRequest
from firstline.channels.graph.reading import items, mapping, word
from firstline.channels.graph.webhooks import Item, read_delivery
from firstline.channels.happenings import Happening, Ignored, Parsed
from firstline.channels.whatsapp import customers, keys, notices
from firstline.channels.whatsapp.config import config_of
from firstline.channels.whatsapp.echoes import echoed, past, taken
from firstline.channels.whatsapp.inbound import Number, received
from firstline.channels.whatsapp.statuses import told
from firstline.kit.foreign import decoded

Readers = Callable[[Number, Mapping[str, Any]], Iterator[tuple[Any, Callable[[], Happening]]]]
MOST = 25_000
"""Items of one delivery; Meta sends at most 1,000, except for history: thousands of messages, as many as 3 MB hold."""


def parse(account: Account, request: RawRequest) -> Parsed:
    """What happened.

    :raises ValueError: if the body is no JSON at all.
    """
    number = Number(account.id, config_of(account))
    return read_delivery(decoded(request.body), partial(_items, number), MOST)


def _items(number: Number, envelope: Mapping[str, Any]) -> Iterator[Item]:
    for item, read in _everything(number, envelope):
        yield item, partial(_alone, read)


def _alone(read: Callable[[], Happening]) -> tuple[Happening, ...]:
    return (read(),)


def _everything(number: Number, envelope: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    for entry in items(envelope.get("entry")):
        if not isinstance(entry, dict):
            yield entry, _no_object
            continue
        for change in items(entry.get("changes")):
            yield from _change(number, mapping(entry), change)


def _change(number: Number, entry: Mapping[str, Any], change: Any) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    field, value = word(mapping(change).get("field"), 80), mapping(change).get("value")
    if not isinstance(value, dict):
        yield change, _no_object
        return
    other = word(mapping(value.get("metadata")).get("phone_number_id"), 80)
    if other and other != number.config.phone_number_id:
        yield change, lambda: _elsewhere(other)
        return
    if reader := _FIELDS.get(field):
        yield from reader(number, value)
    elif field in notices.READERS:
        yield value, lambda: notices.READERS[field](entry, value)
    else:
        yield value, lambda: Ignored(f"Field {field or 'without name'}")


def _messages(
    number: Number, value: Mapping[str, Any], *, standby: bool = False
) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    contacts = list(items(value.get("contacts")))
    for message in items(value.get("messages")):
        yield message, lambda one=message: received(number, one, contacts, standby=standby)  # type: ignore[misc]
    for status in items(value.get("statuses")):
        yield status, lambda one=status: told(number, one)  # type: ignore[misc]
    yield from ((told, partial(_itself, told)) for told in keys.told_in(number, value))
    for error in items(value.get("errors")):
        yield error, lambda one=error: notices.error(one)  # type: ignore[misc]


def _itself(happening: Happening) -> Happening:
    return happening


def _standby(number: Number, value: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    yield from _messages(number, value, standby=True)


def _echoes(number: Number, value: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    for echo in items(value.get("message_echoes")):
        yield echo, lambda one=echo: echoed(number, one)  # type: ignore[misc]


def _history(number: Number, value: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    contacts = list(items(value.get("contacts")))
    for chunk in items(value.get("history")):
        for thread in items(mapping(chunk).get("threads")):
            for message in items(mapping(thread).get("messages")):
                yield message, lambda one=message, of=thread: past(number, one, mapping(of), contacts)  # type: ignore[misc]
        for error in items(mapping(chunk).get("errors")):
            yield error, lambda one=error: notices.no_history(one)  # type: ignore[misc]


def _handovers(number: Number, value: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    found = value.get("messaging_handovers") or value.get("handovers") or [value]
    for one in items(found) if isinstance(found, list) else [found]:
        yield one, lambda event=one: taken(number, event)  # type: ignore[misc]


def _calls(number: Number, value: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    contacts = list(items(value.get("contacts")))
    for call in items(value.get("calls")):
        yield call, lambda one=call: customers.called(number, one, contacts)  # type: ignore[misc]
    for error in items(value.get("errors")):
        yield error, lambda one=error: notices.error(one)  # type: ignore[misc]


def _phone_book(number: Number, value: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    for item in items(value.get("state_sync")):
        yield item, lambda one=item: customers.in_phone_book(number, one)  # type: ignore[misc]


def _preferences(number: Number, value: Mapping[str, Any]) -> Iterator[tuple[Any, Callable[[], Happening]]]:
    for item in customers.preferences_in(value):
        yield item, lambda one=item: customers.preference(number, one)  # type: ignore[misc]


_FIELDS: Mapping[str, Readers] = {
    "messages": _messages,
    "standby": _standby,
    "smb_message_echoes": _echoes,
    "history": _history,
    "messaging_handovers": _handovers,
    "calls": _calls,
    "smb_app_state_sync": _phone_book,
    "user_preferences": _preferences,
}


def _no_object() -> Happening:
    raise ValueError("it is no object")


def _elsewhere(other: str) -> Happening:
    raise ValueError(
        f"it is for the number {other}, which is not this account's; connect that one, with a callback address of its own"
    )
