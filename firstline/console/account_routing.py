"""Where a channel account's conversations go when no deployment says: its lines and side panel on the screen *Channels*."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from firstline.channels.base import Account
from firstline.console.drawn import channel_icon
from firstline.console.entered import destination_in
from firstline.console.names import Names
from firstline.console.receivers import receivers, written
from firstline.console.view.channels import RoutingLine, RoutingPanel
from firstline.console.view.form import BLANK, Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Refused
from firstline.routing import queries
from firstline.routing.situation import Destination

HERE = "/customer-agent/channels/routing"


@dataclass(frozen=True)
class Asked:
    """Whose panel is open; after a refusal with what was entered."""

    account_id: str
    entered: FormData | None = None
    refused: Refused | None = None


def lines(tx: Tx, accounts: Mapping[str, Account], deployed: Mapping[str, object], known: Names) -> tuple[RoutingLine, ...]:
    """Each account with where it routes to."""
    return tuple(
        RoutingLine(
            id_,
            account.name,
            channel_icon(account.kind),
            written(queries.routing_of(tx, id_), known, none=_("Stays unassigned")),
            id_ in deployed,
        )
        for id_, account in accounts.items()
    )


def panel(tx: Tx, accounts: Mapping[str, Account], known: Names, asked: Asked) -> RoutingPanel:
    """The panel of one account.

    :raises NotFound: if there is no such account.
    """
    account = accounts.get(asked.account_id)
    if account is None:
        raise NotFound(_("There is no channel account %(id)s.", id=asked.account_id[:60]))
    chosen = queries.routing_of(tx, account.id)
    if asked.entered is not None:
        entered = destination_in(asked.entered, "routing")
        chosen = Destination.from_json(entered) if entered else None
    return RoutingPanel(
        account.name,
        f"{HERE}/{account.id}",
        receivers("routing", chosen, known, none=_("Stay unassigned")),
        Form({}, asked.refused, ("routing",)) if asked.refused else BLANK,
    )
