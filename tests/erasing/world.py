"""A person who is known everywhere: on every channel, in every table that can hold something of a customer."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ARRAY, JSON, Boolean, DateTime, Float, Integer, LargeBinary, Table, Text, select
from sqlalchemy.dialects.postgresql import insert

from firstline.app import Parts, put_together
from firstline.channels import accounts
from firstline.channels.base import Account, RawRequest
from firstline.channels.custom import commands as custom
from firstline.channels.custom.config import Declared, DeliveryIdentifier, Threading
from firstline.channels.custom.messages import Publication
from firstline.channels.intake.taking import keep, take
from firstline.contacts import commands as contacts
from firstline.contacts.recognising import recognise
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import intake, merging, replying
from firstline.conversations.rules import Attachment, Inbound, Received
from firstline.erasing.rules import COPIES, NAMED
from firstline.erasing.shapes import belongs, reached
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.people.notices import notify
from firstline.schema import metadata
from firstline.settings import Settings
from tests.channels.email.letters import ADDRESS, AT, mail
from tests.channels.messenger.test_parse import PAGE
from tests.channels.whatsapp import payloads
from tests.world import Shop

NAME = "Zdenka Qzwidlow"
EMAIL = "zdenka.qzwidlow@forget.example"
PHONE = "4915559700177"
PERSON = "7730019922887"
TEXT = "qzmarkerquestion"
FILE = b"\x89PNG\r\n\x1a\n qzmarkerfile"
MARKS = (NAME.lower(), EMAIL, PHONE, PERSON, TEXT, "qzmarkerfile", "qzwidlow")
"""Whatever is left of her is found by one of these."""


@dataclass
class Known:
    """The running product around her, and where she is."""

    parts: Parts
    shop: Shop
    contact: str = ""
    visitor: str = "vis_" + "q" * 26
    accounts: dict[str, Account] = field(default_factory=dict)

    def run(self, fn: Any, *args: Any, **more: Any) -> Any:
        return self.parts.database.run(fn, *args, **more)

    def delivers(
        self, kind: str, rest: str, body: bytes, headers: Mapping[str, str] | None = None, *, waits: bool = False
    ) -> None:
        """A provider delivers; the signature was checked."""
        account = self.accounts[kind]
        request = RawRequest("POST", rest, {}, dict(headers or {}), body, AT)
        if waits:
            self.run(keep, account, [request], waits=True)
            return
        assert self.run(take, self.parts.intake.parser(account), account, request), kind

    def says_in_chat(self, text: str, message: str = "vis:1", *files: Attachment) -> Received:
        who = Identity(IdentityKind.VISITOR, self.visitor, self.shop.chat.channel_account_id)
        inbound = Inbound(who, text, message, sender_name=NAME, attachments=files)
        return self.run(intake.receive, self.shop.chat, inbound)  # type: ignore[no-any-return]


def known_everywhere(shop: Shop, dsn: str, clock: FixedClock, folder: Path) -> Known:
    """She writes on every channel, has been merged, called, answered, and noted."""
    parts = put_together(Settings(data=folder, public_url="https://desk.example"), dsn, clock)
    known = Known(parts, shop)
    _connect(known)
    whatsapp = payloads.envelope(
        (
            "messages",
            payloads.value(
                contacts=[{"profile": {"name": NAME}, "wa_id": PHONE, "user_id": "BR.QZ1"}],
                messages=[
                    {"from": PHONE, "id": "wamid.qz", "timestamp": str(payloads.AT), "type": "text", "text": {"body": TEXT}}
                ],
            ),
        )
    )
    known.delivers("whatsapp", "", json.dumps(whatsapp).encode())
    messenger = {"sender": {"id": PERSON}, "recipient": {"id": PAGE}, "timestamp": payloads.AT * 1000}
    told = {
        "object": "page",
        "entry": [{"id": PAGE, "time": 1, "messaging": [{**messenger, "message": {"mid": "m.q", "text": TEXT}}]}],
    }
    known.delivers("messenger", "", json.dumps(told).encode())
    known.delivers(
        "email", "postmark", json.dumps({"RawEmail": _letter().decode()}).encode(), {"content-type": "application/json"}
    )
    _publishes(known)
    chat = known.says_in_chat(f"{TEXT} {EMAIL}", "vis:1", Attachment("file", f"{NAME}.png", "image/png", content=FILE))
    known.run(replying.reply, chat.conversation_id, f"Dear {NAME}", shop.ines)
    known.run(replying.comment, chat.conversation_id, f"{NAME} called: {PHONE}", shop.ines)
    known.contact = chat.contact_id
    known.run(_enter_and_merge, known)
    _fill(known, chat.conversation_id, chat.entry_id)
    return known


def _letter() -> bytes:
    return mail(f"{TEXT}\r\n\r\n{NAME}", f"{NAME} <{EMAIL}>", subject=f"About {NAME}", message_id="<qz@forget.example>")


def _connect(known: Known) -> None:
    def connect(kind: str, settings: Mapping[str, Any]) -> Account:
        config = known.parts.channels[kind].config
        made = known.run(
            accounts.connect,
            known.parts.keyring,
            config,
            kind=kind,
            name=kind,
            workspace="inbox",
            settings=settings,
            by=known.shop.ines,
        )
        return known.run(accounts.which, made, known.parts.keyring)  # type: ignore[no-any-return]

    known.accounts["whatsapp"] = connect("whatsapp", {**payloads.SETTINGS, **payloads.SECRETS})
    page = {"page_id": PAGE, "app_id": "1", "access_token": "t", "app_secret": "s", "verify_token": "v"}
    known.accounts["messenger"] = connect("messenger", page)
    known.accounts["email"] = connect("email", {"address": ADDRESS, "incoming": "webhook", "webhook_secret": "s"})


def _publishes(known: Known) -> None:
    by = known.shop.ines
    channel, _ = known.run(
        custom.register,
        known.parts.keyring,
        name="Chirp",
        capabilities=Declared(),
        threading=Threading.DELIVERY_IDENTIFIER,
        webhook_url=None,
        webhook_secret=None,
        by=by,
    )
    value = DeliveryIdentifier(value="@veloria")
    added = known.run(custom.add_account, known.parts.keyring, channel, name="Bot", workspace="inbox", identifier=value, by=by)
    account = known.accounts["custom"] = known.run(accounts.which, added, known.parts.keyring)
    sent = {"name": f"{NAME}.png", "content": base64.b64encode(FILE + b"2").decode()}
    message = {
        "account_id": added,
        "idempotency_id": "pub-qz-1",
        "sender": {"id": f"chirp-{PERSON}", "name": NAME},
        "text": TEXT,
        "attachments": [sent],
    }
    known.run(custom.publish, account, Publication.model_validate(message), by)


def _enter_and_merge(tx: Tx, known: Known) -> None:
    by = known.shop.ines
    contacts.describe(tx, known.contact, by=by, name=NAME, properties={"mobile": PHONE, "note": TEXT})
    names = {
        "whatsapp": (IdentityKind.WHATSAPP, PHONE),
        "messenger": (IdentityKind.PAGE_SCOPED, PERSON),
        "custom": (IdentityKind.CUSTOM, f"chirp-{PERSON}"),
        "email": (IdentityKind.EMAIL, EMAIL),
    }
    for kind, (of, value) in names.items():
        scope = "" if of is IdentityKind.EMAIL else known.accounts[kind].id
        other = recognise(tx, Identity(of, value, scope))
        merging.merge(tx, known.contact, other, by, reason=f"The same name: {NAME}")
    notify(tx, "samira@veloria.example", f"{NAME} waits", f"See {EMAIL}: {TEXT}")


def _fill(known: Known, conversation_id: str, entry_id: str) -> None:
    """A row of hers in every table that can hold one and has none yet: also in those of a later release."""
    links = {"contact": known.contact, "conversation": conversation_id, "entry": entry_id}
    for name in (*reversed(reached().order), *COPIES, "known_question"):
        known.run(_row, metadata.tables[name], links, name in COPIES)


def _row(tx: Tx, table: Table, links: dict[str, str], copy: bool) -> None:
    parents = {}
    for column in table.columns:
        for key in column.foreign_keys:
            of = key.column.table.name
            parents[column.name] = links.get(of) or tx.scalar(select(key.column).limit(1)) or _made(tx, key.column.table)
        if not column.foreign_keys and (of := NAMED.get(column.name, "")) in links:
            parents[column.name] = links[of]
    start = {"contact": [links["contact"]], "conversation": [links["conversation"]]}
    if not copy and table.name in reached().edges and tx.row(select(table).where(belongs(table.name, start)).limit(1)):
        return
    values = {
        column.name: parents.get(column.name, _value(column.name, column.type))
        for column in table.columns
        if column.identity is None and not (column.autoincrement is True and column.primary_key)
    }
    if table.name == "event":
        values.pop("xid")
    if copy:
        values |= {"subject": f"con {EMAIL}"} if table.name == "event" else {}
    if table.name == "raw_delivery":
        values["waits"] = False
    made = insert(table).values(**{name: value for name, value in values.items() if value is not ...})
    added = tx.execute(made.on_conflict_do_nothing()).rowcount
    if added and not copy and "id" in table.c and isinstance(table.c.id.type, Text):
        links[table.name] = values["id"]


def _made(tx: Tx, table: Table) -> Any:
    """A row that is nobody's, for what has to refer to one."""
    values = {
        column.name: f"nobody's {column.name}" if isinstance(column.type, Text) else _plain(column.type)
        for column in table.columns
        if not column.nullable and not column.foreign_keys
    }
    tx.execute(
        insert(table).values(**values, **{c.name: _made(tx, k.column.table) for c in table.columns for k in c.foreign_keys})
    )
    return values["id"]


def _plain(kind: Any) -> Any:
    return {} if isinstance(kind, JSON) else [] if isinstance(kind, ARRAY) else _value("", kind)


def _value(name: str, kind: Any) -> Any:
    if isinstance(kind, JSON):
        return {"said": f"{TEXT} {NAME} {EMAIL}"}
    if isinstance(kind, LargeBinary):
        return f"{TEXT} {EMAIL}".encode()
    if isinstance(kind, DateTime):
        return datetime.fromisoformat("2026-11-22T09:40:00+00:00")
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, Float):
        return 1.0
    if isinstance(kind, ARRAY):
        return [TEXT]
    return f"{TEXT} {EMAIL} {name}" if isinstance(kind, Text) else ...


def scan(tx: Tx, marks: tuple[str, ...] = MARKS) -> Iterator[str]:
    """Every table and column, by the database's own list and not by ours, for what is left of her."""
    columns = tx.raw.execute(
        "select c.table_name, c.column_name, c.data_type from information_schema.columns c join information_schema.tables t"
        " using (table_schema, table_name) where table_schema = 'public' and table_type = 'BASE TABLE'"
    ).fetchall()
    for table, column, kind in columns:
        value = f"encode({_q(column)}, 'escape')" if kind == "bytea" else f"{_q(column)}::text"
        decoded = (
            f" or convert_from(decode({_q(column)}, 'base64'), 'latin1') like any(%(marks)s)"
            if table == "idempotent" and column == "answer"
            else ""
        )
        query = f"select count(*) from {_q(table)} where lower({value}) like any(%(marks)s){decoded}"
        found = tx.raw.execute(query, {"marks": [f"%{mark}%" for mark in marks]}).fetchone()
        if found and found[0]:
            yield f"{table}.{column}: {found[0]}"


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
