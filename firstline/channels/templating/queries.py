"""Which templates there are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from firstline.channels.base import Template
from firstline.channels.templating.commands import APPROVED
from firstline.channels.templating.tables import channel_template
from firstline.contacts.marketing import stopped
from firstline.contacts.rules import Identity
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid

MARKETING = "marketing"
"""The category of advertising, in the provider's word."""


def known(tx: Tx, account_id: str) -> Sequence[Template]:
    """All templates of an account, by name."""
    t = channel_template.c
    query = select(channel_template).where(t.channel_account_id == account_id).order_by(t.name, t.language)
    return [_template(row) for row in tx.rows(query)]


def sendable(tx: Tx, account_id: str) -> Sequence[Template]:
    """Those that may be sent now."""
    return [one for one in known(tx, account_id) if one.state == APPROVED and not one.reason]


def checked(tx: Tx, account_id: str, name: str, language: str, variables: Sequence[str]) -> Template:
    """A template that is to be sent with these values.

    :raises Invalid: if there is none, it may not be sent, or it takes other values: told before the provider refuses it.
    """
    t = channel_template.c
    where = (t.channel_account_id == account_id, t.name == name, t.language == language)
    row = tx.row(select(channel_template).where(*where))
    if row is None:
        raise Invalid(f"There is no template “{name}” in {language}. Check the account to fetch the list anew.", field="template")
    found = _template(row)
    if found.state != APPROVED:
        raise Invalid(f"The template “{name}” is {found.state.lower()}, not approved: {found.reason or 'choose another'}.")
    if found.reason:
        raise Invalid(f"The template “{name}” cannot be sent from here: {found.reason}")
    if len(variables) != found.variables:
        raise Invalid(f"The template “{name}” takes {found.variables} values; {len(variables)} are given.", field="variables")
    if empty := [str(place) for place, value in enumerate(variables, 1) if not value.strip()]:
        raise Invalid(f"Value {', '.join(empty)} of the template “{name}” is empty.", field="variables")
    return found


def held_back(tx: Tx, template: Template, to: Identity | None) -> str:
    """Why a template may not go to a customer now, who wants no advertising or gets none for a while; empty if it may."""
    if to is None or template.category.lower() != MARKETING or (stop := stopped(tx, to)) is None:
        return ""
    until = f" Until {stop.until:%-d %B, %H:%M} UTC no marketing template is sent to them." if stop.until is not None else ""
    return f"{stop.reason}{until} Choose another template."


def _template(row: Row[Any]) -> Template:
    return Template(row.name, row.language, row.text, row.state, row.category, row.reason, row.shape)
