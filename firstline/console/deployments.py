"""The screen *Channels*: its table, and the side panel *Deploy agent* (DP1–DP4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from firstline.agent.queries import Agent
from firstline.channels import accounts
from firstline.channels.accounts import WORKSPACES
from firstline.channels.base import Account, Channel
from firstline.console import account_routing, switched
from firstline.console.checklist import checklist
from firstline.console.drawn import channel_icon
from firstline.console.entered import destination_in, text
from firstline.console.entered_hours import hours_in
from firstline.console.names import Names, names
from firstline.console.parts_week import Week, week_of
from firstline.console.receivers import receivers, written
from firstline.console.schedule_editor import Use, editor
from firstline.console.shell import Reader
from firstline.console.view.channels import Channels, DeploymentLine, DeployPanel
from firstline.console.view.form import BLANK, Form
from firstline.console.warned import warned
from firstline.console.words import _
from firstline.credits import queries as credits
from firstline.hours.document import from_json
from firstline.hours.rules import Schedule, is_open
from firstline.hours.wording import MODE_NAMES, describe
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, Refused
from firstline.people.rules import Permission
from firstline.routing import queries
from firstline.routing.queries import Deployment
from firstline.routing.situation import Destination, Mode

HERE = "/customer-agent/channels"
Kinds = Mapping[str, Channel]


@dataclass(frozen=True)
class Asked:
    """Which panel is open: for a new deployment, or one that is there; after a refusal with what was entered."""

    deployment_id: str = ""
    account_id: str = ""
    entered: FormData | None = None
    refused: Refused | None = None


def screen(
    tx: Tx, reader: Reader, kinds: Kinds, asked: Asked | None = None, routed: account_routing.Asked | None = None
) -> Channels:
    """The table, with the panel over it if one was asked for."""
    all_agents, connected = switched.agents(tx), accounts.connected(tx)
    found = queries.deployments(tx)
    builder = _Builder(tx, reader, kinds, names(tx), all_agents, connected, found)
    missing, href = "", ""
    if not all_agents:
        missing, href = _("Give the agent a name first; customers see it."), "/customer-agent/identity"
    elif not connected:
        missing, href = _("Connect a channel account first."), "/settings/channel-accounts"
    on = credits.is_on(tx)
    return Channels(
        agent=builder.agent_name(),
        lines=tuple(builder.line(one) for one in found if one.channel_account_id in builder.accounts),
        answering=sum(1 for one in found if is_open(one.hours, tx.now)) if on else 0,
        checks=checklist(tx),
        warnings=warned(tx),
        several=len(builder.agents) > 1,
        missing=missing,
        missing_href=href,
        panel=builder.panel(asked) if asked is not None and not missing else None,
        routing=account_routing.lines(tx, builder.accounts, builder.deployed, builder.known),
        routing_panel=account_routing.panel(tx, builder.accounts, builder.known, routed) if routed is not None else None,
        may_route=reader.by.may(Permission.MANAGE_CHANNELS),
    )


def strip(tx: Tx, form: FormData) -> Week:
    """The week of the hours that stand in a form.

    :raises Invalid: naming the row that is wrong.
    """
    found = {agent.id: agent.published.name for agent in switched.agents(tx)}
    agent = found.get(text(form, "agent_id")) or next(iter(found.values()), _("The agent"))
    fallback = destination_in(form, "fallback")
    return _strip(from_json(hours_in(form)), tx, agent, Destination.from_json(fallback) if fallback else None, names(tx))


def _strip(schedule: Schedule, tx: Tx, agent: str, fallback: Destination | None, known: Names) -> Week:
    return week_of(schedule, tx.now, on_name=agent, off_name=written(fallback, known, none=_("People")))


class _Builder:
    """What one page knows, read once."""

    def __init__(
        self,
        tx: Tx,
        reader: Reader,
        kinds: Kinds,
        known: Names,
        all_agents: Sequence[Agent],
        connected: Sequence[Account],
        found: Sequence[Deployment],
    ) -> None:
        self.tx, self.reader, self.kinds, self.known = tx, reader, kinds, known
        self.agents = {agent.id: agent for agent in all_agents}
        self.accounts = {account.id: account for account in connected}
        self.deployed = {one.channel_account_id: one for one in found}

    def agent_name(self, agent_id: str = "") -> str:
        """The published name of an agent; of the first without an id."""
        agent = self.agents.get(agent_id) or next(iter(self.agents.values()), None)
        return agent.published.name if agent else _("The agent")

    def line(self, one: Deployment) -> DeploymentLine:
        """A row of the table."""
        account = self.accounts[one.channel_account_id]
        agent = self.agents.get(one.agent_id)
        handoff = Destination.from_json(agent.handoff.destination) if agent and agent.handoff.destination else None
        fallback = written(one.fallback, self.known, none=_("Nobody"))
        shadow = one.mode is Mode.SHADOW
        return DeploymentLine(
            id=one.id,
            name=account.name,
            address=self.kinds[account.kind].address(account) if account.kind in self.kinds else "",
            icon=channel_icon(account.kind),
            agent=self.agent_name(one.agent_id),
            workspace=WORKSPACES[account.workspace],
            hours=MODE_NAMES[one.hours.mode],
            hours_detail=describe(one.hours),
            handoff=written(handoff, self.known, none=_("Fallback assignment")),
            handoff_detail=_("otherwise %(name)s", name=fallback),
            coverage=one.coverage,
            state=_("Needs attention") if account.attention else _("Shadow") if shadow else _("Live"),
            tone="warn" if account.attention else "info" if shadow else "good",
        )

    def panel(self, asked: Asked) -> DeployPanel:
        """The side panel."""
        edited = queries.which(self.tx, asked.deployment_id) if asked.deployment_id else None
        form, entered = self._form(asked), asked.entered
        free = [id_ for id_ in self.accounts if id_ not in self.deployed]
        account_id = edited.channel_account_id if edited else text(entered, "account") if entered else asked.account_id
        if account_id not in self.accounts and free:
            account_id = free[0]
        fallback = edited.fallback if edited else None
        agent_id = text(entered, "agent_id") if entered else edited.agent_id if edited else next(iter(self.agents))
        if entered is not None:
            chosen = destination_in(entered, "fallback")
            fallback = Destination.from_json(chosen) if chosen else None
        action = f"{HERE}/{asked.deployment_id or 'deploy'}"
        return DeployPanel(
            id=asked.deployment_id,
            action=action,
            agent=self.agent_name(agent_id),
            agents=tuple((agent.id, agent.published.name) for agent in self.agents.values()),
            agent_id=agent_id,
            accounts=self._choices(edited),
            account_id=account_id,
            account_hint=self._hint(account_id),
            schedule=editor(
                self._use(agent_id, fallback),
                edited.hours if edited else None,
                now=self.tx.now,
                zone=self.reader.account.timezone,
                entered=entered,
                refused=asked.refused,
            ),
            fallback=receivers("fallback", fallback, self.known, none=""),
            available=self._available(),
            coverage=text(entered, "coverage", "100") if entered else str(edited.coverage if edited else 100),
            shadow=text(entered, "mode") == "shadow" if entered else edited is not None and edited.mode is Mode.SHADOW,
            form=form,
        )

    def _form(self, asked: Asked) -> Form:
        refused = asked.refused
        if refused is None or asked.entered is None:
            return BLANK
        field = (refused.field or "").partition(".")[0]
        error = Invalid(refused.message, field={"channel_account_id": "account"}.get(field, field) or None)
        return Form({}, error, ("account", "hours", "holidays", "country", "region", "year", "fallback", "coverage"))

    def _use(self, agent_id: str, fallback: Destination | None) -> Use:
        agent = self.agent_name(agent_id)
        return Use(
            legend=_("Working hours"),
            modes=(
                ("all", _("All hours"), _("%(agent)s takes every new conversation", agent=agent)),
                ("during", _("During specific hours"), _("%(agent)s answers in the hours you enter", agent=agent)),
                ("outside", _("Only outside specific hours"), _("%(agent)s stays silent in the hours you enter", agent=agent)),
            ),
            during=_("Hours %(agent)s answers", agent=agent),
            outside=_("Hours %(agent)s stays silent", agent=agent),
            on_name=agent,
            off_name=written(fallback, self.known, none=_("People")),
            preview_url=f"{HERE}/week",
        )

    def _choices(self, edited: Deployment | None) -> tuple[tuple[str, str, bool], ...]:
        """Accounts by name, and whether each can be chosen."""
        choices = []
        for id_, account in self.accounts.items():
            if edited is not None and edited.channel_account_id != id_:
                continue
            address = self.kinds[account.kind].address(account) if account.kind in self.kinds else ""
            taken = edited is None and id_ in self.deployed
            detail = _("already deployed") if taken else address
            choices.append((id_, f"{account.name} · {detail}" if detail else account.name, not taken))
        return tuple(choices)

    def _hint(self, account_id: str) -> str:
        account = self.accounts.get(account_id)
        if account is None:
            return ""
        if account.workspace == "help_desk":
            return _("Conversations appear in the help desk, each with a ticket.")
        return _("Conversations appear in the inbox.")

    def _available(self) -> str:
        mates = [mate for mate in self.known.teammates.values() if not mate.disabled and mate.seat]
        free = sum(1 for mate in mates if mate.available)
        return _("%(free)s of %(all)s teammates are available.", free=free, all=len(mates))
