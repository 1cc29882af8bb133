"""What Firstline does itself: the contact, tickets, callbacks, leads, transfers (AC5)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from firstline.agent.actions.caller import Result
from firstline.agent.actions.calls import Call
from firstline.agent.actions.definition import BuiltIn
from firstline.agent.actions.templates import as_fact
from firstline.agent.queries import access_in
from firstline.contacts.queries import who_is
from firstline.contacts.tables import contact
from firstline.kit.database import Tx
from firstline.kit.errors import Rejected
from firstline.kit.events import emit

HANDS_OVER = frozenset({"create_ticket", "schedule_callback", "transfer"})
"""Those after which people go on."""


def run(tx: Tx, call: Call, does: BuiltIn, values: Mapping[str, Any]) -> Result:
    """Do it, in this transaction.

    :raises Rejected: if it cannot be done.
    """
    if does.verb == "look_up_contact":
        return _look_up(tx, call, does)
    if does.verb == "update_contact":
        return _keep(tx, call, {name: value for name, value in values.items() if name in does.properties})
    if does.verb == "qualify_lead":
        return _keep(tx, call, {f"lead_{name}": value for name, value in values.items()})
    return Result({name: fact for name, value in values.items() if (fact := as_fact(value))}, "ok")


def _look_up(tx: Tx, call: Call, does: BuiltIn) -> Result:
    known = who_is(tx, call.contact_id)
    facts = {"name": known.name, "email": known.email, **known.properties}
    allowed = access_in(tx, call.conversation_id)
    return Result({name: fact for name in does.properties if allowed.may_tell(name) and (fact := as_fact(facts.get(name)))}, "ok")


def _keep(tx: Tx, call: Call, properties: Mapping[str, Any]) -> Result:
    if not properties:
        raise Rejected("There is nothing to change.")
    allowed = access_in(tx, call.conversation_id)
    if refused := [name for name in properties if not allowed.may_change(name)]:
        raise Rejected(f"The agent may not change {', '.join(refused)}. Permissions of the agent say so.")
    known = who_is(tx, call.contact_id)
    kept = {name: as_fact(value) or "" if isinstance(value, list | dict) else value for name, value in properties.items()}
    tx.execute(update(contact).where(contact.c.id == call.contact_id).values(properties={**known.properties, **kept}))
    emit(tx, "contact.changed", call.contact_id)
    return Result({name: fact for name, value in properties.items() if (fact := as_fact(value))}, "ok")
