"""Settings › Account › General."""

import re
from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from firstline.console.entered import text, texts
from firstline.console.languages import language_name, languages
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
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")


def general_page(tx: Tx, reader: Reader) -> General:
    """What is set."""
    account = reader.account
    listed = sorted(zone for zone in zones() if "/" in zone and not zone.startswith("Etc/"))
    return General(
        name=account.name,
        zone=account.timezone,
        zones=tuple((zone, zone) for zone in dict.fromkeys((account.timezone, "UTC", *listed))),
        languages=tuple((code, language_name(code), code in account.languages) for code in _offered(account.languages)),
        may_change=reader.by.may(Permission.MANAGE_TEAMMATES),
    )


def _offered(chosen: Sequence[str]) -> tuple[str, ...]:
    """The languages that can be chosen, and those that are."""
    return tuple(dict.fromkeys((*(code for code, _name in languages()), *chosen)))


@router.get(HERE)
async def general(visit: Visiting) -> Response:
    """The page."""
    return await visit.page("screens/general.html", general_page, here=HERE)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Change the account."""
    form = await visit.request.form()
    values = {"name": text(form, "name"), "timezone": text(form, "timezone")}
    chosen = [code for code in texts(form, "languages") if _TAG.fullmatch(code)] or ["en"]
    try:
        await visit.do(lambda tx, by: commands.change_account(tx, by=by, **values, languages=chosen))
    except Forbidden:
        raise
    except Refused as refused:
        entered = Form(values, refused, ("name", "timezone"))
        load = lambda tx, reader: replace(general_page(tx, reader), form=entered)  # noqa: E731
        return await visit.page("screens/general.html", load, here=HERE, status=refused.status)
    return visit.to(HERE, Toast(_("Saved")))
