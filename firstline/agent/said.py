"""Entries of a conversation as thinkers see them."""

from firstline.agent.models.base import Said
from firstline.conversations.rules import Entry
from firstline.people.rules import ActorKind


def said(entry: Entry) -> Said:
    """One message, with the titles of the sources it named and what it offered to choose from."""
    citations = entry.data.get("citations") or []
    offered = tuple(str(one) for one in entry.data.get("options") or () if one)
    cited = tuple(one["title"] for one in citations)
    own = entry.data.get("own_words")
    return Said(ActorKind(entry.by_kind), entry.text, entry.at, entry.seq, cited, offered, own if isinstance(own, str) else None)
