"""What the provider tells about who has the word, kept in its own order: late news change nothing."""

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert

from firstline.channels.base import Account
from firstline.channels.control.tables import thread_control
from firstline.channels.happenings import Control
from firstline.conversations import outside
from firstline.conversations.rules import NOBODY, Owner, OwnerKind, Place
from firstline.kit.database import Tx
from firstline.people.queries import is_here


def owner_outside(tx: Tx, account: Account) -> Owner:
    """Whose a conversation becomes when somebody else has the word: the configured teammate if still here, else nobody's."""
    mate = account.settings.get("outside_owner")
    return Owner(OwnerKind.TEAMMATE, mate) if isinstance(mate, str) and mate and is_here(tx, mate) else NOBODY


def control(tx: Tx, account: Account, told: Control) -> None:
    """Another program has the word, or it came back to us, or somebody asks for it."""
    place = Place(account.id, account.workspace)
    if told.asked:
        outside.note_wish(tx, place, told.who, told.reason)
    elif not _note(tx, account.id, told):
        return
    elif told.ours:
        outside.control_returned(tx, place, told.who, told.reason)
    else:
        outside.lost_control(tx, place, told.who, told.reason, owner=owner_outside(tx, account))


_t = thread_control.c
_OURS = (
    update(thread_control)
    .where(
        _t.channel_account_id == bindparam("account"),
        _t.kind == bindparam("of"),
        _t.value == bindparam("who"),
        _t.ours.is_(False),
        _t.at < bindparam("now"),
    )
    .values(ours=True, holder="", reason=bindparam("why"), at=bindparam("now"))
)


def shown_ours(tx: Tx, account_id: str, told: Control) -> None:
    """A message came to us, or one of ours went out: we have the word, whatever was told before."""
    whose = {"account": account_id, "of": told.who.kind.value, "who": told.who.value}
    tx.execute(_OURS, {**whose, "why": told.reason[:300], "now": told.at})


def _note(tx: Tx, account_id: str, told: Control) -> bool:
    """False if something later is known already, or the same."""
    t = thread_control.c
    values = {"ours": told.ours, "holder": told.holder[:120], "reason": told.reason[:300], "at": told.at}
    row = insert(thread_control).values(channel_account_id=account_id, kind=told.who.kind.value, value=told.who.value, **values)
    newer = row.on_conflict_do_update(index_elements=[t.channel_account_id, t.kind, t.value], set_=values, where=t.at < told.at)
    return tx.execute(newer.returning(t.ours)).first() is not None
