"""Customer agent › Define › Identity: who customers meet (ID1). A draft until it is published."""

from dataclasses import replace

from starlette.responses import Response

from firstline.agent import commands
from firstline.agent.queries import Agent
from firstline.agent.rules import PERSONALITIES, Profile
from firstline.console import switched
from firstline.console.entered import text
from firstline.console.languages import languages
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.agent import IdentityPage
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.people.rules import Actor

router = console_router()
HERE = "/customer-agent/identity"
FIELDS = ("name", "company", "avatar", "personality", "language", "welcome", "signature")


def identity_page(tx: Tx, reader: Reader) -> IdentityPage:
    """The draft of the first agent, or a blank form."""
    found = switched.agents(tx)
    agent = found[0] if found else None
    profile = agent.draft if agent else None
    return IdentityPage(
        agent_id=agent.id if agent else "",
        title=agent.draft.name if agent else _("Create your agent"),
        values=_values(profile, reader.account.name),
        personalities=_personalities(),
        languages=(("auto", _("The customer’s language")), *languages()),
        version=agent.version if agent else 0,
        published=reader.times.stamp(agent.published_at) if agent else None,
        changed=agent.changed if agent else False,
        company=reader.account.name,
    )


def _values(profile: Profile | None, company: str) -> dict[str, str]:
    if profile is None:
        return {**dict.fromkeys(FIELDS, ""), "personality": "friendly", "language": "auto", "company": company}
    return {name: value or "" for name, value in profile.model_dump().items() if name in FIELDS}


def _personalities() -> tuple[tuple[str, str, str], ...]:
    words = {
        "friendly": (_("Friendly"), _("Warm and plain")),
        "professional": (_("Professional"), _("Brief and to the point")),
        "casual": (_("Casual"), _("Relaxed, as among friends")),
        "empathetic": (_("Empathetic"), _("Takes up how the customer feels")),
        "witty": (_("Witty"), _("A light touch, never at the customer’s cost")),
    }
    return tuple((key, *words[key]) for key in PERSONALITIES)


@router.get(HERE)
async def identity(visit: Visiting) -> Response:
    """The form."""
    return await visit.page("screens/identity.html", identity_page, here=HERE)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Keep the draft, and publish it if that was asked for."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in FIELDS if name in form}
    publish = text(form, "then") == "publish"

    def change(tx: Tx, by: Actor) -> bool:
        found = switched.agents(tx)
        changes = {**values, "avatar": values.get("avatar") or None}
        if not found:
            commands.create(tx, changes, by=by)
            return True
        commands.change(tx, found[0].id, changes, by=by)
        if publish:
            commands.publish(tx, found[0].id, by=by)
        return False

    try:
        created = await visit.do(change)
    except Forbidden:
        raise
    except Refused as refused:
        entered = Form(values, refused, FIELDS)
        return await visit.page(
            "screens/identity.html",
            lambda tx, reader: replace(identity_page(tx, reader), form=entered),
            here=HERE,
            status=refused.status,
        )
    if created:
        return visit.to("/customer-agent", Toast(_("Agent created")))
    return visit.to(
        HERE, Toast(_("Published. Customers meet it from now on.") if publish else _("Draft saved. Publish it when it is right."))
    )


@router.post(f"{HERE}/discard")
async def discard(visit: Visiting) -> Response:
    """Go back to what is published."""

    def back(tx: Tx, by: Actor) -> None:
        agent: Agent = switched.agents(tx)[0]
        commands.change(tx, agent.id, agent.published.model_dump(), by=by)

    await visit.do(back)
    return visit.to(HERE, Toast(_("Draft discarded")))
