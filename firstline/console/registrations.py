"""What the screens of custom channels show: gathered from whichever channel keeps registrations."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import FormData

from firstline.channels.accounts import WORKSPACES
from firstline.channels.base import Channel
from firstline.channels.registering import Registering, Registration
from firstline.console import told
from firstline.console.config_form import ConfigSection, sections_of, settings_in
from firstline.console.entered import text
from firstline.console.screens.account_activity import before_of
from firstline.console.shell import Reader
from firstline.console.view.common import Link
from firstline.console.view.form import BLANK, Form
from firstline.console.view.registrations import RegistrationLine, RegistrationPage, RegistrationPanel, RegistrationsPage
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Refused
from firstline.people.rules import Permission

HERE = "/settings/custom-channels"
LIVE = "message.delivery_changed channel_account.*"
Kinds = Mapping[str, Channel]


@dataclass(frozen=True)
class Asked:
    """Which panel is open (``new``, ``change`` or ``account``); after a refusal, with what was entered."""

    panel: str = ""
    entered: FormData | None = None
    refused: Refused | None = None
    secret: str = ""
    before: str = ""


def keeper(kinds: Kinds) -> Registering:
    """The channel whose kinds are registered.

    :raises NotFound: if this installation has none.
    """
    for channel in kinds.values():
        thing: object = channel
        if isinstance(thing, Registering):
            return thing
    raise NotFound("This installation has no custom channels.")


def registrations_page(tx: Tx, reader: Reader, kinds: Kinds, asked: Asked) -> RegistrationsPage:
    """The table."""
    reader.by.require(Permission.MANAGE_CHANNELS)
    try:
        keeps = keeper(kinds)
    except NotFound:
        return RegistrationsPage((), may_change=False)
    lines = tuple(
        RegistrationLine(
            one.id,
            one.name,
            one.summary,
            len(one.accounts),
            any(account.attention for account in one.accounts),
            reader.times.ago(one.created_at),
        )
        for one in keeps.registrations(tx)
    )
    return RegistrationsPage(lines, may_change=True, panel=_registering(keeps, asked) if asked.panel == "new" else None)


def registration_page(
    tx: Tx, reader: Reader, kinds: Kinds, registration_id: str, base_url: str, asked: Asked
) -> RegistrationPage:
    """One of them."""
    reader.by.require(Permission.MANAGE_CHANNELS)
    keeps = keeper(kinds)
    found = keeps.registered(tx, registration_id)
    here = f"{HERE}/{found.id}"
    before = before_of(asked.before)
    channel = kinds[keeps.kind]
    panel = None
    if asked.panel == "change":
        panel = _registering(keeps, asked, found)
    elif asked.panel == "account":
        panel = _connecting(keeps, asked, found)
    return RegistrationPage(
        id=found.id,
        name=found.name,
        accounts=tuple(
            (one.id, one.name, channel.address(one), str((one.attention or {}).get("cause", ""))) for one in found.accounts
        ),
        samples=tuple((_(one.title), one.command) for one in keeps.samples(base_url, found)),
        told=told.shown(keeps.tell_registration(tx, found.id, before), reader.times, here, LIVE, before),
        secret=asked.secret,
        keys=Link(_("API keys"), "/settings/api-keys"),
        panel=panel,
    )


def _sections(keeps: Registering, asked: Asked, found: Registration | None) -> tuple[ConfigSection, ...]:
    values = settings_in(keeps.registration, asked.entered) if asked.entered is not None else found.values if found else {}
    sections = sections_of(keeps.registration, values)
    if found is None:
        return sections
    return tuple(replace(one, fields=tuple(field for field in one.fields if field.name != "threading")) for one in sections)


def _registering(keeps: Registering, asked: Asked, found: Registration | None = None) -> RegistrationPanel:
    sections = _sections(keeps, asked, found)
    name = text(asked.entered, "name") if asked.entered is not None else found.name if found else ""
    return RegistrationPanel(
        title=_("Change %(name)s", name=found.name) if found else _("Register a custom channel"),
        action=f"{HERE}/{found.id}/change" if found else f"{HERE}/register",
        verb=_("Save") if found else _("Register"),
        busy=_("Saving") if found else _("Registering"),
        base=f"{HERE}/{found.id}" if found else HERE,
        sections=sections,
        name=name,
        name_hint=_("Of the channel, such as Telegram."),
        form=_form(asked, sections),
    )


def _connecting(keeps: Registering, asked: Asked, found: Registration) -> RegistrationPanel:
    values = settings_in(keeps.account_form, asked.entered) if asked.entered is not None else {}
    sections = sections_of(keeps.account_form, values)
    return RegistrationPanel(
        title=_("Connect an account of %(name)s", name=found.name),
        action=f"{HERE}/{found.id}/accounts",
        verb=_("Connect"),
        busy=_("Connecting"),
        base=f"{HERE}/{found.id}",
        sections=sections,
        name=text(asked.entered, "name") if asked.entered is not None else "",
        name_hint=_("Teammates see it in lists."),
        workspaces=tuple((key, _(label)) for key, label in WORKSPACES.items()),
        workspace=text(asked.entered, "workspace") if asked.entered is not None else "inbox",
        form=_form(asked, sections),
    )


def _form(asked: Asked, sections: tuple[ConfigSection, ...]) -> Form:
    if asked.refused is None:
        return BLANK
    return Form({}, asked.refused, ("name", *(name for one in sections for name in one.names)))
