"""The views of the inbox and the list of one of them."""

from collections.abc import Sequence
from datetime import datetime

from firstline.channels import accounts
from firstline.clocks import queries as clocks
from firstline.console.addresses import known_as
from firstline.console.drawn import channel_icon
from firstline.console.names import Names, names
from firstline.console.shell import Reader
from firstline.console.view.common import Person
from firstline.console.view.inbox import ThreadLine, ThreadList, ViewGroup, ViewLink
from firstline.console.words import _
from firstline.conversations import queries
from firstline.conversations.queries import Line
from firstline.conversations.rules import OwnerKind
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound

PAGE = 50


def views(tx: Tx, reader: Reader, known: Names, late: int | None = None) -> tuple[ViewGroup, ...]:
    """The side menu with its counts. ``late``: how many are overdue, where that is known already."""
    counts = queries.counts(tx, reader.by)
    teams = queries.team_counts(tx, reader.by, list(known.teams))
    everyone = [
        ViewLink("unassigned", _("Unassigned"), "inbox", counts["unassigned"]),
        ViewLink("agent", _("Agent’s"), "agent", counts["agent"]),
        *(ViewLink(id_, team.name, "contacts", teams[id_]) for id_, team in known.teams.items()),
        ViewLink("overdue", _("Overdue"), "alert", len(clocks.overdue_ids(tx, reader.by)) if late is None else late),
        ViewLink("snoozed", _("Snoozed"), "clock", counts["snoozed"]),
        ViewLink("all", _("All"), "chat"),
        ViewLink("closed", _("Closed"), "check"),
    ]
    return (
        ViewGroup(_("You"), (ViewLink("mine", _("Mine"), "user", counts["mine"]),)),
        ViewGroup(_("Everyone"), tuple(everyone)),
    )


def first_view(groups: Sequence[ViewGroup]) -> str:
    """Where to begin: one's own, else the first view in which something waits, else all."""
    for key in ("mine", "unassigned", "agent"):
        if any(view.key == key and view.count for group in groups for view in group.views):
            return key
    return "all"


def threads(tx: Tx, reader: Reader, view: str, *, words: str = "", before: str = "", current: str = "") -> ThreadList:
    """The list of a view.

    :raises NotFound: if there is no such view.
    """
    known, late = names(tx), clocks.overdue_ids(tx, reader.by)
    groups = views(tx, reader, known, len(late))
    titles = {link.key: link.label for group in groups for link in group.views}
    if view not in titles:
        raise NotFound(_("There is no view “%(view)s”.", view=view[:60]))
    found = queries.lines(
        tx,
        reader.by,
        view="team" if view in known.teams else "all" if view == "overdue" else view,
        only=late if view == "overdue" else None,
        team_id=view if view in known.teams else None,
        words=words[:200],
        before=_place(before),
        limit=PAGE + 1,
    )
    channels = accounts.names(tx)
    lines = tuple(_line(line, view, reader, known, channels) for line in found[:PAGE])
    older = ""
    if len(found) > PAGE:
        last = found[PAGE - 1].conversation
        older = f"{last.updated_at.isoformat()}~{last.id}"
    return ThreadList(view, titles[view], words, lines, older, current, groups)


def _place(before: str) -> tuple[datetime, str] | None:
    """Where a list goes on; anything that is no place begins at the top."""
    at, _mark, id_ = before.partition("~")
    try:
        place = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (place, id_) if place.tzinfo is not None else None


def _line(line: Line, view: str, reader: Reader, known: Names, channels: dict[str, tuple[str, str]]) -> ThreadLine:
    found = line.conversation
    contact = Person(found.contact_id, known_as(line.contact_name, line.contact_email, line.contact_number), "contact")
    channel, kind = channels.get(found.channel_account_id, ("", ""))
    waits = found.status == "open" and found.waiting_since is not None and found.owner.kind is not OwnerKind.AGENT
    state, tone = _state(line, view, reader, known, waits=waits)
    return ThreadLine(
        id=found.id,
        href=f"/inbox/{view}/{found.id}",
        contact=contact,
        title=found.subject or found.preview or _("No subject"),
        at=reader.times.moment(found.updated_at),
        channel=channel,
        channel_icon=channel_icon(kind),
        waits=waits,
        state=state,
        tone=tone,
    )


def _state(line: Line, view: str, reader: Reader, known: Names, *, waits: bool) -> tuple[str, str]:
    """The words at the end of a line, and their tone; ``muted`` is no pill."""
    found = line.conversation
    if found.status == "closed":
        return ("", "") if view == "closed" else (_("Closed"), "muted")
    if found.snoozed_until is not None:
        return _("Until %(time)s", time=reader.times.ahead(found.snoozed_until).short), "muted"
    if waits and found.waiting_since is not None:
        return _waiting((reader.times.now - found.waiting_since).total_seconds()), "warn"
    if view == "mine":
        return _("Waiting for customer"), "muted"
    if found.owner.kind is OwnerKind.NOBODY:
        return _("Unassigned"), "plain"
    if view == "agent" and found.owner.kind is OwnerKind.AGENT:
        return "", ""
    return known.owner(found.owner), "info" if found.owner.kind is OwnerKind.AGENT else "muted"


def _waiting(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return _("Waiting")
    if minutes < 60:
        return _("Waiting %(count)s min", count=minutes)
    hours = minutes // 60
    return _("Waiting %(count)s h", count=hours) if hours < 48 else _("Waiting %(count)s days", count=hours // 24)
