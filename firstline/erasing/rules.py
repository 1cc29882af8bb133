"""What belongs to a person, found from the shape of the tables; what is told about it. Pure."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from graphlib import TopologicalSorter
from typing import Any
from urllib.parse import quote

SHORTEST = 5
"""Characters of a word that is looked for; shorter ones are found in everything."""
ROOTS = ("contact", "conversation")
NAMED = {"contact_id": "contact", "conversation_id": "conversation", "entry_id": "entry", "turn_id": "turn"}
"""A column of this name holds the id of such a row, also where the database does not know."""

STAYS = {
    "ledger": "The credit ledger adds up only with every line. Its lines say amounts and the number of a conversation, no names.",
    "credit_hold": "What was kept and charged for a conversation. Amounts and the number of a conversation, no names.",
    "model_use": "What models cost. Numbers of words and the number of a turn, no words.",
    "erasure": "The record that this was done. Numbers and the id of the contact, no names.",
    "erased_name": "Fingerprints that cannot be read back: a message that a provider repeats does not bring the person back.",
    "audit_entry": "The audit log is a chain that cannot be changed. It names which fields were changed, not what was in them.",
}
"""Rows that are left, and why."""
COPIES = (
    "raw_delivery",
    "hook_attempt",
    "notice",
    "idempotent",
    "delivery_report",
    "mail_address",
    "publication",
    "event",
    "bucket",
    "thread_control",
)
"""Copies in passing: of deliveries, answers and mails. Those that name the person go."""


class State(StrEnum):
    """How far an erasure is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class Step(StrEnum):
    """The steps in order; each can be repeated."""

    TAKE_IN = "take_in"
    CUT_OFF = "cut_off"
    REMOVE = "remove"
    COPIES = "copies"
    DELIVERIES = "deliveries"
    SEARCH = "search"
    DONE = "done"


STEP_NAMES = {
    Step.TAKE_IN: "Taking in what has arrived",
    Step.CUT_OFF: "Cutting the person off",
    Step.REMOVE: "Removing conversations and files",
    Step.COPIES: "Removing copies",
    Step.DELIVERIES: "Reading stored deliveries",
    Step.SEARCH: "Searching every table",
    Step.DONE: "Done",
}


@dataclass(frozen=True)
class Column:
    """A column that refers to another table. ``of`` is None for one that only its name tells."""

    name: str
    of: str | None = None
    key: str = "id"
    nulls: bool = False
    """The database empties it when the other row goes."""


@dataclass(frozen=True)
class Shape:
    """A table as far as it matters here."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Edge:
    """Rows of a table belong to the person whose column names a row that does."""

    column: str
    of: str
    key: str = "id"


@dataclass(frozen=True)
class Reach:
    """Tables whose rows go, those that hang on others first, and how each row is found."""

    order: tuple[str, ...]
    edges: Mapping[str, tuple[Edge, ...]]


def reach(shapes: Iterable[Shape]) -> Reach:
    """What hangs on contacts and conversations, over any number of tables; a new table is reached by itself."""
    tables = {shape.name: shape for shape in shapes}
    found: dict[str, tuple[Edge, ...]] = dict.fromkeys(ROOTS, ())
    grew = True
    while grew:
        grew = False
        for name, shape in tables.items():
            if name in STAYS or name in ROOTS:
                continue
            edges = tuple(edge for column in shape.columns if (edge := _edge(column, found)) is not None and edge.of != name)
            if edges and edges != found.get(name):
                found[name] = edges
                grew = True
    found["conversation"] = (Edge("contact_id", "contact"),)
    sorter = TopologicalSorter({name: {edge.of for edge in edges} for name, edges in found.items()})
    return Reach(tuple(reversed(tuple(sorter.static_order()))), found)


def _edge(column: Column, found: Mapping[str, Any]) -> Edge | None:
    of = column.of or NAMED.get(column.name)
    if of is None or of not in found or column.nulls:
        return None
    return Edge(column.name, of, column.key if column.of else "id")


@dataclass(frozen=True)
class Person:
    """Who is forgotten: ids, and the words by which copies are found."""

    contacts: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Addresses, numbers and ids that nobody else has."""
    names: tuple[str, ...] = ()
    """What others may be called too: looked for, and only reported where it is not a copy."""

    def as_json(self) -> dict[str, Any]:
        """As the row keeps it while the erasure runs."""
        return {
            "contacts": list(self.contacts),
            "conversations": list(self.conversations),
            "accounts": list(self.accounts),
            "words": list(self.words),
            "names": list(self.names),
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Person":
        """What :meth:`as_json` wrote."""
        return cls(
            *(tuple(kept.get(key, ())) for key in ("contacts", "conversations", "accounts", "words", "names")),
        )


def looked_for(words: Iterable[str]) -> tuple[str, ...]:
    """Words worth looking for, in small letters, each once."""
    clean = (" ".join(word.split()).lower() for word in words)
    return tuple(sorted({word for word in clean if len(word) >= SHORTEST}))


def written(words: Sequence[str]) -> tuple[str, ...]:
    """The ways in which words stand in stored text: plain, in an address bar's letters, in JSON's."""
    ways: set[str] = set()
    for word in words:
        ways |= {word, quote(word, safe="").lower(), word.encode("unicode_escape").decode("ascii").lower()}
    return tuple(sorted(ways))


def mentions(text: str, words: Sequence[str]) -> bool:
    """Whether a text names one of the words."""
    small = text.lower()
    return any(word in small for word in words)


def unpacked(answer: str) -> str:
    """A stored answer of the REST interface as text; it is kept in base 64."""
    try:
        return base64.b64decode(answer, validate=True).decode("utf-8", "replace")
    except ValueError:
        return answer


def is_address(value: str) -> bool:
    """Whether a property, by its look, is an address or a number of the person: something that nobody else has."""
    return "@" in value or sum(letter.isdigit() for letter in value) >= 7


@dataclass(frozen=True)
class Report:
    """What was, or would be, done."""

    contact_id: str
    gone: Mapping[str, int]
    files: int = 0
    bytes: int = 0
    stays: Mapping[str, int] = field(default_factory=dict)
    found: Sequence[Mapping[str, Any]] = ()
    """Where the person is still named: table, column, rows."""
    id: str = ""
    state: State = State.WAITING
    step: Step = Step.TAKE_IN
    asked_at: datetime | None = None
    asked_by: str = ""
    finished_at: datetime | None = None

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(self.gone.values())


WORDS = {
    "contact": "Contacts",
    "conversation": "Conversations",
    "entry": "Messages, comments and entries",
    "attachment": "Files with messages",
    "identity": "Addresses and identities",
    "identity_evidence": "Evidence of identities",
    "identity_profile": "Names and pictures that providers told",
    "identity_unreachable": "Addresses that cannot be written to",
    "identity_listing": "Names from the phone book of the business",
    "identity_no_marketing": "Advertising that is not wanted",
    "identity_doubt": "Doubts about who writes",
    "identity_key": "Keys of devices that providers told",
    "thread_control": "Who has the word at a provider",
    "contact_merge": "Merges",
    "merge_suggestion": "Suggestions to merge",
    "turn": "Turns of the agent",
    "turn_step": "Steps and traces of turns",
    "gap": "Questions that were not answered",
    "action_call": "Actions for the customer",
    "verification": "Verification codes",
    "routing_decision": "Routing decisions",
    "dispatch": "Messages on the wire",
    "provider_name": "Providers' ids of messages",
    "delivery_report": "Delivery reports",
    "raw_delivery": "Stored deliveries of providers",
    "dead_letter": "Deliveries that were not understood",
    "hook_attempt": "Attempts at webhooks",
    "publication": "Publications of custom channels",
    "mail": "Whole mails",
    "mail_address": "Addresses that mail does not reach",
    "notice": "Mails to teammates and customers",
    "idempotent": "Answers of the REST interface",
    "event": "Entries of the event log",
    "clock": "Clocks",
    "waiting": "Places in a queue",
    "bucket": "Counters of sending",
    "known_question": "Questions for tests",
    "upload": "Files chosen in the chat and not sent",
    "ledger": "Lines of the credit ledger",
    "credit_hold": "Credits kept for conversations",
    "model_use": "Uses of models",
    "audit_entry": "Entries of the audit log",
}


def called(table: str) -> str:
    """A table in words."""
    return WORDS.get(table, table.replace("_", " ").capitalize())
