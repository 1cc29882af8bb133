"""Settings › Account › General."""

from dataclasses import replace

from starlette.responses import Response

from firstline.console.entered import text, texts
from firstline.console.screens.identity import LANGUAGES
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.view.settings import General
from firstline.console.words import _
from firstline.hours.rows import zones
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.people import commands
from firstline.people.rules import Permission

router = console_router()
HERE = "/settings/general"


def general_page(tx: Tx, reader: Reader) -> General:
    """What is set."""
    account = reader.account
    listed = sorted(zone for zone in zones() if "/" in zone and not zone.startswith("Etc/"))
    return General(
        name=account.name,
        zone=account.timezone,
        zones=tuple((zone, zone) for zone in dict.fromkeys((account.timezone, "UTC", *listed))),
        languages=tuple((code, name, code in account.languages) for code, name in LANGUAGES),
        may_change=reader.by.may(Permission.MANAGE_TEAMMATES),
    )


@router.get(HERE)
async def general(visit: Visiting) -> Response:
    """The page."""
    return await visit.page("screens/general.html", general_page, here=HERE)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Change the account."""
    form = await visit.request.form()
    values = {"name": text(form, "name"), "timezone": text(form, "timezone")}
    known = {code for code, _name in LANGUAGES}
    languages = [code for code in texts(form, "languages") if code in known] or ["en"]
    try:
        await visit.do(lambda tx, by: commands.change_account(tx, by=by, **values, languages=languages))
    except Forbidden:
        raise
    except Refused as refused:
        entered = Form(values, refused, ("name", "timezone"))
        load = lambda tx, reader: replace(general_page(tx, reader), form=entered)  # noqa: E731
        return await visit.page("screens/general.html", load, here=HERE, status=refused.status)
    return visit.to(HERE, Toast(_("Saved")))
