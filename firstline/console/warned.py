"""What stands in the way of the agent now, said where it is looked after: switched off, credits, channels that need attention."""

from collections.abc import Iterator

from firstline.agent.connections import queries as models
from firstline.agent.connections.rules import may_spend
from firstline.channels import accounts
from firstline.channels.attention import is_broken
from firstline.console import switched
from firstline.console.usage import credit_warning
from firstline.console.view.common import Warned
from firstline.console.words import _
from firstline.credits import queries as credits
from firstline.credits.commands import open_period
from firstline.kit.database import Tx

USAGE, ACCOUNTS = "/settings/usage", "/settings/channel-accounts"
SINGLE = 3
"""Accounts in trouble that are named one by one; more than that would push the page out of sight."""


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
    yield from _without_model(tx)
    yield from _accounts(tx)


def _without_model(tx: Tx) -> Iterator[Warned]:
    """The agent goes on without a model, because what it may spend is spent (SW7)."""
    agent = next(iter(switched.agents(tx)), None)
    thinking = models.thinking_of(tx, agent.id) if agent else None
    if agent and thinking and thinking.connections and (spent := may_spend(thinking.standings)).reasons:
        title = _("%(agent)s answers without a model.", agent=agent.published.name)
        why = "; ".join(spent.reasons)
        text = _(
            "The spend limit is reached: %(why)s. It answers from your content until the month ends or it is raised.", why=why
        )
        yield Warned(title, text, _("Usage & limits"), USAGE)


def _accounts(tx: Tx) -> Iterator[Warned]:
    """Channel accounts that do not work: each by its name, or all together where they are many."""
    broken = [one for one in accounts.connected(tx) if is_broken(one.attention)]
    if len(broken) > SINGLE:
        shown = ", ".join(one.name for one in broken[:SINGLE])
        title = _("%(count)s channel accounts need attention.", count=len(broken))
        text = _("%(names)s and %(more)s more.", names=shown, more=len(broken) - SINGLE)
        yield Warned(title, text, _("Channel accounts"), ACCOUNTS)
        return
    for account in broken:
        cause = str((account.attention or {}).get("cause") or "")
        title = _("%(name)s needs attention.", name=account.name)
        yield Warned(title, cause, _("Open"), f"{ACCOUNTS}/{account.id}")
