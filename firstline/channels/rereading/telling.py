"""What an account's page says of deliveries that were missed: when it was compared with its provider, and what came back."""

from datetime import timedelta

from sqlalchemy import select

from firstline.channels.rereading import commands
from firstline.channels.rereading.queries import Reading, last_delivery, outcome, reading_of
from firstline.channels.rereading.rules import MARK
from firstline.channels.telling import Deed, Fact, Heading, Line, Said, Table
from firstline.contacts.tables import contact
from firstline.conversations.rules import preview_of
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx

SHOWN = 50
LATELY = timedelta(days=30)
REREAD = Deed("reread", "Compare now", busy="Asking", icon="refresh")


def facts(tx: Tx, account_id: str) -> list[Fact]:
    """When something was last delivered, and what the last comparison found."""
    last, known = last_delivery(tx, account_id), reading_of(tx, account_id)
    delivered = Said(at=last) if last else Said("Nothing yet")
    return [Fact("Last delivery", delivered), *_comparison(tx, account_id, known)]


def _comparison(tx: Tx, account_id: str, known: Reading | None) -> list[Fact]:
    if known is None or known.begun_at is None or known.since is None:
        return [Fact("Compared with the provider", Said("Not yet", detail="Once a day, and at once after a gap."))]
    found = commands.outcome_of(tx, account_id)
    complete = found.endswith("nothing missing") and not known.cut
    few = f"Of {known.cut} {'conversation' if known.cut == 1 else 'conversations'} the provider did not give all messages."
    words = " ".join((f"{found[:1].upper()}{found[1:]}.", *((few,) if known.cut else ())))
    state = Said("Complete" if complete else "Something is missing", "good" if complete else "warn", words)
    if known.held_up:
        when = Said("Not to the end", "warn", known.held_up)
    elif known.finished_at is None:
        when = Said("Going on", "info", known.why)
    else:
        when = Said(at=known.finished_at, detail=known.why)
    return [Fact("Compared with the provider", when), Fact("Messages since the comparison before", state)]


def working(tx: Tx, account_id: str) -> str:
    """What is going on; empty while nothing is."""
    known = reading_of(tx, account_id)
    if known is None or known.begun_at is None or known.held_up:
        return ""
    if known.finished_at is None:
        return f"Messages are compared with the provider's: {known.conversations} conversations so far."
    return "What was missed is being taken in." if outcome(tx, account_id, known.begun_at).waiting else ""


def table(tx: Tx, account_id: str) -> Table:
    """The messages that came this way in the last 30 days, the newest first."""
    e, c = entry.c, conversation.c
    query = (
        select(e.id, e.conversation_id, e.text, e.direction, e.quiet, e.data, e.sent_at, e.at, contact.c.name)
        .join(conversation, c.id == e.conversation_id)
        .join(contact, contact.c.id == c.contact_id)
        .where(c.channel_account_id == account_id, c.updated_at > tx.now - LATELY, e.at > tx.now - LATELY)
        .where(e.data[MARK].as_boolean())
        .order_by(e.id.desc())
        .limit(SHOWN)
    )
    lines = tuple(
        Line(
            row.id,
            (
                Said(row.name or "A customer without a name", conversation=row.conversation_id),
                Said(preview_of(row.text) or "A file"),
                _became(row.direction, quiet=row.quiet, standby=bool(row.data.get("standby"))),
                Said(at=row.sent_at or row.at),
            ),
        )
        for row in tx.rows(query)
    )
    return Table(
        "read-back",
        "Messages that were read back",
        (Heading("Customer"), Heading("Message"), Heading("What became of it", 2), Heading("Sent", 3)),
        lines,
        ("Nothing was missed", "What the provider does not deliver is read back and listed here."),
        intro="Of the last 30 days. They were not delivered, and came in by asking the provider.",
    )


def _became(direction: str, *, quiet: bool, standby: bool) -> Said:
    if direction == "out":
        return Said("Written outside Firstline")
    if standby:
        return Said("Stored", detail="Another app had the thread.")
    if quiet:
        return Said("Stored", detail="A person had answered it.")
    return Said("Came in like any other", "good")
