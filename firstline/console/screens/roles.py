"""Settings › Account › Roles: what each allows, and roles of one's own."""

from starlette.responses import Response

from firstline.console.entered import text, texts
from firstline.console.shell import Reader, Visit, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.governance import RoleLine, RolePanel, RolesPage
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, NotFound, Refused
from firstline.people import roles
from firstline.people.rules import PERMISSION_HINTS, PERMISSION_NAMES, Actor, Permission

router = console_router()
HERE = "/settings/roles"


def roles_page(tx: Tx, reader: Reader, asked: str | None = None, form: Form = BLANK) -> RolesPage:
    """Every role, with the panel of one if it was asked for; empty for a new one."""
    found = roles.all_roles(tx)
    lines = tuple(
        RoleLine(
            role.id,
            role.name,
            tuple(PERMISSION_NAMES[one] for one in Permission if one in role.permissions),
            role.built_in,
            role.holders,
            len(role.permissions) == len(Permission),
        )
        for role in found
    )
    may_change = reader.by.may(Permission.MANAGE_SECURITY)
    panel = None
    if asked is not None:
        role = roles.role_of(tx, asked) if asked else None
        chosen = frozenset(role.permissions if role else ())
        choices = tuple((one.value, PERMISSION_NAMES[one], PERMISSION_HINTS[one], reader.by.may(one)) for one in Permission)
        title = role.name if role else _("Create role")
        fixed = not may_change or bool(role and role.built_in)
        panel = RolePanel(
            asked, title, role.name if role else "", choices, frozenset(form.value("permissions", chosen)), fixed, form
        )
    return RolesPage(lines, may_change, panel)


async def _page(visit: Visit, asked: str | None = None, form: Form = BLANK, status: int = 200) -> Response:
    return await visit.page(
        "screens/roles.html", lambda tx, reader: roles_page(tx, reader, asked, form), here=HERE, status=status
    )


@router.get(HERE)
async def page(visit: Visiting) -> Response:
    """The table."""
    return await _page(visit)


@router.get(HERE + "/{role_id}")
async def panel(visit: Visiting, role_id: str) -> Response:
    """The panel of a role; ``new`` for one to be."""
    return await _page(visit, "" if role_id == "new" else role_id)


@router.post(HERE + "/{role_id}")
async def save(visit: Visiting, role_id: str) -> Response:
    """Create or change a role."""
    form = await visit.request.form()
    name, permissions = text(form, "name"), texts(form, "permissions")

    def act(tx: Tx, by: Actor) -> None:
        if role_id == "new":
            roles.create_role(tx, name, permissions, by=by)
        else:
            roles.change_role(tx, role_id, name=name, permissions=permissions, by=by)

    try:
        await visit.do(act)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        entered = Form({"name": name, "permissions": permissions}, refused, ("name", "permissions"))
        return await _page(visit, "" if role_id == "new" else role_id, entered, refused.status)
    return visit.to(HERE, Toast(_("Role created") if role_id == "new" else _("Saved. It holds from their next click.")))


@router.post(HERE + "/{role_id}/delete")
async def delete(visit: Visiting, role_id: str) -> Response:
    """Delete a role that nobody has."""
    await visit.do(lambda tx, by: roles.delete_role(tx, role_id, by=by))
    return visit.to(HERE, Toast(_("Role deleted")))
