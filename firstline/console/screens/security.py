"""Settings › Account › Security: whether a second factor is demanded, and single sign-on."""

from starlette.responses import Response

from firstline.console.entered import text
from firstline.console.screens.single_sign_on import redirect_uri
from firstline.console.shell import Reader, Visit, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.governance import SecurityPage, SignOnPanel
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.kit.outbound import Outbound
from firstline.people import queries, second_factor, sign_on
from firstline.people.oidc import Conversation, ProviderFailed
from firstline.people.roles import role_names
from firstline.people.rules import Actor, Permission

router = console_router()
HERE = "/settings/security"
FIELDS = ("label", "issuer", "client_id", "client_secret", "domains", "default_role")


async def _page(visit: Visit, *, panel: bool = False, form: Form = BLANK, status: int = 200) -> Response:
    keyring = visit.request.app.state.keyring

    def load(tx: Tx, reader: Reader) -> SecurityPage:
        found = sign_on.provider(tx, keyring)
        everybody = queries.teammates(tx)
        with_factor = queries.with_second_factor(tx)
        return SecurityPage(
            demanded=queries.the_account(tx).second_factor_required,
            have=sum(mate.id in with_factor for mate in everybody),
            people=len(everybody),
            you_have=reader.by.id in with_factor,
            label=found.label if found else "",
            issuer=found.issuer if found else "",
            enabled=bool(found and found.enabled),
            may_change=reader.by.may(Permission.MANAGE_SECURITY),
            panel=_panel(found, role_names(tx), redirect_uri(visit), form) if panel else None,
        )

    return await visit.page("screens/security.html", load, here=HERE, status=status)


def _panel(found: sign_on.Provider | None, roles: dict[str, str], redirect: str, form: Form) -> SignOnPanel:
    values = {
        "label": found.label if found else "",
        "issuer": found.issuer if found else "",
        "client_id": found.client_id if found else "",
        "domains": ", ".join(found.domains) if found else "",
        "default_role": (found.default_role or "") if found else "",
        "enabled": "on" if found is None or found.enabled else "",
    }
    choices = (("", _("Nobody: only who is invited")), *((id_, name) for id_, name in roles.items() if id_ != "super_admin"))
    return SignOnPanel(values, choices, redirect, bool(found and found.client_secret), form)


@router.get(HERE)
async def page(visit: Visiting) -> Response:
    """The page."""
    return await _page(visit)


@router.post(HERE + "/second-factor")
async def demand(visit: Visiting) -> Response:
    """Demand a second factor from everybody, or no longer."""
    on = text(await visit.request.form(), "required") == "yes"
    await visit.do(lambda tx, by: second_factor.demand(tx, on, by=by))
    said = (
        _("From now on whoever has none sets one up at the next click.")
        if on
        else _("A second factor is everybody's own choice.")
    )
    return visit.to(HERE, Toast(said))


@router.get(HERE + "/sign-on")
async def sign_on_panel(visit: Visiting) -> Response:
    """The panel of single sign-on."""
    return await _page(visit, panel=True)


@router.post(HERE + "/sign-on")
async def save(visit: Visiting) -> Response:
    """Set the provider, after it was asked whether it is there."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in FIELDS}
    keyring, enabled = visit.request.app.state.keyring, "enabled" in form
    given = {name: values[name] for name in ("label", "issuer", "client_id", "client_secret")}
    domains = values["domains"].replace(";", ",").replace("\n", ",").split(",")

    def act(tx: Tx, by: Actor) -> None:
        role = values["default_role"] or None
        sign_on.configure(tx, keyring, **given, domains=domains, default_role=role, enabled=enabled, by=by)

    try:
        await visit.do(act)
    except Forbidden:
        raise
    except Refused as refused:
        entered = Form({**values, "client_secret": "", "enabled": "on" if enabled else ""}, refused, FIELDS)
        return await _page(visit, panel=True, form=entered, status=refused.status)
    if problem := await _problem(visit):
        return visit.to(HERE, Toast(_("Saved, but it does not work yet: %(problem)s", problem=problem), "bad"))
    return visit.to(HERE, Toast(_("Saved. The provider answers. Try it in a private window before you rely on it.")))


async def _problem(visit: Visit) -> str:
    """What keeps the provider from being used, as far as asking it shows."""
    state = visit.request.app.state
    found = await visit.database.tx(sign_on.provider, state.keyring)
    if found is None or not found.enabled:
        return ""
    allow = state.settings.allow_private_addresses
    try:
        await Conversation(found, lambda: Outbound(allow_private=allow, follow_redirects=False)).discover()
    except ProviderFailed as failed:
        return failed.message
    return ""


@router.post(HERE + "/sign-on/remove")
async def remove(visit: Visiting) -> Response:
    """Take the provider away."""
    keyring = visit.request.app.state.keyring
    await visit.do(lambda tx, by: sign_on.remove(tx, keyring, by=by))
    return visit.to(HERE, Toast(_("Single sign-on removed")))
