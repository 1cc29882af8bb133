"""Customer agent › Train › Human handoff: when people take over, who, and what the customer is told (HO1, HO3, HO4)."""

from dataclasses import replace

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.agent import commands, queries
from firstline.agent.phrases import say
from firstline.agent.rules import HandoffSettings
from firstline.console.entered import destination_in, text
from firstline.console.names import names
from firstline.console.receivers import receivers
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.agent import HandoffPage
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Refused
from firstline.people.rules import Actor
from firstline.routing import destinations

router = console_router()
HERE = "/customer-agent/handoff"
FIELDS = ("destination", "off_destination", "message_available", "message_away")


def handoff_page(tx: Tx, reader: Reader) -> HandoffPage:
    """The settings of the first agent."""
    found, known = queries.agents(tx), names(tx)
    agent = found[0] if found else None
    chosen = agent.handoff if agent else HandoffSettings()
    language = reader.account.languages[0] if reader.account.languages else "en"
    return HandoffPage(
        agent_id=agent.id if agent else "",
        agent=agent.published.name if agent else _("The agent"),
        destination=receivers("destination", chosen.destination, known, none=_("The deployment’s fallback assignment")),
        off_destination=receivers(
            "off_destination", chosen.off_destination, known, none=_("The deployment’s fallback assignment")
        ),
        message_available=chosen.message_available,
        message_away=chosen.message_away,
        standard_available=say("handoff.now", language),
        standard_away=say("handoff.later", language),
    )


@router.get(HERE)
async def handoff(visit: Visiting) -> Response:
    """The page."""
    return await visit.page("screens/handoff.html", handoff_page, here=HERE)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Keep the settings; they hold from the next handoff on."""
    form = await visit.request.form()

    def change(tx: Tx, by: Actor) -> None:
        found = queries.agents(tx)
        if not found:
            raise Conflict(_("Create the agent first, under Define › Identity."))
        values = entered(form)
        for name in ("destination", "off_destination"):
            destinations.checked(tx, values[name], name)
        commands.set_handoff(tx, found[0].id, values, by=by)

    try:
        await visit.do(change)
    except Forbidden:
        raise
    except Refused as refused:
        again = Form(entered(form), refused, FIELDS)
        return await visit.page(
            "screens/handoff.html",
            lambda tx, reader: _again(tx, reader, again),
            here=HERE,
            status=refused.status,
        )
    return visit.to(HERE, Toast(_("Saved. It holds from the next handoff on.")))


def entered(form: FormData) -> dict[str, object]:
    """What the form holds."""
    return {
        "destination": destination_in(form, "destination"),
        "off_destination": destination_in(form, "off_destination"),
        "message_available": text(form, "message_available").strip(),
        "message_away": text(form, "message_away").strip(),
    }


def _again(tx: Tx, reader: Reader, form: Form) -> HandoffPage:
    page, known = handoff_page(tx, reader), names(tx)
    return replace(
        page,
        destination=receivers("destination", form.value("destination"), known, none=page.destination.kinds[0][1]),
        off_destination=receivers("off_destination", form.value("off_destination"), known, none=page.off_destination.kinds[0][1]),
        form=form,
    )
