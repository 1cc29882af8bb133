"""A person found out who holds an address whose messages a provider had refused, and confirms that it is the customer."""

from firstline.contacts import holding
from firstline.conversations import queries
from firstline.conversations.deliveries import try_again
from firstline.conversations.outside import note_outside
from firstline.conversations.ownership import require_workspace
from firstline.conversations.rules import Delivery
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict
from firstline.people import audit
from firstline.people.rules import Actor

WAITS = (
    "A message was not delivered: the customer has another phone, or somebody else has the number now. Find out in another way "
    "who it is; what a teammate wrote goes out once that is confirmed."
)


def confirm(tx: Tx, conversation_id: str, by: Actor) -> None:
    """It is the customer: what a teammate wrote and was refused goes out once more, and the key that is told then is theirs.

    What a machine wrote stays unsent: people have the conversation since.

    :raises Conflict: if nothing was refused.
    """
    found = queries.which(tx, conversation_id)
    require_workspace(tx, found, by)
    if not holding.is_refused(tx, found.contact_id, found.channel_account_id):
        raise Conflict("Nothing has to be confirmed: no message was refused because of who holds the address.")
    refused = holding.believe(tx, found.contact_id, found.channel_account_id)
    audit.record(tx, by, "contact.confirm", found.contact_id, after={"conversation": conversation_id})
    note_outside(tx, conversation_id, f"{by.name or 'A teammate'} confirmed who the customer is.")
    for entry_id in refused:
        one = queries.one_entry(tx, entry_id)
        mine = one.conversation_id == conversation_id and one.by_kind == "teammate"
        if mine and one.delivery == Delivery.FAILED.value:
            try_again(tx, entry_id, by)
