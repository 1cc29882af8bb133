"""From entries of the log to a timeline as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from firstline.channels.accounts import WORKSPACES
from firstline.channels.originals import Cautions, no_cautions
from firstline.console.action_card import action_card
from firstline.console.asides import asides, how_sent
from firstline.console.format import size
from firstline.console.names import Names
from firstline.console.view.common import Link, Person, Times
from firstline.console.view.timeline import Brief, Citation, Comment, Day, Message, Note
from firstline.console.view.timeline import Entry as Shown
from firstline.console.words import _
from firstline.conversations.attaching import File
from firstline.conversations.rules import Delivery, Entry, EntryKind, Owner, OwnerKind

_ALERTS = {"alert": "alert"}
_ICONS = {"agent": "agent", "teammate": "user", "team": "contacts", "nobody": "inbox", "bot": "flow"}


def story(
    entries: Sequence[Entry],
    names: Names,
    contact: Person,
    times: Times,
    undecided: Mapping[str, str],
    files: Mapping[str, Sequence[File]] | None = None,
    cautions: Cautions = no_cautions,
) -> tuple[Shown, ...]:
    """Entries in their order, with a heading before each day."""
    told: list[Shown] = []
    day = ""
    for entry in entries:
        here = entry.at.astimezone(times.zone).date().isoformat()
        if here != day:
            told.append(Day(times.day(entry.at), f"day-{here}"))
            day = here
        told.append(shown(entry, names, contact, times, undecided, (files or {}).get(entry.id, ()), cautions))
    return tuple(told)


def shown(
    entry: Entry,
    names: Names,
    contact: Person,
    times: Times,
    undecided: Mapping[str, str],
    files: Sequence[File] = (),
    cautions: Cautions = no_cautions,
) -> Shown:
    """One entry. ``undecided`` are the calls of actions that wait for a teammate, with their states."""
    at, by = times.clock(entry.at), names.person(entry.by_kind, entry.by_id, contact)
    match entry.kind:
        case EntryKind.MESSAGE:
            return _message(entry, by, times, files, cautions)
        case EntryKind.COMMENT:
            return Comment(entry.id, at, by, entry.text, entry.seq)
        case EntryKind.HANDOFF:
            return _brief(entry, names, times)
        case EntryKind.ASSIGNMENT:
            return _assignment(entry, names, times)
        case EntryKind.STATUS:
            icon = {"closed": "check", "snoozed": "clock"}.get(str(entry.data.get("to")), "undo")
            return Note(entry.id, at, icon, _status(entry, by, times), seq=entry.seq)
        case EntryKind.ALERT:
            icon = _ALERTS.get(str(entry.data.get("clock")), "clock") if "clock" in entry.data else "info"
            return Note(entry.id, at, icon, Markup("{}").format(entry.text), seq=entry.seq)
        case EntryKind.ACTION:
            return action_card(entry, by, times, undecided)


def _message(entry: Entry, by: Person, times: Times, files: Sequence[File], cautions: Cautions) -> Message:
    state, failed = delivery_of(entry)
    doubtful = entry.direction == "out" and entry.delivery == Delivery.UNKNOWN.value
    waits = entry.direction == "out" and entry.delivery == Delivery.PENDING.value and bool(entry.delivery_reason)
    if entry.data.get("outside"):
        by = replace(by, name=_("%(name)s, outside Firstline", name=str(entry.data.get("by_name") or _("Somebody"))))
    marks = [str(one.get("emoji")) for one in (entry.data.get("reactions") or {}).values() if one.get("emoji")]
    return Message(
        entry.id,
        times.clock(entry.at),
        by,
        entry.text,
        citations=citations(entry.data.get("citations")),
        options=tuple(str(one) for one in entry.data.get("options") or ()),
        files=tuple(
            Link(_file_label(one, how_sent(entry.data, one.id)), f"/attachments/{one.id}" if one.state == "ready" else "")
            for one in files
        ),
        state=" · ".join(
            part
            for part in (
                " ".join(marks),
                _opinion(entry.data.get("feedback")),
                *asides(entry.data),
                _written(entry, times),
                state,
            )
            if part
        ),
        failed=failed,
        cure=_cure(entry, failed, doubtful, waits),
        why=f"/conversations/{entry.conversation_id}/why/{entry.turn_id}" if entry.turn_id and by.kind == "agent" else "",
        mail=f"/conversations/{entry.conversation_id}/mail/{entry.id}" if isinstance(entry.data.get("mail"), dict) else "",
        warnings=cautions(entry.data),
        seq=entry.seq,
    )


def _written(entry: Entry, times: Times) -> str:
    """When a message was written that came late because its provider had to be asked for it; its place is that of its coming."""
    if not entry.data.get("read_back") or entry.sent_at is None:
        return ""
    return _("written %(when)s and read back later", when=times.stamp(entry.sent_at).full)


def _cure(entry: Entry, failed: bool, doubtful: bool, waits: bool) -> Link | None:
    """Try again: at once where it failed or waits for its next attempt, knowingly where it may have arrived."""
    at = f"/conversations/{entry.conversation_id}/try-again/{entry.id}"
    if failed or waits:
        return Link(_("Try again") if failed else _("Try now"), at)
    return Link(_("Send again, even if it arrives twice"), f"{at}?twice=yes") if doubtful else None


def _file_label(file: File, how: str = "") -> str:
    name = file.name or {"image": _("Image"), "audio": _("Audio"), "video": _("Video")}.get(file.kind, _("File"))
    if file.state == "waiting":
        return _("%(name)s, being fetched", name=name)
    if file.state == "gone":
        return _("%(name)s: %(why)s", name=name, why=file.reason or _("not available"))
    named = f"{name} ({size(file.size)})" if file.size else name
    return f"{named} · {how}" if how else named


def citations(found: Any) -> tuple[Citation, ...]:
    """Sources of an answer; teammates see private ones too, named as such."""
    if not isinstance(found, list):
        return ()
    cited = []
    for number, one in enumerate((one for one in found if isinstance(one, Mapping)), start=1):
        url = str(one.get("url") or "")
        opens = urlsplit(url).scheme in ("http", "https")
        where = urlsplit(url).netloc + urlsplit(url).path.rstrip("/") if opens else ""
        if one.get("access") == "private":
            where = _("private")
        title = str(one.get("title") or where or _("Source"))
        cited.append(Citation(int(one.get("n") or number), title, where, url if opens else ""))
    return tuple(cited)


def delivery_of(entry: Entry) -> tuple[str, bool]:
    """How far it got, and whether something has to be done."""
    if entry.direction != "out" or entry.delivery is None:
        return "", False
    delivery = Delivery(entry.delivery)
    waits = delivery is Delivery.PENDING and bool(entry.delivery_reason)
    words = _("Waits for the next attempt") if waits else delivery_words(delivery)
    if entry.delivery_reason and (waits or delivery in (Delivery.SENT, Delivery.FAILED, Delivery.UNKNOWN)):
        words = f"{words}: {entry.delivery_reason}"
    return words, delivery is Delivery.FAILED


def delivery_words(delivery: str) -> str:
    """How far a message got, in words."""
    return {
        Delivery.PENDING: _("Sending"),
        Delivery.SENDING: _("Sending"),
        Delivery.SENT: _("Sent"),
        Delivery.DELIVERED: _("Delivered"),
        Delivery.READ: _("Read"),
        Delivery.FAILED: _("Not sent"),
        Delivery.UNKNOWN: _("It is not known whether this arrived"),
    }[Delivery(delivery)]


def _opinion(value: Any) -> str:
    return {"up": _("Customer: helpful"), "down": _("Customer: not helpful")}.get(str(value), "")


def owner_in(data: Mapping[str, Any] | None) -> Owner:
    """An owner as entries keep it."""
    data = data or {}
    try:
        return Owner(OwnerKind(data.get("kind", "nobody")), data.get("id"))
    except ValueError:
        return Owner(OwnerKind.NOBODY)


def reasons_in(found: Any) -> tuple[str, ...]:
    """The sentences of reasons as entries keep them."""
    rows = found if isinstance(found, list) else []
    return tuple(text for text in (str(one.get("text") or "") for one in rows if isinstance(one, Mapping)) if text)


def _assignment(entry: Entry, names: Names, times: Times) -> Note:
    to = owner_in(entry.data.get("to"))
    reasons = reasons_in(entry.data.get("reasons"))
    if to.kind is OwnerKind.NOBODY:
        text = Markup("{}").format(_("Unassigned"))
    else:
        text = Markup(_("Assigned to <b>%(name)s</b>")) % {"name": names.owner(to)}
    if reasons:
        text += Markup(": {}").format(reasons[-1])
    icon = "split" if to.kind is OwnerKind.AGENT else _ICONS[to.kind.value]
    return Note(entry.id, times.clock(entry.at), icon, text, reasons if len(reasons) > 1 else (), entry.seq)


def _status(entry: Entry, by: Person, times: Times) -> Markup:
    reason = str(entry.data.get("reason") or "")
    if entry.data.get("to") == "snoozed":
        until = times.ahead(datetime.fromisoformat(str(entry.data["until"]))).short
        return Markup(_("Put off until %(time)s by <b>%(name)s</b>")) % {"time": until, "name": by.name}
    if reason == "woken":
        return Markup(_("Taken back before its time by <b>%(name)s</b>")) % {"name": by.name}
    if entry.data.get("to") == "closed":
        text = Markup(_("Closed by <b>%(name)s</b>")) % {"name": by.name}
        return text + (Markup(": {}").format(reason) if reason not in ("", "done") else "")
    text = Markup(_("Reopened by <b>%(name)s</b>")) % {"name": by.name}
    return text + (Markup(": {}").format(reason) if reason not in ("", "reopened") else "")


def _brief(entry: Entry, names: Names, times: Times) -> Brief:
    to = owner_in(entry.data.get("to"))
    if entry.data.get("kept"):
        title = _("Could not help, and kept the conversation")
    elif to.kind is OwnerKind.NOBODY:
        title = _("Handoff, unassigned")
    else:
        title = _("Handoff to %(name)s", name=names.owner(to))
    rows = brief_rows(entry.data.get("reason") or {}, entry.data.get("brief") or {})
    if workspace := WORKSPACES.get(str(entry.data.get("moved_to"))):
        rows = (*rows[:1], (_("Goes on in"), _("%(workspace)s, to be answered later", workspace=_(workspace))), *rows[1:])
    why = f"/conversations/{entry.conversation_id}/why/{entry.turn_id}" if entry.turn_id else ""
    return Brief(entry.id, times.clock(entry.at), title, rows, why, entry.seq)


def brief_rows(reason: Mapping[str, Any], brief: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the next person needs to know, line by line (HO7); what is unknown is left out."""
    language, mood = str(brief.get("language") or ""), str(brief.get("mood") or "")
    rows = (
        (_("Reason"), str(reason.get("text") or reason.get("code") or "")),
        (_("Wants"), _sentence(brief.get("wants"))),
        (_("Known"), _sentence(brief.get("known"))),
        (_("Tried"), _sentence(brief.get("tried"))),
        (_("Promised"), _sentence(brief.get("promised"))),
        (_("Open"), _sentence(brief.get("open_questions"))),
        (_("Language, mood"), ", ".join(part for part in (language, mood) if part)),
    )
    return tuple(row for row in rows if row[1])


def _sentence(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " · ".join(str(one) for one in value if one)
    return str(value or "")
