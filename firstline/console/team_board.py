"""The screens *Team › Board* and *Team › Queues*: who is there with how much to do, and what waits (RT3–RT5, RT7)."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import FormData

from firstline.channels import accounts
from firstline.clocks import queries as clocks
from firstline.clocks.queries import Overdue
from firstline.console import presence as words
from firstline.console.availability_form import availability_form
from firstline.console.names import Names, names
from firstline.console.receivers import written
from firstline.console.shell import Reader
from firstline.console.view.common import Person
from firstline.console.view.team import DeskLine, Load, QueueLine, QueueView, TeamBoard, WaitLine
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Refused
from firstline.people.rules import Permission
from firstline.routing import board
from firstline.routing.board import Desk, Queue, Waits
from firstline.routing.workload import Work

BOARD, QUEUES = "/team/board", "/team/queues"
UNASSIGNED, OVERDUE = "unassigned", "overdue"


def team_board(
    tx: Tx, reader: Reader, teammate_id: str = "", entered: FormData | None = None, refused: Refused | None = None
) -> TeamBoard:
    """The board, with a teammate's panel over it if one was asked for."""
    desks, queues = board.desks(tx), board.queues(tx, reader.by)
    waits = [one for queue in queues for one in queue.waits]
    may_change = reader.by.may(Permission.MANAGE_AVAILABILITY)
    panel = None
    if teammate_id:
        action = f"{BOARD}/{teammate_id}"
        panel = availability_form(tx, reader, teammate_id, action, managed=may_change, entered=entered, refused=refused)
    return TeamBoard(
        available=sum(desk.presence.available for desk in desks),
        people=len(desks),
        waiting=len(waits),
        longest=reader.times.ago(min(one.since for one in waits)) if waits else None,
        overdue=len(clocks.overdue(tx, reader.by)),
        desks=tuple(_desk(desk, reader) for desk in desks),
        queues=tuple(_queue(queue, reader) for queue in queues),
        may_change=may_change,
        panel=panel,
    )


def queue_view(tx: Tx, reader: Reader, key: str) -> QueueView:
    """What waits in one queue, or what is overdue; the first queue that is not empty, if none was chosen.

    :raises NotFound: if there is no such queue.
    """
    queues, late = board.queues(tx, reader.by), clocks.overdue(tx, reader.by)
    known, places = names(tx), {id_: name for id_, (name, _kind) in accounts.names(tx).items()}
    chosen = next((one for one in queues if _key(one) == key), None)
    if chosen is None and key not in ("", OVERDUE):
        raise NotFound(_("There is no queue %(id)s.", id=key[:60]))
    if key == "" and late and not any(one.waits for one in queues):
        key = OVERDUE
    chosen = chosen or next((one for one in queues if one.waits), queues[-1])
    tabs = [(_name(one), f"{QUEUES}/{_key(one)}", len(one.waits), key != OVERDUE and one is chosen) for one in queues]
    tabs.append((_("Overdue"), f"{QUEUES}/{OVERDUE}", len(late), key == OVERDUE))
    if key == OVERDUE:
        line = QueueLine(
            OVERDUE, _("Overdue"), len(late), None, _("Customers who have waited for people too long, whoever has them."), False
        )
        return QueueView(line, tuple(tabs), tuple(_late(one, known, places, reader) for one in late))
    ids = {one.conversation.id for one in late}
    lines = tuple(
        _wait(one, known, one.conversation_id in ids, places.get(one.channel_account_id, ""), reader) for one in chosen.waits
    )
    return QueueView(_queue(chosen, reader), tuple(tabs), lines)


def _late(one: Overdue, known: Names, places: Mapping[str, str], reader: Reader) -> WaitLine:
    found = one.conversation
    return WaitLine(
        conversation_id=found.id,
        subject=found.subject or found.preview or _("No subject"),
        customer=one.customer or _("Visitor"),
        channel=places.get(found.channel_account_id, ""),
        since=reader.times.ago(one.since),
        waits_for=known.owner(found.owner),
        overdue=True,
    )


def _desk(desk: Desk, reader: Reader) -> DeskLine:
    found = desk.presence
    return DeskLine(
        person=Person(found.id, found.name, available=found.available),
        state=words.state(found),
        detail=words.detail(found, reader.times),
        seat=desk.seat,
        teams=", ".join(desk.teams),
        loads=_loads(desk),
        is_you=found.id == reader.by.id,
    )


def _loads(desk: Desk) -> tuple[Load, ...]:
    labels: Sequence[tuple[Work, str]] = ((Work.CALLS, _("Calls")), (Work.MESSAGING, _("Messaging")), (Work.EMAIL, _("Email")))
    return tuple(Load(label, desk.load[work], desk.capacity.of(work), desk.full(work)) for work, label in labels)


def _queue(queue: Queue, reader: Reader) -> QueueLine:
    since = queue.longest_since
    return QueueLine(
        key=_key(queue),
        name=_name(queue),
        length=len(queue.waits),
        longest=reader.times.ago(since) if since else None,
        available=_("%(free)s of %(all)s available", free=queue.available, all=queue.members),
        nobody_there=bool(queue.waits) and queue.available == 0,
    )


def _key(queue: Queue) -> str:
    return queue.team_id or UNASSIGNED


def _name(queue: Queue) -> str:
    return queue.name if queue.team_id else _("Unassigned")


def _wait(one: Waits, known: Names, overdue: bool, channel: str, reader: Reader) -> WaitLine:
    waits_for = written(one.destination, known, none="") if one.destination else ""
    return WaitLine(
        conversation_id=one.conversation_id,
        subject=one.subject or _("No subject"),
        customer=one.customer or _("Visitor"),
        channel=channel,
        since=reader.times.ago(one.since),
        waits_for=waits_for or _("Anybody, by hand"),
        overdue=overdue,
    )
