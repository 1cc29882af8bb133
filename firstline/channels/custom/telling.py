"""What a custom channel tells: every attempt to hand something to its webhook, and trying again."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from firstline.channels.base import Account
from firstline.channels.custom import queries
from firstline.channels.custom.config import Declared
from firstline.channels.custom.queries import CustomChannel, HookAttempt
from firstline.channels.registering import Registration, Sample
from firstline.channels.telling import Deed, Fact, Heading, Line, Said, Table, Told
from firstline.conversations import deliveries
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.rules import Actor, Permission

SHOWN = 50
AGAIN = Deed("again", "Try again", busy="Trying")
THREADING = {
    "delivery_identifier": "One lasting conversation for each customer",
    "integration_thread_id": "By the channel’s own thread id",
}
EVENTS = {"message.created": "Message", "ping": "Test", "message.read": "Read mark", "typing.started": "Typing"}
_AGAIN_IN = ("failed", "unknown")


def registration(tx: Tx, found: CustomChannel, accounts: tuple[Account, ...]) -> Registration:
    """A registered channel as screens take it."""
    values = {**found.capabilities, "threading": found.threading, "webhook_url": found.webhook_url or ""}
    return Registration(found.id, found.name, _summary(found), values, found.created_at, accounts)


def _summary(found: CustomChannel) -> str:
    can = Declared.model_validate(found.capabilities)
    parts = [f"texts up to {can.text_limit:,} {can.text_unit}"]
    if can.rich_text:
        parts.append(f"{', '.join(can.rich_text)} as {can.rich_text_format if can.rich_text_format != 'html' else 'HTML'}")
    if can.buttons:
        parts.append(f"{can.buttons} buttons")
    if can.attachments:
        parts.append(", ".join(can.attachments))
    if can.window_hours:
        parts.append(f"a window of {can.window_hours:g} hours")
    if can.typing:
        parts.append("typing")
    if can.marks_read:
        parts.append("read marks")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def of_channel(tx: Tx, channel_id: str, before: Mapping[str, str]) -> Told:
    """What became of the messages of all its accounts."""
    found = queries.which(tx, channel_id)
    return Told(
        facts=(
            Fact(
                "Webhook",
                Said(found.webhook_url) if found.webhook_url else Said("None", "warn", "Messages come in; nothing goes out."),
            ),
            Fact("Messages find their conversation", Said(THREADING[found.threading])),
            Fact("What it can do", Said(_summary(found))),
        ),
        tables=(_attempts(tx, channel_id, before.get("attempts", "")),),
    )


def of_account(tx: Tx, account: Account, before: Mapping[str, str]) -> Told:
    """The same for one account."""
    channel_id = str(account.settings.get("custom_channel_id") or "")
    found = queries.which(tx, channel_id)
    return Told(
        facts=(
            Fact("Custom channel", Said(found.name)),
            Fact("Address", Said(str(account.settings.get("delivery_identifier") or account.name))),
            Fact(
                "Webhook",
                Said(found.webhook_url) if found.webhook_url else Said("None", "warn", "Messages come in; nothing goes out."),
            ),
        ),
        tables=(_attempts(tx, channel_id, before.get("attempts", ""), account.id),),
    )


def act(tx: Tx, channel_id: str, deed: str, on: str, by: Actor) -> str:
    """Try a message again.

    :raises NotFound: if the attempt is not one of this channel's.
    """
    by.require(Permission.MANAGE_CHANNELS)
    if deed != AGAIN.name:
        raise NotFound(f"There is nothing called {deed} to be done with a webhook.")
    entry_id = queries.message_of(tx, channel_id, on)
    # its id goes with it again, and whoever receives by Standard Webhooks takes an id once
    deliveries.try_again(tx, entry_id, by, even_if_sent=True)
    return "The message is handed to the webhook again."


def _attempts(tx: Tx, channel_id: str, before: str, account_id: str | None = None) -> Table:
    found = queries.attempts(tx, channel_id, before=before or None, limit=SHOWN + 1, account_id=account_id)
    shown = found[:SHOWN]
    states = _states(tx, [one.message_id for one in shown if one.message_id])
    latest: dict[str, str] = {}
    for one in shown:
        latest.setdefault(one.event_id, one.id)
    lines = tuple(_line(one, states.get(one.message_id or ""), is_last=latest[one.event_id] == one.id) for one in shown)
    headings = (Heading("Event"), Heading("Answer"), Heading("What was said", 2), Heading("Took", 3), Heading("When", 2))
    nothing = ("Nothing was posted yet", "Each attempt to reach the webhook appears here, with its answer and what was posted.")
    intro = "Kept for 30 days. A message that fails is tried for about two days, with the same id each time."
    older = shown[-1].id if len(found) > SHOWN else ""
    return Table("attempts", "Webhook attempts", headings, lines, nothing, intro, older)


def _states(tx: Tx, entry_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    rows = tx.rows(select(entry.c.id, entry.c.delivery, entry.c.conversation_id).where(entry.c.id.in_(entry_ids)))
    return {row.id: (row.delivery, row.conversation_id) for row in rows}


def _line(one: HookAttempt, state: tuple[str, str] | None, *, is_last: bool) -> Line:
    what = EVENTS[one.type]
    number = f"{what}, attempt {one.attempt}" if one.attempt > 1 else what
    good = one.status is not None and 200 <= one.status < 300
    answer = Said(str(one.status) if one.status is not None else "No answer", "good" if good else "bad")
    again = is_last and state is not None and state[0] in _AGAIN_IN
    cells = (
        Said(number, conversation=state[1] if state else "", detail=one.event_id),
        answer,
        Said(one.error or "Taken."),
        Said(f"{one.ms:,} ms"),
        Said(at=one.at),
    )
    return Line(one.id, cells, (AGAIN,) if again else (), _readable(one.body))


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def samples(base_url: str, found: Registration) -> Sequence[Sample]:
    """Commands that publish a customer's message, and report a status."""
    account = found.accounts[0].id if found.accounts else "ACCOUNT-ID"
    at = f"{base_url}/api/v1/custom-channels/{found.id}/messages"
    message = {
        "account_id": account,
        "direction": "incoming",
        "idempotency_id": "my-1",
        "thread_id": "thread-1",
        "sender": {"id": "user-1", "name": "Mira"},
        "text": "Do you repair e-bikes?",
    }
    return (
        Sample("Hand in a customer’s message", _curl("POST", at, message)),
        Sample("Say that a message arrived", _curl("PATCH", f"{at}/MESSAGE-ID", {"status": "delivered"})),
    )


def _curl(method: str, url: str, body: Mapping[str, Any]) -> str:
    return (
        f'curl -X {method} {shlex.quote(url)} \\\n  -H "Authorization: Bearer $FIRSTLINE_API_KEY" \\\n'
        f"  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"
    )
