"""Settings › Account › Users and teams."""

from functools import partial

from starlette.responses import Response

from firstline.console.entered import text, texts
from firstline.console.people_page import HERE, Asked, people_page
from firstline.console.shell import Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, NotFound, Refused
from firstline.people import commands, queries
from firstline.people.rules import Actor

router = console_router()
FIELDS = ("name", "email", "title", "role", "seat", "password")


async def show(visit: Visiting, asked: Asked | None = None, status: int = 200) -> Response:
    """The page, with a panel over it if one was asked for."""
    can_send = bool(visit.request.app.state.settings.smtp_host)
    load = partial(people_page, asked=asked, can_send=can_send)
    return await visit.page("screens/people.html", load, here=HERE, status=status)


@router.get(HERE)
async def people(visit: Visiting) -> Response:
    """Teammates and teams."""
    return await show(visit)


@router.get(HERE + "/teammates/{teammate_id}")
async def teammate_panel(visit: Visiting, teammate_id: str) -> Response:
    """The panel of a teammate; ``new`` for one to be."""
    return await show(visit, Asked("teammate", "" if teammate_id == "new" else teammate_id))


@router.post(HERE + "/teammates/{teammate_id}")
async def save_teammate(visit: Visiting, teammate_id: str) -> Response:
    """Create or change a teammate."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in ("name", "email", "title", "role")}
    password, team, seat = text(form, "password"), text(form, "team"), "seat" in form

    def save(tx: Tx, by: Actor) -> None:
        if teammate_id == "new":
            id_ = commands.add_teammate(tx, **values, password=password or None, seat=seat, by=by)
        else:
            id_ = teammate_id
            changes = {name: values[name] for name in ("name", "title", "role")} | {"seat": seat}
            commands.change_teammate(tx, id_, by=by, **changes, **({"password": password} if password else {}))
        _set_main_team(tx, id_, team, by)

    try:
        await visit.do(save)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        entered = Form({**values, "seat": "on" if seat else "", "team": team}, refused, FIELDS)
        return await show(visit, Asked("teammate", "" if teammate_id == "new" else teammate_id, entered), refused.status)
    return visit.to(HERE, Toast(_("Teammate created") if teammate_id == "new" else _("Saved")))


def _set_main_team(tx: Tx, teammate_id: str, team_id: str, by: Actor) -> None:
    """The main team as chosen; other memberships stay."""
    for team in queries.teams(tx):
        if teammate_id in team.main_members and team.id != team_id:
            commands.leave_team(tx, team.id, teammate_id, by=by)
    if team_id:
        commands.join_team(tx, team_id, teammate_id, by=by)


@router.post(HERE + "/teammates/{teammate_id}/availability")
async def availability(visit: Visiting, teammate_id: str) -> Response:
    """Switch a teammate between available and away."""
    on = text(await visit.request.form(), "available") == "yes"
    await visit.do(lambda tx, by: commands.set_available(tx, teammate_id, on, by=by))
    return visit.to(HERE, Toast(_("Available") if on else _("Away. Nothing is assigned automatically.")))


@router.post(HERE + "/teammates/{teammate_id}/remove")
async def remove(visit: Visiting, teammate_id: str) -> Response:
    """Deactivate: take away sign-in and seat; what they wrote stays."""
    await visit.do(lambda tx, by: commands.disable_teammate(tx, teammate_id, by=by))
    return visit.to(HERE, Toast(_("Deactivated. What they wrote stays.")))


@router.get(HERE + "/teams/{team_id}")
async def team_panel(visit: Visiting, team_id: str) -> Response:
    """The panel of a team; ``new`` for one to be."""
    return await show(visit, Asked("team", "" if team_id == "new" else team_id))


@router.post(HERE + "/teams/{team_id}")
async def save_team(visit: Visiting, team_id: str) -> Response:
    """Create a team, or change who belongs to it."""
    form = await visit.request.form()
    name, members = text(form, "name"), frozenset(texts(form, "members"))

    def save(tx: Tx, by: Actor) -> None:
        if team_id == "new":
            commands.add_team(tx, name, sorted(members), by=by)
            return
        before = next((team for team in queries.teams(tx) if team.id == team_id), None)
        if before is None:
            raise NotFound(_("There is no team %(id)s.", id=team_id[:60]))
        with_main = {one for team in queries.teams(tx) for one in team.main_members}
        for gone in set(before.members) - members:
            commands.leave_team(tx, team_id, gone, by=by)
        for come in members - set(before.members):
            commands.join_team(tx, team_id, come, main=come not in with_main, by=by)

    try:
        await visit.do(save)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        entered = Form({"name": name}, refused, ("name",))
        return await show(visit, Asked("team", "" if team_id == "new" else team_id, entered, members), refused.status)
    return visit.to(HERE, Toast(_("Team created") if team_id == "new" else _("Saved")))
