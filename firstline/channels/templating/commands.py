"""Keeping the list of templates."""

from collections.abc import Sequence

from sqlalchemy import delete, func, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from firstline.channels.base import Template
from firstline.channels.happenings import TemplateState
from firstline.channels.templating.tables import channel_template
from firstline.kit.database import Tx
from firstline.kit.events import emit

APPROVED = "APPROVED"
_GONE = {"DELETED", "PENDING_DELETION"}


def replace_all(tx: Tx, account_id: str, templates: Sequence[Template]) -> None:
    """The whole list, as the provider has it now."""
    t = channel_template.c
    kept = [(one.name, one.language) for one in templates]
    gone = delete(channel_template).where(t.channel_account_id == account_id)
    tx.execute(gone.where(tuple_(t.name, t.language).not_in(kept)) if kept else gone)
    for one in templates:
        values = {
            "text": one.text,
            "state": one.state,
            "category": one.category,
            "reason": one.reason[:500],
            "shape": dict(one.shape),
            "state_at": tx.now,
        }
        row = insert(channel_template).values(channel_account_id=account_id, name=one.name, language=one.language, **values)
        tx.execute(row.on_conflict_do_update(index_elements=[t.channel_account_id, t.name, t.language], set_=values))
    emit(tx, "channel_account.changed", account_id)


def note_state(tx: Tx, account_id: str, told: TemplateState) -> bool:
    """The provider tells of one template; False if it is not in the list, something later is known of it already, or its content
    has to be fetched. One that is approved again may still be one that cannot be filled here."""
    t = channel_template.c
    if not told.state:
        return False
    reason: object = (told.reason or "")[:500]
    if told.state == APPROVED:
        reason = func.coalesce(t.shape["problem"].astext, "")
    values: dict[str, object] = {"state": told.state, "reason": reason, "state_at": told.at}
    if told.category:
        values["category"] = told.category
    where = (t.channel_account_id == account_id, t.name == told.name, t.language == told.language)
    if told.state in _GONE:
        changed = tx.execute(delete(channel_template).where(*where))
    else:
        changed = tx.execute(update(channel_template).where(*where, t.state_at <= told.at).values(**values))
    if changed.rowcount:
        emit(tx, "channel_account.changed", account_id)
    return bool(changed.rowcount)
