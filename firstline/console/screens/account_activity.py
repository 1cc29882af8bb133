"""Settings › Channels › Channel accounts › one of them: how it does, what goes through it, and what its channel has to tell."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy import func, select
from starlette.responses import Response

from firstline.channels import accounts
from firstline.channels.accounts import WORKSPACES
from firstline.channels.attention import is_broken
from firstline.channels.base import Account, Channel
from firstline.channels.intake import letters
from firstline.channels.tables import channel_account, dispatch
from firstline.channels.telling import Said, Telling
from firstline.console import told
from firstline.console.drawn import channel_icon
from firstline.console.entered import text
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.told import AccountActivity, Told, Value
from firstline.console.words import _
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.rules import Actor, Permission

router = console_router()
ACCOUNTS = "/settings/channel-accounts"
HERE = ACCOUNTS + "/{account_id}/activity"
LATELY = timedelta(days=7)
LIVE = "channel_account.* dead_letter.*"
Kinds = Mapping[str, Channel]


def before_of(older: str) -> dict[str, str]:
    """Which table is read on, and from where: ``key:cursor``."""
    key, _colon, cursor = older.partition(":")
    return {key: cursor[:400]} if key and cursor else {}


def _at(account_id: str) -> str:
    return HERE.format(account_id=account_id)


def _told(tx: Tx, reader: Reader, account: Account, kinds: Kinds, older: str) -> Told | None:
    channel: object = kinds.get(account.kind)
    if not isinstance(channel, Telling):
        return None
    before = before_of(older)
    return told.shown(channel.tell(tx, account, before), reader.times, _at(account.id), LIVE, before)


def activity(tx: Tx, reader: Reader, account_id: str, kinds: Kinds, older: str) -> AccountActivity:
    """The whole page."""
    reader.by.require(Permission.MANAGE_CHANNELS)
    account = accounts.which(tx, account_id)
    channel = kinds.get(account.kind)
    attention = (account.attention or {}) if is_broken(account.attention) else {}
    waiting = letters.counts(tx).get(account_id, 0)
    return AccountActivity(
        name=account.name,
        icon=channel_icon(account.kind),
        kind=channel.title if channel else account.kind,
        address=channel.address(account) if channel else "",
        settings=f"{ACCOUNTS}/{account_id}",
        cause=str(attention.get("cause", "")),
        cure=str(attention.get("cure", "")),
        log=f"/settings/delivery-log?account={account_id}",
        letters=f"/settings/dead-letters?account={account_id}",
        waiting=waiting,
        facts=_facts(tx, reader, account, waiting, shows=channel is not None and channel.capabilities.shows),
        told=_told(tx, reader, account, kinds, older),
    )


def _facts(tx: Tx, reader: Reader, account: Account, waiting: int, *, shows: bool) -> tuple[tuple[str, Value], ...]:
    checked = tx.scalar(select(channel_account.c.checked_at).where(channel_account.c.id == account.id))
    state = Said(_("Needs attention"), "warn") if is_broken(account.attention) else Said(_("Connected"), "good")
    facts = [
        (_("State"), state),
        (_("Last checked"), Said(at=checked) if checked else Said(_("Never"), detail=_("Test the connection in its settings."))),
        (_("Workspace"), Said(_(WORKSPACES[account.workspace]))),
    ]
    if not shows:
        facts.append((_("Sent in the last 7 days"), _sent(tx, account.id)))
    detail = _("Deliveries that could not be understood.") if waiting else _("Everything that came in was understood.")
    facts.append((_("Dead letters"), Said(str(waiting), "warn" if waiting else "", detail)))
    return tuple((label, told.value(said, reader.times)) for label, said in facts)


def _sent(tx: Tx, account_id: str) -> Said:
    d = dispatch.c
    query = (
        select(d.delivery, func.count().label("n"))
        .join(entry, entry.c.id == d.entry_id)
        .where(d.channel_account_id == account_id, entry.c.at > tx.now - LATELY)
        .group_by(d.delivery)
    )
    counts = {row.delivery: int(row.n) for row in tx.rows(query)}
    bad, doubtful = counts.get("failed", 0), counts.get("unknown", 0)
    waiting = counts.get("pending", 0) + counts.get("sending", 0)
    parts = [
        _("%(n)s failed", n=bad) if bad else "",
        _("%(n)s nobody can tell of", n=doubtful) if doubtful else "",
        _("%(n)s on their way", n=waiting) if waiting else "",
    ]
    return Said(str(sum(counts.values()) - bad - doubtful - waiting), detail=" · ".join(part for part in parts if part))


@router.get(HERE)
async def page(visit: Visiting, account_id: str, before: str = "") -> Response:
    """The page."""
    load = partial(activity, account_id=account_id, kinds=visit.request.app.state.channels, older=before)
    return await visit.page("screens/account-activity.html", load, here=ACCOUNTS)


@router.get(HERE + "/part")
async def part(visit: Visiting, account_id: str) -> Response:
    """What the channel tells, again."""
    kinds = visit.request.app.state.channels

    def load(tx: Tx, reader: Reader) -> Told:
        reader.by.require(Permission.MANAGE_CHANNELS)
        found = _told(tx, reader, accounts.which(tx, account_id), kinds, "")
        if found is None:
            raise NotFound("This channel has nothing more to tell.")
        return found

    return await visit.part("channels/told.html", load)


@router.post(HERE + "/do")
async def do(visit: Visiting, account_id: str) -> Response:
    """Do what a button says."""
    form = await visit.request.form()
    kinds = visit.request.app.state.channels

    def act(tx: Tx, by: Actor) -> str:
        by.require(Permission.MANAGE_CHANNELS)
        account = accounts.which(tx, account_id)
        channel: object = kinds.get(account.kind)
        if not isinstance(channel, Telling):
            raise NotFound("There is nothing to be done here.")
        return channel.act(tx, account, text(form, "deed"), text(form, "on"), by)

    return visit.to(_at(account_id), Toast(_(await visit.do(act))))
