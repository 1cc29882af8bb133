"""What belongs to whoever is signed in: the first page, availability, the command bar."""

from typing import Annotated

from fastapi import Form as Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from firstline.console.addresses import known_as
from firstline.console.menu import PLACES, pages_for
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.words import _
from firstline.conversations import queries as conversations
from firstline.kit.database import Tx
from firstline.people import commands as people

router = console_router()
FOUND = 6
"""Conversations the command bar shows."""


@router.get("/")
async def home(visit: Visiting) -> Response:
    """The first place of the menu."""
    await visit.read(lambda tx, reader: None)
    return RedirectResponse(PLACES[0].href, 303)


@router.post("/you/availability")
async def availability(visit: Visiting, available: Annotated[str, Field()]) -> Response:
    """Switch between available and away."""
    on = available == "yes"
    await visit.do(lambda tx, by: people.set_available(tx, by.id, on, by=by))
    text = _("You are available") if on else _("You are away. Nothing is assigned to you automatically.")
    return visit.to(visit.came_from, Toast(text))


@router.get("/commands")
async def commands(visit: Visiting, words: str = "") -> Response:
    """Pages, and conversations the words fit."""

    def find(tx: Tx, reader: Reader) -> list[dict[str, str]]:
        pages = pages_for(reader.by)
        items = [{"group": _("Pages"), "label": _(page.label), "icon": page.icon, "href": page.href} for page in pages]
        if words.strip():
            lines = conversations.lines(tx, reader.by, words=words[:200], limit=FOUND)
            items += [
                {
                    "group": _("Conversations"),
                    "label": line.conversation.subject or line.conversation.preview or _("No subject"),
                    "hint": known_as(line.contact_name, line.contact_email, line.contact_number),
                    "icon": "chat",
                    "href": f"/inbox/all/{line.conversation.id}",
                }
                for line in lines
            ]
        return items

    return JSONResponse({"items": await visit.read(find)}, headers={"Cache-Control": "no-store"})
