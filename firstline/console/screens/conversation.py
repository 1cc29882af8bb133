"""What can be done in a conversation, and what is new in it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Form as Field
from fastapi import Query
from starlette.datastructures import UploadFile
from starlette.responses import Response

from firstline.agent import queries as agents
from firstline.agent.actions import calls, settling
from firstline.channels import confirming, writing
from firstline.channels.asking import PHONE
from firstline.channels.files_api import seen_by, served
from firstline.console import session
from firstline.console.desk import cautions, composer, details, entries, head, why
from firstline.console.later import chosen
from firstline.console.names import as_person, names
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.story import shown
from firstline.console.view.common import Toast
from firstline.console.view.inbox import News, Why
from firstline.console.words import _
from firstline.contacts import queries as contacts
from firstline.conversations import attaching, closing, deliveries, ownership, queries, replying, snoozing
from firstline.conversations.rules import Owner, OwnerKind
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people import queries as people
from firstline.people.rules import Actor

router = console_router()
Text = Annotated[str, Field()]
MOST_CHANGED = 50


@router.get("/conversations/{conversation_id}/news")
async def news(
    visit: Visiting, conversation_id: str, after: int = 0, view: str = "all", changed: Annotated[list[str] | None, Query()] = None
) -> Response:
    """What came after an entry, entries that changed, and the parts around them; a script puts each in its place."""

    def load(tx: Tx, reader: Reader) -> News:
        found = queries.which(tx, conversation_id, reader.by)
        known, contact = names(tx), contacts.who_is(tx, found.contact_id)
        person = as_person(contact)
        channels = visit.request.app.state.channels
        beware = cautions(tx, found, channels)
        undecided = calls.undecided(tx, found.id)
        again = [queries.one_entry(tx, entry_id) for entry_id in (changed or [])[:MOST_CHANGED]]
        return News(
            head=head(tx, reader, found, known, contact),
            back=f"/inbox/{view}",
            entries=entries(tx, reader, found, known, person, channels, after),
            changed=tuple(
                shown(one, known, person, reader.times, undecided, cautions=beware)
                for one in again
                if one.conversation_id == found.id and one.seq <= after
            ),
            details=details(tx, reader, found, contact, view),
            composer=composer(found, contact, writing.desk_of(tx, channels, found)),
        )

    return await visit.part("inbox/news.html", load)


@router.get("/conversations/{conversation_id}/why/{turn_id}")
async def why_part(visit: Visiting, conversation_id: str, turn_id: str) -> Response:
    """Why one answer was given."""

    def load(tx: Tx, reader: Reader) -> Why:
        queries.which(tx, conversation_id, reader.by)
        return why(tx, conversation_id, turn_id, agents.turns_of(tx, conversation_id))

    return await visit.part("inbox/why.html", load)


async def _done(visit: Visiting, conversation_id: str, deed: Callable[[Tx, Actor], Any], toast: Toast | None = None) -> Response:
    """Do it where the viewer may see the conversation, and stay."""

    def act(tx: Tx, by: Actor) -> None:
        queries.which(tx, conversation_id, by)
        deed(tx, by)

    await visit.do(act)
    return visit.done(toast, otherwise=f"/inbox/all/{conversation_id}")


@router.post("/conversations/{conversation_id}/reply")
async def reply(
    visit: Visiting,
    conversation_id: str,
    text: Text = "",
    client_id: Text = "",
    template: Text = "",
    variables: Text = "",
    asks: Text = "",
) -> Response:
    """Write to the customer, with files, or send an approved template, or ask for the phone number."""
    form = await visit.request.form()
    files = [
        attaching.uploaded(file.filename or "", file.content_type or "", await file.read(attaching.MOST + 1))
        for file in form.getlist("files")
        if isinstance(file, UploadFile) and file.filename
    ]
    name, _sep, language = template.rpartition("|")
    values = tuple(line.strip() for line in variables.splitlines() if line.strip())
    chosen = writing.Chosen(name, language, values) if name else None
    return await _done(
        visit,
        conversation_id,
        lambda tx, by: writing.reply(
            tx,
            visit.request.app.state.channels,
            conversation_id,
            text,
            by,
            client_id=client_id[:80] or None,
            attachments=files,
            template=chosen,
            asks_phone=asks == PHONE,
        ),
    )


@router.post("/conversations/{conversation_id}/comment")
async def comment(visit: Visiting, conversation_id: str, text: Text = "", client_id: Text = "") -> Response:
    """Write to teammates."""
    return await _done(
        visit, conversation_id, lambda tx, by: replying.comment(tx, conversation_id, text, by, client_id=client_id[:80] or None)
    )


@router.post("/conversations/{conversation_id}/assign")
async def assign(visit: Visiting, conversation_id: str, kind: Text, id: Text = "") -> Response:
    """Give it to somebody."""
    if kind not in ("teammate", "team", "nobody"):
        raise Invalid(_("Give it to a teammate, a team or nobody, not to “%(kind)s”.", kind=kind[:40]), field="kind")
    owner = Owner(OwnerKind(kind), id or None)

    def give(tx: Tx, by: Actor) -> None:
        if owner == Owner(OwnerKind.TEAMMATE, by.id):
            ownership.take_over(tx, conversation_id, by)
        else:
            ownership.assign(tx, conversation_id, owner, by)

    return await _done(visit, conversation_id, give)


@router.post("/conversations/{conversation_id}/take-over")
async def take_over(visit: Visiting, conversation_id: str) -> Response:
    """Take the word; the agent is quiet from now on."""
    return await _done(visit, conversation_id, lambda tx, by: ownership.take_over(tx, conversation_id, by))


@router.post("/conversations/{conversation_id}/return")
async def give_back(visit: Visiting, conversation_id: str) -> Response:
    """Give it to the agent."""
    return await _done(visit, conversation_id, lambda tx, by: ownership.return_to_agent(tx, conversation_id, by))


@router.post("/conversations/{conversation_id}/close")
async def close(visit: Visiting, conversation_id: str) -> Response:
    """End it; the toast offers the way back."""
    toast = Toast(_("Conversation closed"), undo=f"/conversations/{conversation_id}/reopen")
    return await _done(visit, conversation_id, lambda tx, by: closing.close(tx, conversation_id, by), toast)


@router.post("/conversations/{conversation_id}/snooze")
async def snooze(visit: Visiting, conversation_id: str, until: Text = "", on: Text = "") -> Response:
    """Put it off; the toast offers the way back."""

    def act(tx: Tx, by: Actor) -> None:
        account = people.the_account(tx)
        snoozing.snooze(tx, conversation_id, chosen(until, on, session.zone_of(visit.request, account.timezone)), by)

    toast = Toast(_("Put off. It comes back then, or when the customer writes."), undo=f"/conversations/{conversation_id}/wake")
    return await _done(visit, conversation_id, act, toast)


@router.post("/conversations/{conversation_id}/wake")
async def wake(visit: Visiting, conversation_id: str) -> Response:
    """Take it back before its time."""
    toast = Toast(_("Back in the list"))
    return await _done(visit, conversation_id, lambda tx, by: snoozing.wake(tx, conversation_id, by), toast)


@router.post("/conversations/{conversation_id}/reopen")
async def reopen(visit: Visiting, conversation_id: str) -> Response:
    """Open it again."""
    return await _done(visit, conversation_id, lambda tx, by: closing.reopen(tx, conversation_id, by))


@router.post("/conversations/{conversation_id}/try-again/{entry_id}")
async def try_again(visit: Visiting, conversation_id: str, entry_id: str, twice: str = "") -> Response:
    """Send a failed message once more; with ``twice`` also one that may have arrived."""
    return await _done(visit, conversation_id, lambda tx, by: deliveries.try_again(tx, entry_id, by, even_if_sent=twice == "yes"))


@router.post("/conversations/{conversation_id}/confirm-customer")
async def confirm_customer(visit: Visiting, conversation_id: str) -> Response:
    """Somebody found out who holds the address: it is the customer, and what was refused goes out."""
    toast = Toast(_("Confirmed"))
    return await _done(visit, conversation_id, lambda tx, by: confirming.confirm(tx, conversation_id, by), toast)


@router.get("/attachments/{attachment_id}")
async def attachment(visit: Visiting, attachment_id: str) -> Response:
    """A file of a message, served so that nothing in it runs."""
    return served(*await visit.do(lambda tx, by: seen_by(tx, attachment_id, by)))


@router.post("/conversations/{conversation_id}/calls/{call_id}/approve")
async def approve(visit: Visiting, conversation_id: str, call_id: str) -> Response:
    """Let the agent make this very call."""
    return await _done(visit, conversation_id, lambda tx, by: calls.approve(tx, call_id, by=by), Toast(_("Approved")))


@router.post("/conversations/{conversation_id}/calls/{call_id}/decline")
async def decline(visit: Visiting, conversation_id: str, call_id: str) -> Response:
    """The call is not made; the conversation goes to people."""
    return await _done(visit, conversation_id, lambda tx, by: calls.decline(tx, call_id, by=by), Toast(_("Declined")))


@router.post("/conversations/{conversation_id}/calls/{call_id}/was-done")
async def was_done(visit: Visiting, conversation_id: str, call_id: str) -> Response:
    """A call of unknown outcome was carried out."""
    return await _settled(visit, conversation_id, call_id, done=True)


@router.post("/conversations/{conversation_id}/calls/{call_id}/was-not-done")
async def was_not_done(visit: Visiting, conversation_id: str, call_id: str) -> Response:
    """A call of unknown outcome was not carried out; it is not made again."""
    return await _settled(visit, conversation_id, call_id, done=False)


async def _settled(visit: Visiting, conversation_id: str, call_id: str, *, done: bool) -> Response:
    return await _done(visit, conversation_id, lambda tx, by: settling.settle(tx, call_id, done=done, by=by), Toast(_("Noted")))
