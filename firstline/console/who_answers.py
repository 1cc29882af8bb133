"""The screen *Who answers?*: the next fourteen days of each deployment, and who would get a conversation at any time (DP8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from firstline.channels import accounts
from firstline.channels.base import Account, Channel
from firstline.console import switched
from firstline.console.drawn import channel_icon
from firstline.console.names import Names, names
from firstline.console.parts_week import days_of
from firstline.console.receivers import written
from firstline.console.shell import Reader
from firstline.console.view.who_answers import Coming, Looked, Told, WhoAnswers
from firstline.console.words import _
from firstline.hours.wording import describe_in_full, moment
from firstline.kit.database import Tx
from firstline.kit.errors import Refused
from firstline.routing import queries
from firstline.routing.api import read_time
from firstline.routing.explaining import Explanation, explain
from firstline.routing.queries import Deployment
from firstline.routing.situation import Decision, Taker
from firstline.routing.surroundings import Surroundings

HERE = "/customer-agent/who-answers"


@dataclass(frozen=True)
class Question:
    """A channel account and a time as they were entered; nothing asks nothing."""

    channel: str = ""
    at: str = ""


def screen(tx: Tx, reader: Reader, kinds: Mapping[str, Channel], around: Surroundings, asked: Question) -> WhoAnswers:
    """Everything the screen shows."""
    connected = {account.id: account for account in accounts.connected(tx)}
    known, found = names(tx), [one for one in queries.deployments(tx) if one.channel_account_id in connected]
    told, error = None, ""
    if asked.channel:
        try:
            told = _told(explain(tx, around, asked.channel, read_time(asked.at or None)), connected, known, asked.channel, reader)
        except Refused as refused:
            error = refused.message
    coming = tuple(_coming(tx, around, one, connected[one.channel_account_id], kinds, known, reader) for one in found)
    return WhoAnswers(
        agent=next((agent.published.name for agent in switched.agents(tx)), _("The agent")),
        coming=coming,
        channels=tuple((account.id, account.name) for account in connected.values()),
        channel=asked.channel or next(iter(connected), ""),
        at=asked.at,
        told=told,
        error=error,
    )


def _coming(
    tx: Tx,
    around: Surroundings,
    one: Deployment,
    account: Account,
    kinds: Mapping[str, Channel],
    known: Names,
    reader: Reader,
) -> Coming:
    agent = known.agents.get(one.agent_id, _("The agent"))
    otherwise = written(one.fallback, known, none=_("People"))
    now = _told(explain(tx, around, account.id), {account.id: account}, known, account.id, reader)
    return Coming(
        id=one.id,
        account_id=account.id,
        name=account.name,
        address=kinds[account.kind].address(account) if account.kind in kinds else "",
        icon=channel_icon(account.kind),
        hours=describe_in_full(one.hours),
        strip=days_of(one.hours, tx.now, on_name=agent, off_name=otherwise),
        now=now,
    )


def _told(found: Explanation, connected: Mapping[str, Account], known: Names, account_id: str, reader: Reader) -> Told:
    account = connected.get(account_id)
    return Told(
        who=_who(found.decision, known),
        is_agent=found.decision.agent,
        channel=account.name if account else account_id,
        when=_when(found, found.at, reader),
        reasons=tuple(Looked(reason.text, reason.holds) for reason in found.decision.reasons),
        change=_when(found, found.next_change, reader) if found.next_change else "",
    )


def _who(decision: Decision, known: Names) -> str:
    if decision.taker is Taker.AGENT:
        return known.agents.get(decision.id or "", _("The agent"))
    if decision.taker is Taker.NOBODY or decision.destination is None:
        return _("Nobody. It stays unassigned.")
    return written(decision.destination, known, none=_("Nobody"))


def _when(found: Explanation, at: datetime, reader: Reader) -> str:
    """In the zone of the hours where there are any, else in the account's."""
    return moment(found.clock, at, reader.times.now)
