"""Settings › Build › API keys."""

from datetime import timedelta
from functools import partial

from starlette.responses import Response

from firstline.console.entered import text, texts
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.settings import KeyLine, KeysPage
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.people import keys as api_keys
from firstline.people import queries
from firstline.people.rules import Actor, Permission

router = console_router()
HERE = "/settings/api-keys"


ENDS = ("", "30", "90", "365")
"""Days after which a key may end; nothing for never."""


def scope_names() -> dict[str, str]:
    """What a key may be limited to, in words."""
    return {
        "*": _("Everything you may do"),
        "inbox": _("Conversations and contacts"),
        "agent": _("Customer agent and knowledge"),
        "automation": _("Chatflows and workflows"),
        "channels": _("Channel accounts"),
        "integrations": _("Custom channels and webhooks"),
        "people": _("Teammates and teams"),
        "usage": _("Usage and credits"),
        "reports": _("Reports"),
        "audit": _("Audit log"),
        "data": _("Export and erasure"),
    }


def keys_page(tx: Tx, reader: Reader, base_url: str, *, panel: bool = False, made: str = "", form: Form = BLANK) -> KeysPage:
    """Keys that work, newest first."""
    words, manages = scope_names(), reader.by.may(Permission.MANAGE_TEAMMATES)
    lines = tuple(
        KeyLine(
            id=row.id,
            name=row.name,
            hint=row.hint,
            scopes=", ".join(words.get(scope, scope) for scope in row.scopes),
            acts_for=row.acts_for,
            created=reader.times.stamp(row.created_at),
            ends=reader.times.stamp(row.expires_at) if row.expires_at else None,
            used=reader.times.ago(row.last_used_at) if row.last_used_at else None,
            may_revoke=manages or row.teammate_id == reader.by.id,
        )
        for row in queries.api_keys(tx)
    )
    return KeysPage(lines, tuple(words.items()), base_url, panel, made, form)


async def _page(visit: Visiting, status: int = 200, *, panel: bool = False, made: str = "", form: Form = BLANK) -> Response:
    load = partial(keys_page, base_url=visit.base_url, panel=panel, made=made, form=form)
    return await visit.page("screens/keys.html", load, here=HERE, status=status)


@router.get(HERE)
async def keys(visit: Visiting) -> Response:
    """The table."""
    return await _page(visit)


@router.get(f"{HERE}/new")
async def new_panel(visit: Visiting) -> Response:
    """The panel for a new key."""
    return await _page(visit, panel=True)


@router.post(f"{HERE}/new")
async def create(visit: Visiting) -> Response:
    """Create a key and show it, this once."""
    form = await visit.request.form()
    name, scopes, ends = text(form, "name"), texts(form, "scopes"), text(form, "ends")

    def make(tx: Tx, by: Actor) -> tuple[str, str]:
        days = int(ends) if ends and ends in ENDS else None
        expires_at = tx.now + timedelta(days=days) if days else None
        return api_keys.create_api_key(tx, name, scopes, expires_at=expires_at, by=by)

    try:
        _id, key = await visit.do(make)
    except Forbidden:
        raise
    except Refused as refused:
        entered = Form({"name": name, "scopes": scopes, "ends": ends}, refused, ("name", "scopes"))
        return await _page(visit, refused.status, panel=True, form=entered)
    return await _page(visit, 201, panel=True, made=key)


@router.post(HERE + "/{key_id}/revoke")
async def revoke(visit: Visiting, key_id: str) -> Response:
    """End a key at once."""
    await visit.do(lambda tx, by: api_keys.revoke_api_key(tx, key_id, by=by))
    return visit.to(HERE, Toast(_("Key revoked")))
