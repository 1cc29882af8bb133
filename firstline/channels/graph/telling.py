"""What accounts at Meta tell on their page: what is worth knowing, templates with their states, whom messages do not reach, and
whose thread another app has."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from firstline.channels import attention
from firstline.channels.base import Account, Template
from firstline.channels.control.tables import thread_control
from firstline.channels.telling import Deed, Fact, Heading, Line, Said, Table, Told
from firstline.channels.templating.commands import APPROVED
from firstline.channels.templating.queries import known
from firstline.contacts.tables import contact, identity, identity_unreachable
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.jobs import defer
from firstline.people.rules import Actor, Permission

SHOWN = 50
FETCH = Deed("fetch", "Fetch templates anew", busy="Fetching", icon="undo")
READ = Deed("read", "Got it")
_TONES = {APPROVED: "good", "PENDING": "info", "IN_APPEAL": "info", "REJECTED": "bad", "DISABLED": "bad"}


def of_account(tx: Tx, account: Account, *, templates: bool, more: Sequence[Fact] = (), last: Sequence[Table] = ()) -> Told:
    """Everything; tables that would be empty are left out, except the one of templates.

    :param templates: whether the channel has such. :param more: what only this channel knows. :param last: and its tables.
    """
    tables = [_notes(tx, account)]
    if templates:
        tables.append(_templates(known(tx, account.id)))
    tables += [_unreachable(tx, account), _held(tx, account), *last]
    facts = [_about_templates(known(tx, account.id))] if templates else []
    facts += [*_about_people(tx, account), *more]
    shown = tuple(table for table in tables if table.lines or table.key == "templates")
    return Told(tuple(facts), shown, deeds=(FETCH,) if templates else ())


def _about_templates(found: Sequence[Template]) -> Fact:
    good = sum(1 for one in found if one.state == APPROVED and not one.reason)
    rest = len(found) - good
    return Fact("Templates", Said(f"{good} can be sent", detail=f"{rest} cannot be sent now." if rest else ""))


def _about_people(tx: Tx, account: Account) -> list[Fact]:
    i, t = identity.c, thread_control.c
    dead = select(func.count()).select_from(identity_unreachable).join(identity, i.id == identity_unreachable.c.identity_id)
    away = select(func.count()).select_from(thread_control).where(t.channel_account_id == account.id, t.ours.is_(False))
    lost, held = tx.scalar(dead.where(i.scope == account.id)) or 0, tx.scalar(away) or 0
    return [
        Fact("Customers who cannot be reached", Said(str(lost), "warn" if lost else "")),
        Fact("Conversations that another app has", Said(str(held), "info" if held else "")),
    ]


def act(tx: Tx, account: Account, deed: str, on: str, by: Actor) -> str:
    """Fetch the templates, or put a note aside.

    :raises NotFound: for another deed.
    """
    by.require(Permission.MANAGE_CHANNELS)
    if deed == FETCH.name:
        defer(tx, "channels.tend", key=account.id, account_id=account.id)
        return "The list is being fetched."
    if deed == READ.name:
        attention.dismiss(tx, account.id, on, by)
        return "Put aside. It comes back if Meta tells it again."
    raise NotFound("There is nothing to be done here.")


def _notes(tx: Tx, account: Account) -> Table:
    found = attention.notes(tx, account.id)
    lines = [Line(one.code, (Said(one.text, detail=one.cure), Said(at=one.at)), deeds=(READ,)) for one in found]
    return Table(
        "notes",
        "Worth knowing",
        (Heading("What Meta tells"), Heading("When", 2)),
        tuple(lines),
        ("Nothing to know", "Quality, limits and warnings of Meta stand here."),
    )


def _templates(found: Sequence[Template]) -> Table:
    return Table(
        "templates",
        "Templates",
        (Heading("Name"), Heading("Language", 2), Heading("State")),
        tuple(_template(one) for one in found),
        ("No template", "Templates are made and approved in Meta's WhatsApp Manager; the list is fetched every six hours."),
        intro="Outside the reply window only approved templates can be sent. Those that cannot be sent are not offered.",
    )


def _template(one: Template) -> Line:
    if one.state == APPROVED and one.reason:
        state = Said("Cannot be filled here", "warn", one.reason)
    else:
        words = one.state.replace("_", " ").capitalize()
        state = Said(words, _TONES.get(one.state, "warn"), one.reason)
    return Line(f"{one.name}|{one.language}", (Said(one.name, detail=one.category), Said(one.language), state), content=one.text)


def _unreachable(tx: Tx, account: Account) -> Table:
    i, u = identity.c, identity_unreachable.c
    query = (
        select(i.value, contact.c.name, u.reason, u.at)
        .join(identity, i.id == u.identity_id)
        .join(contact, contact.c.id == i.contact_id)
        .where(i.scope == account.id)
        .order_by(u.at.desc())
        .limit(SHOWN)
    )
    return Table(
        "unreachable",
        "Customers who cannot be reached",
        (Heading("Customer"), Heading("Why"), Heading("Since", 2)),
        _of_customers(tx, query),
        ("Everybody can be reached", ""),
        intro="A message from the customer takes this back.",
    )


def _held(tx: Tx, account: Account) -> Table:
    t, i = thread_control.c, identity.c
    mine: tuple[Any, ...] = (t.channel_account_id == account.id, t.ours.is_(False))
    query = (
        select(t.value, contact.c.name, t.reason, t.at)
        .join(identity, (i.kind == t.kind) & (i.scope == t.channel_account_id) & (i.value == t.value))
        .join(contact, contact.c.id == i.contact_id)
        .where(*mine)
        .order_by(t.at.desc())
        .limit(SHOWN)
    )
    return Table(
        "held",
        "Conversations that another app has",
        (Heading("Customer"), Heading("Who"), Heading("Since", 2)),
        _of_customers(tx, query),
        ("Firstline has every conversation", ""),
        intro="The agent is silent there. A teammate's reply takes one back.",
    )


def _of_customers(tx: Tx, query: Select[str, str, str, datetime]) -> tuple[Line, ...]:
    """A line for each customer: who, why, since when."""
    return tuple(Line(row.value, (Said(row.name or row.value), Said(row.reason), Said(at=row.at))) for row in tx.rows(query))
