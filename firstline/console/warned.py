"""What stands in the way of the agent now, said where it is looked after: switched off, credits, channels that need attention."""

from collections.abc import Iterator

from firstline.channels import accounts
from firstline.console.usage import credit_warning
from firstline.console.view.common import Warned
from firstline.console.words import _
from firstline.credits import queries as credits
from firstline.credits.commands import open_period
from firstline.kit.database import Tx

USAGE = "/settings/usage"


def warned(tx: Tx) -> tuple[Warned, ...]:
    """The warnings, the gravest first; none when everything is as it should be."""
    return tuple(_warned(tx))


def _warned(tx: Tx) -> Iterator[Warned]:
    open_period(tx)
    usage = credits.usage(tx)
    if not usage.settings.on:
        title = _("The customer agent is switched off.")
        yield Warned(title, _("It takes no new conversation on any channel."), _("Usage & limits"), USAGE)
    title, text = credit_warning(usage, credits.zone(tx))
    if title:
        yield Warned(title, text, _("Usage & limits"), USAGE)
    for account in accounts.connected(tx):
        if account.attention:
            cause = str(account.attention.get("cause") or "")
            title = _("%(name)s needs attention.", name=account.name)
            yield Warned(title, cause, _("Open"), f"/settings/channel-accounts/{account.id}")
