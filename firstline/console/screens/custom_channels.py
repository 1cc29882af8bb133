"""Settings › Channels › Custom channels: registering a channel of one's own, its accounts, its secret, its webhook (CC1)."""

from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from firstline.channels.api import Keys
from firstline.console import told
from firstline.console.config_form import settings_in
from firstline.console.entered import text
from firstline.console.registrations import HERE, LIVE, Asked, keeper, registration_page, registrations_page
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.told import Told
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, NotFound, Refused
from firstline.people.rules import Actor, Permission

router = console_router()
ONE = HERE + "/{registration_id}"


def _status(asked: Asked) -> int:
    """A new secret was made where it is shown."""
    if asked.refused is not None:
        return asked.refused.status
    return 201 if asked.secret else 200


async def _list(visit: Visiting, asked: Asked) -> Response:
    load = partial(registrations_page, kinds=visit.request.app.state.channels, asked=asked)
    return await visit.page("screens/custom-channels.html", load, here=HERE, status=_status(asked))


async def _one(visit: Visiting, registration_id: str, asked: Asked) -> Response:
    kinds = visit.request.app.state.channels
    load = partial(registration_page, kinds=kinds, registration_id=registration_id, base_url=visit.base_url, asked=asked)
    return await visit.page("screens/custom-channel.html", load, here=HERE, status=_status(asked))


@router.get(HERE)
async def custom_channels(visit: Visiting) -> Response:
    """The table."""
    return await _list(visit, Asked())


@router.get(HERE + "/register")
async def register_panel(visit: Visiting) -> Response:
    """The panel for a new one."""
    return await _list(visit, Asked("new"))


@router.post(HERE + "/register")
async def register(visit: Visiting, keyring: Keys) -> Response:
    """Register one; the page that follows shows its secret, this once."""
    form, keeps = await visit.request.form(), keeper(visit.request.app.state.channels)
    values = settings_in(keeps.registration, form)
    try:
        made, secret = await visit.do(lambda tx, by: keeps.register(tx, keyring, text(form, "name"), values, by))
    except Forbidden:
        raise
    except Refused as refused:
        return await _list(visit, Asked("new", form, refused))
    return await _one(visit, made, Asked(secret=secret))


@router.get(ONE)
async def custom_channel(visit: Visiting, registration_id: str, before: str = "") -> Response:
    """One of them."""
    return await _one(visit, registration_id, Asked(before=before))


@router.get(ONE + "/part")
async def part(visit: Visiting, registration_id: str) -> Response:
    """What became of its messages, again."""
    keeps = keeper(visit.request.app.state.channels)

    def load(tx: Tx, reader: Reader) -> Told:
        reader.by.require(Permission.MANAGE_CHANNELS)
        here = f"{HERE}/{registration_id}"
        return told.shown(keeps.tell_registration(tx, registration_id, {}), reader.times, here, LIVE)

    return await visit.part("channels/told.html", load)


@router.get(ONE + "/{panel}")
async def panel(visit: Visiting, registration_id: str, panel: str) -> Response:
    """The panel that changes it, or connects an account."""
    if panel not in ("change", "account"):
        raise NotFound(f"There is no page {panel} of a custom channel.")
    return await _one(visit, registration_id, Asked(panel))


async def _tried(visit: Visiting, registration_id: str, panel: str, deed: Callable[[Tx, Actor], object], said: str) -> Response:
    """Do it, or come back to the panel with what is wrong."""
    try:
        await visit.do(deed)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        return await _one(visit, registration_id, Asked(panel, await visit.request.form(), refused))
    return visit.to(f"{HERE}/{registration_id}", Toast(said))


@router.post(ONE + "/change")
async def change(visit: Visiting, keyring: Keys, registration_id: str) -> Response:
    """Change what it declares."""
    form, keeps = await visit.request.form(), keeper(visit.request.app.state.channels)
    values = settings_in(keeps.registration, form)

    def act(tx: Tx, by: Actor) -> None:
        keeps.change_registration(tx, keyring, registration_id, text(form, "name"), values, by)

    return await _tried(visit, registration_id, "change", act, _("Saved. Its accounts follow at once."))


@router.post(ONE + "/accounts")
async def add_account(visit: Visiting, keyring: Keys, registration_id: str) -> Response:
    """Connect an account of it."""
    form, keeps = await visit.request.form(), keeper(visit.request.app.state.channels)
    values = settings_in(keeps.account_form, form)

    def act(tx: Tx, by: Actor) -> str:
        workspace = text(form, "workspace") or "inbox"
        return keeps.add_account(tx, keyring, registration_id, text(form, "name"), workspace, values, by)

    return await _tried(visit, registration_id, "account", act, _("Connected. Its id is in the commands below."))


@router.post(ONE + "/rotate")
async def rotate(visit: Visiting, keyring: Keys, registration_id: str) -> Response:
    """A new secret, shown this once."""
    keeps = keeper(visit.request.app.state.channels)
    secret = await visit.do(lambda tx, by: keeps.rotate(tx, keyring, registration_id, by))
    return await _one(visit, registration_id, Asked(secret=secret))


@router.post(ONE + "/forget-old-secrets")
async def forget_old(visit: Visiting, keyring: Keys, registration_id: str) -> Response:
    """Only the present secret counts."""
    keeps = keeper(visit.request.app.state.channels)
    await visit.do(lambda tx, by: keeps.forget_old(tx, keyring, registration_id, by))
    return visit.to(f"{HERE}/{registration_id}", Toast(_("Only the present secret counts now.")))


@router.post(ONE + "/archive")
async def archive(visit: Visiting, registration_id: str) -> Response:
    """Switch it off with all its accounts."""
    keeps = keeper(visit.request.app.state.channels)
    await visit.do(lambda tx, by: keeps.archive(tx, registration_id, by))
    return visit.to(HERE, Toast(_("Switched off. Its conversations stay.")))


@router.post(ONE + "/do")
async def do(visit: Visiting, registration_id: str) -> Response:
    """Do what a button of a row says."""
    form, keeps = await visit.request.form(), keeper(visit.request.app.state.channels)

    def act(tx: Tx, by: Actor) -> str:
        return keeps.act_on_registration(tx, registration_id, text(form, "deed"), text(form, "on"), by)

    return visit.to(f"{HERE}/{registration_id}", Toast(_(await visit.do(act))))
