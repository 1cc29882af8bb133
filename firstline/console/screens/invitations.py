"""Settings › Users and teams: invitations, seats, links for others, coming back."""

from starlette.responses import Response

from firstline.console.entered import text
from firstline.console.people_page import HERE, Asked
from firstline.console.screens.people import show
from firstline.console.shell import Visit, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.errors import Forbidden, Invalid, NotFound, Refused
from firstline.people import commands, invitations, resets, second_factor, signin
from firstline.people.seats import set_seat_limit

router = console_router()
FIELDS = ("email", "name", "role", "seat")


def _can_send(visit: Visit) -> bool:
    return bool(visit.request.app.state.settings.smtp_host)


def _link(link: str, visit: Visit, email: str = "") -> Asked:
    """A panel with a link to copy."""
    if email and _can_send(visit):
        note = _("The invitation is on its way to %(email)s. You can also hand the link over yourself.", email=email)
    elif email:
        note = _("This installation has no mail server. Hand the link to %(email)s yourself.", email=email)
    else:
        note = _("Hand it over on a way that only they can read.")
    return Asked("link", title=_("Link for %(who)s", who=email) if email else _("Link"), link=link, note=note)


@router.get(HERE + "/invitations/new")
async def invite_panel(visit: Visiting) -> Response:
    """The panel for an invitation."""
    return await show(visit, Asked("invite"))


@router.post(HERE + "/invitations/new")
async def invite(visit: Visiting) -> Response:
    """Invite somebody."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in ("email", "name", "role", "team")}
    seat, keyring, base = "seat" in form, visit.request.app.state.keyring, visit.base_url
    given = {"email": values["email"], "name": values["name"], "role": values["role"] or "teammate"}
    try:
        made = await visit.do(
            lambda tx, by: invitations.invite(tx, keyring, base, **given, team_id=values["team"] or None, seat=seat, by=by)
        )
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        entered = Form({**values, "seat": "on" if seat else ""}, refused, FIELDS)
        return await show(visit, Asked("invite", form=entered), refused.status)
    return await show(visit, _link(made.link, visit, values["email"]), 201)


@router.post(HERE + "/invitations/{invitation_id}/send-again")
async def send_again(visit: Visiting, invitation_id: str) -> Response:
    """A new link for another week."""
    keyring, base = visit.request.app.state.keyring, visit.base_url
    made = await visit.do(lambda tx, by: invitations.send_again(tx, keyring, base, invitation_id, by=by))
    if not _can_send(visit):
        return await show(visit, _link(made.link, visit), 201)
    return visit.to(HERE, Toast(_("Sent again. The link of before does not work any more.")))


@router.get(HERE + "/invitations/{invitation_id}/link")
async def link(visit: Visiting, invitation_id: str) -> Response:
    """The link to copy."""
    keyring, base = visit.request.app.state.keyring, visit.base_url
    found = await visit.do(lambda tx, by: invitations.link_of(tx, keyring, base, invitation_id, by=by))
    return await show(visit, _link(found, visit))


@router.post(HERE + "/invitations/{invitation_id}/revoke")
async def revoke(visit: Visiting, invitation_id: str) -> Response:
    """Take an invitation back."""
    await visit.do(lambda tx, by: invitations.revoke(tx, invitation_id, by=by))
    return visit.to(HERE, Toast(_("Invitation revoked")))


@router.get(HERE + "/seats")
async def seats_panel(visit: Visiting) -> Response:
    """The panel for the limit."""
    return await show(visit, Asked("seats"))


@router.post(HERE + "/seats")
async def limit(visit: Visiting) -> Response:
    """Limit the seats, or lift the limit."""
    entered = text(await visit.request.form(), "limit").strip()
    try:
        if entered and not (entered.isascii() and entered.isdigit() and len(entered) < 10):
            raise Invalid(_("Enter a number, or nothing for no limit."), field="limit")
        await visit.do(lambda tx, by: set_seat_limit(tx, int(entered) if entered else None, by=by))
    except Forbidden:
        raise
    except Refused as refused:
        return await show(visit, Asked("seats", form=Form({"limit": entered}, refused, ("limit",))), refused.status)
    return visit.to(HERE, Toast(_("Saved")))


@router.post(HERE + "/teammates/{teammate_id}/new-password")
async def new_password(visit: Visiting, teammate_id: str) -> Response:
    """A link with which a teammate sets a new password."""
    base = visit.base_url
    made = await visit.do(lambda tx, by: resets.link_for(tx, base, teammate_id, by=by))
    return await show(visit, _link(made, visit), 201)


@router.post(HERE + "/teammates/{teammate_id}/no-second-factor")
async def no_second_factor(visit: Visiting, teammate_id: str) -> Response:
    """Help somebody who lost phone and recovery codes."""
    await visit.do(lambda tx, by: second_factor.turn_off(tx, teammate_id, by=by))
    return visit.to(HERE, Toast(_("The second factor is off. They are signed out everywhere.")))


@router.post(HERE + "/teammates/{teammate_id}/sign-out")
async def sign_out(visit: Visiting, teammate_id: str) -> Response:
    """End every session of a teammate."""
    await visit.do(lambda tx, by: signin.sign_out_everywhere(tx, teammate_id, by=by))
    return visit.to(HERE, Toast(_("Signed out everywhere")))


@router.post(HERE + "/teammates/{teammate_id}/reactivate")
async def reactivate(visit: Visiting, teammate_id: str) -> Response:
    """Let somebody in again; a seat is given separately."""
    await visit.do(lambda tx, by: commands.reactivate_teammate(tx, teammate_id, by=by))
    return visit.to(HERE, Toast(_("Reactivated, without a seat. Give one under Edit.")))
