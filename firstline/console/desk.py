"""One conversation with everything that stands around it."""

from collections.abc import Mapping, Sequence

from firstline.agent import queries as agents
from firstline.agent.actions import calls
from firstline.channels import accounts, writing
from firstline.channels.base import Capabilities, Channel
from firstline.channels.originals import Cautions, cautions_of
from firstline.console import words
from firstline.console.addresses import numbers_of
from firstline.console.format import size
from firstline.console.languages import language_name
from firstline.console.later import later
from firstline.console.names import Names, as_person, names
from firstline.console.shell import Reader
from firstline.console.story import reasons_in, story
from firstline.console.trace import steps
from firstline.console.view.common import Person, When
from firstline.console.view.inbox import Choice, Desk, Details, Head, OtherLine, Why
from firstline.console.view.timeline import Composer
from firstline.console.view.timeline import Entry as Shown
from firstline.console.words import _, mark
from firstline.contacts import queries as contacts
from firstline.contacts.commands import OWNER
from firstline.contacts.rules import Contact, IdentityKind
from firstline.conversations import attaching, queries
from firstline.conversations.rules import Conversation, Owner, OwnerKind
from firstline.credits import queries as credits
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound

OTHERS = 8
SHOWN = 2_000
"""Entries a page shows; conversations of that length are rare."""


def desk(tx: Tx, reader: Reader, conversation_id: str, view: str, channels: Mapping[str, Channel]) -> Desk:
    """The conversation.

    :raises NotFound: if there is none, or the reader may not see it.
    """
    found = queries.which(tx, conversation_id, reader.by)
    known, contact = names(tx), contacts.who_is(tx, found.contact_id)
    person = as_person(contact)
    return Desk(
        head=head(tx, reader, found, known, contact),
        back=f"/inbox/{view}",
        entries=entries(tx, reader, found, known, person, channels),
        composer=composer(found, contact, writing.desk_of(tx, channels, found)),
        details=details(tx, reader, found, contact, view),
        contact=person,
        agent=known.person("agent", found.agent_id or found.owner.id),
    )


def entries(
    tx: Tx, reader: Reader, found: Conversation, known: Names, contact: Person, channels: Mapping[str, Channel], after: int = 0
) -> tuple[Shown, ...]:
    """The timeline after a number."""
    entries = queries.timeline(tx, found.id, after=after, limit=SHOWN)
    files = attaching.of_entries(tx, [entry.id for entry in entries])
    return story(entries, known, contact, reader.times, calls.undecided(tx, found.id), files, cautions(tx, found, channels))


def cautions(tx: Tx, found: Conversation, channels: Mapping[str, Channel]) -> Cautions:
    """What to beware of in the messages of a conversation: its channel knows."""
    _name, kind = accounts.names(tx).get(found.channel_account_id, ("", ""))
    return cautions_of(channels, kind)


def head(tx: Tx, reader: Reader, found: Conversation, known: Names, contact: Contact) -> Head:
    """The head of a conversation."""
    channel, _kind = accounts.names(tx).get(found.channel_account_id, ("", ""))
    parts = [as_person(contact).name, channel, _("Conversation %(number)s", number=found.number)]
    holds = found.held_by_agent
    owner = known.person(found.owner.kind.value, found.owner.id) if found.owner.kind in _PEOPLE else None
    return Head(
        id=found.id,
        title=found.subject or found.preview or _("No subject"),
        subtitle=" · ".join(part for part in parts if part),
        is_open=found.status == "open",
        owner=owner,
        owner_label=known.owner(found.owner),
        mine=found.owner == Owner(OwnerKind.TEAMMATE, reader.by.id),
        agent_holds=holds,
        can_return=found.status == "open" and not holds and found.agent_id is not None,
        choices=_choices(found, known, reader),
        note=_note(found, known),
        snoozed=reader.times.ahead(found.snoozed_until).short if found.snoozed_until else "",
        later=later(reader.times) if found.status == "open" and not holds else (),
    )


_PEOPLE = (OwnerKind.AGENT, OwnerKind.TEAMMATE)


def _note(found: Conversation, known: Names) -> str:
    if found.status == "closed":
        return _("This conversation is closed. Reopen it to write.")
    if found.held_by_agent:
        return _("%(agent)s answers here. Your reply takes the conversation over.", agent=known.owner(found.owner))
    return ""


def _choices(found: Conversation, known: Names, reader: Reader) -> tuple[Choice, ...]:
    """Who it can be given to: yourself first, then teammates, teams, nobody."""
    people = [(reader.by.id, _("Assign to me"))]
    people += [(mate.id, mate.name) for mate in known.teammates.values() if not mate.disabled and mate.id != reader.by.id]
    teams = [(team.id, team.name) for team in known.teams.values()]
    now = found.owner
    return (
        *(Choice("teammate", id_, label, "user", now == Owner(OwnerKind.TEAMMATE, id_)) for id_, label in people),
        *(Choice("team", id_, label, "contacts", now == Owner(OwnerKind.TEAM, id_)) for id_, label in teams),
        Choice("nobody", "", _("Nobody"), "inbox", now.kind is OwnerKind.NOBODY),
    )


def composer(found: Conversation, contact: Contact, can: writing.Desk) -> Composer:
    """Where a teammate writes, with what to know before."""
    name = contact.name.split()[0] if contact.name else _("the customer")
    return Composer(
        conversation_id=found.id,
        reply_url=f"/conversations/{found.id}/reply",
        comment_url=f"/conversations/{found.id}/comment",
        reply_label=_("Reply to %(name)s", name=name),
        placeholder=_("Reply to %(name)s", name=name),
        warnings=can.warnings,
        hint=can.sentence if can.window.open else "",
        confirms=can.confirms,
        confirm_url=f"/conversations/{found.id}/confirm-customer",
        asks_phone=can.asks_phone,
        closed_reason="" if can.window.open and can.connected else can.sentence,
        limit=min(20_000, can.can.text_limit * (10 if can.can.splits else 1)),
        takes_files=bool(can.can.media) or not can.can.shows,
        file_kinds=" ".join(sorted(can.can.media)),
        file_limit=can.can.media_limit,
        file_note=_files(can.can),
        templates=tuple((f"{one.name}|{one.language}", f"{one.name} ({one.language}): {one.text}") for one in can.templates),
    )


_KINDS = {"image": mark("pictures"), "audio": mark("sound"), "video": mark("videos"), "sticker": mark("stickers")}


def _files(can: Capabilities) -> str:
    """What the channel takes as files, before anybody chooses one."""
    if not can.media:
        return _("This channel takes no files: the customer gets links.")
    most, largest = can.media_count, size(can.media_limit)
    if "file" in can.media:
        return _("Up to %(most)s a message, %(largest)s each; larger ones go as links.", most=most, largest=largest)
    kinds = ", ".join(_(_KINDS[kind]) for kind in sorted(can.media))
    return _(
        "Up to %(most)s a message, %(largest)s each: %(kinds)s. Others go as links.", most=most, largest=largest, kinds=kinds
    )


def details(tx: Tx, reader: Reader, found: Conversation, contact: Contact, view: str) -> Details:
    """Contact, routing, the last turn, other conversations."""
    spoken = contact.language or found.language or ""
    rows = [
        (_("Email"), contact.email or ""),
        *numbers_of(contact),
        (_("Language"), language_name(spoken, words.language()) if spoken else ""),
        *(
            (str(key).replace("_", " ").capitalize(), str(value or ""))
            for key, value in contact.properties.items()
            if key != OWNER
        ),
    ]
    verified = any(one.verified and one.kind is IdentityKind.EMAIL for one in contact.identities)
    since = _("Since %(day)s", day=reader.times.stamp(contact.created_at).short) if contact.created_at else ""
    others = [line.conversation for line in queries.lines(tx, reader.by, contact_id=contact.id, limit=OTHERS + 1)]
    turns = agents.turns_of(tx, found.id)
    return Details(
        contact=as_person(contact),
        since=since,
        rows=tuple(row for row in rows if row[1]),
        pills=((_("Email verified"), "good"),) if verified else (),
        routing=reasons_in((found.routing or {}).get("reasons")),
        why=why(tx, found.id, turns[0], turns) if turns else None,
        others=tuple(_other(one, reader.times.moment(one.updated_at), view) for one in others if one.id != found.id),
    )


def _other(found: Conversation, at: When, view: str) -> OtherLine:
    return OtherLine(f"/inbox/{view}/{found.id}", found.subject or found.preview or _("No subject"), at)


def why(tx: Tx, conversation_id: str, turn_id: str, turns: Sequence[str]) -> Why:
    """Why a turn went as it did.

    :raises NotFound: if the turn belongs to another conversation.
    """
    if turn_id not in turns:
        raise NotFound(_("There is no turn %(turn)s here.", turn=turn_id[:60]))
    turn = agents.turn_of(tx, turn_id)
    name = agents.names(tx).get(turn["agent_id"], _("the agent"))
    titles = {
        "answer": _("Why %(agent)s answered", agent=name),
        "clarify": _("Why %(agent)s asked", agent=name),
        "handoff": _("Why %(agent)s handed over", agent=name),
        "quiet": _("Why %(agent)s stayed quiet", agent=name),
    }
    number = len(turns) - list(turns).index(turn_id)
    charged = credits.charged(tx, conversation_id) if number == 1 else None
    return Why(
        titles.get(turn["decision"] or "", _("What %(agent)s does", agent=name)),
        _("Turn %(number)s", number=number),
        steps(turn["trace"], credits=charged),
    )
