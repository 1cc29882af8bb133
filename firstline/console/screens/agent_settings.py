"""Customer agent › Define › Channel settings and Permissions (ID4, ID5)."""

from functools import partial

from sqlalchemy import text as sql
from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.agent import commands
from firstline.agent.access import BUILT_IN, Reach
from firstline.agent.channel_settings import Capture
from firstline.agent.queries import Agent
from firstline.channels import accounts
from firstline.console import switched
from firstline.console.entered import text
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.silence import FAMILIES, silence_fields, silence_in, silence_line
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.settings_of_agent import ChannelSettingsPage, Mailbox, PermissionsPage, PropertyLine
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Refused
from firstline.people.rules import Actor, Permission
from firstline.routing.queries import deployments

router = console_router()
CHANNELS, PERMISSIONS = "/customer-agent/channel-settings", "/customer-agent/permissions"
SHOWN = 60
"""Properties of contacts that are listed."""

_PROPERTIES = sql(
    "select distinct key from (select properties from contact where properties <> '{}'::jsonb order by created_at desc"
    " limit 2000) recent, jsonb_object_keys(properties) key order by key limit :shown"
)


def _agent(tx: Tx) -> Agent | None:
    return next(iter(switched.agents(tx)), None)


def _may(reader: Reader) -> bool:
    return reader.by.may(Permission.EDIT_AGENT) and reader.by.seat


def channels_page(tx: Tx, reader: Reader, form: Form = BLANK) -> ChannelSettingsPage:
    """The settings of the agent for mail and chat, and where the rest is set."""
    agent = _agent(tx)
    return ChannelSettingsPage(
        agent_id=agent.id if agent else "",
        agent=agent.draft.name if agent else _("The agent"),
        may_change=_may(reader),
        ignored="\n".join(agent.channels.ignored) if agent else "",
        captures=_captures(),
        capture=agent.channels.email_capture if agent else Capture.BEFORE_HANDOFF,
        silence={family: silence_line(tx, agent, family) for family in FAMILIES},
        mailboxes=_mailboxes(tx, agent),
        form=form,
    )


def _captures() -> tuple[tuple[str, str, str], ...]:
    return (
        (Capture.START, _("At the start"), _("In the greeting of the chat, else with the first reply")),
        (Capture.AFTER_FIRST_ANSWER, _("After the first answer"), _("With the first answer from your content")),
        (Capture.BEFORE_HANDOFF, _("Before a handoff"), _("With the message that people take over")),
        (Capture.NEVER, _("Never"), ""),
    )


def _mailboxes(tx: Tx, agent: Agent | None) -> tuple[Mailbox, ...]:
    mine = {one.channel_account_id for one in deployments(tx) if agent and one.agent_id == agent.id}
    boxes = []
    for account in accounts.connected(tx, "email"):
        if account.id in mine:
            everybody = account.settings.get("reply_to") == "all"
            signed = bool(str(account.settings.get("signature") or "").strip())
            told = _("Answers everybody on the mail") if everybody else _("Answers the sender")
            text_ = f"{told}, {_('with signature') if signed else _('without signature')}"
            boxes.append(Mailbox(account.name, f"/settings/channel-accounts/{account.id}", text_))
    return tuple(boxes)


@router.get(CHANNELS)
async def channel_settings(visit: Visiting) -> Response:
    """The form."""
    return await visit.page("screens/channel-settings.html", channels_page, here=CHANNELS)


@router.post(CHANNELS)
async def save_channels(visit: Visiting) -> Response:
    """Keep them; they hold from the next turn on."""
    form = await visit.request.form()
    chosen = {"ignored": text(form, "ignored"), "email_capture": text(form, "email_capture", Capture.BEFORE_HANDOFF)}
    values = {**chosen, **silence_fields(form)}

    def change(tx: Tx, by: Actor) -> None:
        lines = (line.strip() for line in chosen["ignored"].replace(",", "\n").splitlines())
        entered = {**chosen, "ignored": [line for line in lines if line], "silence": silence_in(form)}
        commands.set_channels(tx, _the_agent(tx).id, entered, by=by)

    try:
        await visit.do(change)
    except Forbidden:
        raise
    except Refused as refused:
        load = partial(channels_page, form=Form(values, _named(refused), tuple(values)))
        return await visit.page("screens/channel-settings.html", load, here=CHANNELS, status=refused.status)
    return visit.to(CHANNELS, Toast(_("Saved. It holds from the next message on.")))


def _named(refused: Refused) -> Refused:
    """The field of the form, where a single entry of a list, or one of two times that belong together, is wrong."""
    if refused.field:
        first, _dot, rest = refused.field.partition(".")
        refused.field = f"close_{rest.partition('.')[0]}" if first == "silence" else first
    return refused


def permissions_page(tx: Tx, reader: Reader, form: Form = BLANK) -> PermissionsPage:
    """Every property that contacts have, with the agent's access."""
    agent = _agent(tx)
    own = [row.key for row in tx.execute(_PROPERTIES, {"shown": SHOWN}).all()]
    set_ = [name for name in (agent.access.contact if agent else {}) if name not in (*BUILT_IN, *own)]
    labels = {"name": _("Name"), "email": _("Email"), "phone": _("Phone"), "language": _("Language")}
    names = [*BUILT_IN, *(name for name in sorted({*own, *set_}) if name not in BUILT_IN)]
    return PermissionsPage(
        agent_id=agent.id if agent else "",
        agent=agent.draft.name if agent else _("The agent"),
        may_change=_may(reader),
        lines=tuple(
            PropertyLine(name, labels.get(name, name), name not in BUILT_IN, agent.access.of(name) if agent else Reach.ACTION)
            for name in names
        ),
        levels=(
            (Reach.HIDDEN, _("Hidden")),
            (Reach.ACTION, _("Only in actions")),
            (Reach.READ, _("May read")),
            (Reach.CHANGE, _("May read and change")),
        ),
        form=form,
    )


@router.get(PERMISSIONS)
async def permissions(visit: Visiting) -> Response:
    """The table."""
    return await visit.page("screens/permissions.html", permissions_page, here=PERMISSIONS)


@router.post(PERMISSIONS)
async def save_permissions(visit: Visiting) -> Response:
    """Keep them; they hold from the next turn on."""
    form = await visit.request.form()

    def change(tx: Tx, by: Actor) -> None:
        agent = _the_agent(tx)
        before = agent.access.contact
        entered = {name: level for name, level in _entered(form).items() if name in before or level != agent.access.of(name)}
        commands.set_permissions(tx, agent.id, {"contact": {**before, **entered}}, by=by)

    try:
        await visit.do(change)
    except Forbidden:
        raise
    except Refused as refused:
        load = partial(permissions_page, form=Form({}, refused))
        return await visit.page("screens/permissions.html", load, here=PERMISSIONS, status=refused.status)
    return visit.to(PERMISSIONS, Toast(_("Saved. It holds from the next message on.")))


def _entered(form: FormData) -> dict[str, str]:
    """Levels by property; a property to be added has its name beside it."""
    levels = {name.removeprefix("p:"): value for name, value in form.items() if name.startswith("p:") and isinstance(value, str)}
    added = " ".join(text(form, "new").split())
    return {**levels, added: text(form, "new_level")} if added else levels


def _the_agent(tx: Tx) -> Agent:
    agent = _agent(tx)
    if agent is None:
        raise Conflict(_("Create the agent first, under Define › Identity."))
    return agent
