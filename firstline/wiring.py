"""What follows what, on one page.

Left: something that happened. Right: what happens next, in the same transaction; mostly a durable job is asked for.
"""

from collections.abc import Mapping, Sequence

from firstline.agent.capturing import take_address
from firstline.agent.turns import let_go
from firstline.channels import dispatching
from firstline.channels.accounts import family_of
from firstline.channels.alerting import tell_broken, tell_mended
from firstline.channels.profiling import wants_profile
from firstline.clocks.alerting import mail_soon
from firstline.clocks.commands import wind_after
from firstline.conversations.queries import which
from firstline.conversations.rules import OwnerKind
from firstline.credits import holding
from firstline.kit.database import Event, Follower, Tx
from firstline.kit.jobs import defer
from firstline.people.availability.commands import note_switch
from firstline.people.rules import Actor
from firstline.routing.commands import remove_deployments_of
from firstline.routing.leaving import release_conversations_of
from firstline.routing.receivers import note_assignment


def route(tx: Tx, event: Event) -> None:
    """③ Somebody wrote where nobody has the word: decide who gets it, unless that is decided and it waits for somebody."""
    if event.data["owner"] == OwnerKind.NOBODY and not event.data.get("quiet") and not event.data.get("routed"):
        defer(tx, "routing.route", key=event.subject, conversation_id=event.subject)


def think(tx: Tx, event: Event) -> None:
    """④ Somebody wrote to the agent."""
    if event.data["owner"] == OwnerKind.AGENT and not event.data.get("quiet"):
        defer(tx, "agent.turn", key=event.subject, conversation_id=event.subject)


def acknowledge(tx: Tx, event: Event) -> None:
    """The agent will answer: where the channel can, the customer sees that it was read and that somebody writes."""
    has_it = event.data.get("owner", event.data.get("kind"))
    if has_it == OwnerKind.AGENT and not event.data.get("quiet") and _in_messaging(tx, event):
        defer(tx, "channels.acknowledge", key=event.subject, conversation_id=event.subject)


def think_as_new_owner(tx: Tx, event: Event) -> None:
    """④ The agent got the conversation: it answers what waits."""
    if event.data["kind"] == OwnerKind.AGENT:
        defer(tx, "agent.turn", key=event.subject, conversation_id=event.subject)


def deliver(tx: Tx, event: Event) -> None:
    """⑤ Something was written to the customer."""
    defer(tx, "channels.deliver", key=event.subject, conversation_id=event.subject)


def hurry(tx: Tx, event: Event) -> None:
    """A message that waits for its next attempt is to be tried now."""
    dispatching.hurry(tx, event.data["entry"])


def fetch(tx: Tx, event: Event) -> None:
    """Files came with a message, and are still at the provider."""
    defer(tx, "channels.fetch", key=event.data["entry"], entry_id=event.data["entry"])


def hand_over_unreached(tx: Tx, event: Event) -> None:
    """What the agent said did not reach the customer: a person has to find another way."""
    if which(tx, event.subject).held_by_agent:
        why = f"What it wrote could not be delivered: {event.data['reason']}"
        let_go(tx, event.subject, Actor.system(), why, "undelivered")


def tend(tx: Tx, event: Event) -> None:
    """An account was connected: what its channel does for accounts now and then is done at once."""
    defer(tx, "channels.tend", key=event.subject, account_id=event.subject)


def reread(tx: Tx, event: Event) -> None:
    """An account works again: what its provider could not deliver meanwhile is read back, where the provider allows that."""
    defer(tx, "channels.reread", key=event.subject, account_id=event.subject)


def resume(tx: Tx, event: Event) -> None:
    """An account works again: what waits for its next attempt need not wait for its time."""
    defer(tx, "channels.resume", key=event.subject, account_id=event.subject)


def ask_who(tx: Tx, event: Event) -> None:
    """Somebody wrote on a channel whose messages carry no names: the provider is asked, and nobody waits for it."""
    if _in_messaging(tx, event) and wants_profile(tx, event.data["entry"]):
        defer(tx, "channels.profile", key=event.subject, conversation_id=event.subject)


def pass_on(tx: Tx, event: Event) -> None:
    """The agent handed over where the provider has an inbox of its own: an account may be set to go on there."""
    if _in_messaging(tx, event):
        defer(tx, "channels.pass_on", key=event.subject, conversation_id=event.subject)


def _in_messaging(tx: Tx, event: Event) -> bool:
    """Whether a conversation is on a messenger: its messages are marked as read, may carry no names, and others may answer."""
    account = event.data.get("channel_account") or which(tx, event.subject).channel_account_id
    return tx.once(family_of, account) == "messaging"


def charge(tx: Tx, event: Event) -> None:
    """The agent's first answer in a conversation is the chargeable event (SW2)."""
    if event.data["first_answer"]:
        holding.charge(tx, event.subject)


def keep_or_free_credits(tx: Tx, event: Event) -> None:
    """The agent got a conversation: credits are kept for it. People got it: they are free again (SW3)."""
    if event.data["kind"] == OwnerKind.AGENT:
        holding.keep(tx, event.subject)
    else:
        holding.let_go(tx, event.subject)


def free_credits(tx: Tx, event: Event) -> None:
    """It is over: what was kept for it is free again."""
    holding.let_go(tx, event.subject, closed=True)


def keep_credits_again(tx: Tx, event: Event) -> None:
    """The customer came back to the agent."""
    if which(tx, event.subject).held_by_agent:
        holding.keep_if_possible(tx, event.subject)


def assign_waiting(tx: Tx, event: Event) -> None:
    """Somebody became available, or has room again: whoever waits in a queue is assigned (RT3)."""
    defer(tx, "routing.assign_waiting", key="all")


def wind_all(tx: Tx, event: Event) -> None:
    """How long waits last has changed: every clock is set anew."""
    defer(tx, "clocks.wind_all", key="all")


def wind_all_of_agent(tx: Tx, event: Event) -> None:
    """How long an agent waits for silent customers has changed."""
    if event.data.get("silence"):
        wind_all(tx, event)


def undeploy(tx: Tx, event: Event) -> None:
    """A removed agent, or a removed channel account, has no deployments."""
    remove_deployments_of(tx, event.subject)


def release(tx: Tx, event: Event) -> None:
    """Somebody was deactivated: their open conversations go to their main team, or to nobody."""
    release_conversations_of(tx, event.subject)


FOLLOWS: Mapping[str, Sequence[Follower]] = {
    "message.received": (take_address, route, think, acknowledge, ask_who, wind_after),
    "message.released": (route, think, acknowledge, wind_after),
    "conversation.assigned": (keep_or_free_credits, note_assignment, think_as_new_owner, acknowledge, wind_after),
    "message.written": (deliver, charge, wind_after),
    "message.retried": (hurry, deliver),
    "message.files_awaited": (fetch,),
    "message.undelivered": (hand_over_unreached,),
    "conversation.closed": (free_credits, assign_waiting, wind_after),
    "conversation.reopened": (keep_credits_again, wind_after),
    "conversation.handed_off": (pass_on, wind_after),
    "conversation.control_returned": (route, think, wind_after),
    "conversation.overdue": (mail_soon,),
    "conversation.snoozed": (wind_after,),
    "conversation.woken": (wind_after, assign_waiting),
    "clock_policy.changed": (wind_all,),
    "business_hours.changed": (wind_all,),
    "teammate.availability_changed": (note_switch, assign_waiting),
    "capacity.changed": (assign_waiting,),
    "teammate.changed": (assign_waiting,),
    "teammate.deactivated": (release, assign_waiting),
    "agent.changed": (wind_all_of_agent,),
    "agent.removed": (undeploy,),
    "channel_account.connected": (tend,),
    "channel_account.removed": (undeploy,),
    "channel_account.needs_attention": (tell_broken,),
    "channel_account.recovered": (tell_mended, reread, resume),
}
"""Every consequence in the product. Live pages, webhooks and metrics read the log itself."""
