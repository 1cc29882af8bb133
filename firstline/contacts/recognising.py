"""Recognising customers: who has an identity, and why that is believed."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.contacts.reaching import mark_reached
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import contact, identity, identity_evidence, merge_suggestion
from firstline.contacts.tables import identity_unreachable as unreachable
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.kit.events import emit
from firstline.kit.ids import new_id

VALUE_LIMIT = 400
NAME_LIMIT = 200


def recognise(
    tx: Tx,
    who: Identity,
    *,
    name: str | None = None,
    language: str | None = None,
    aliases: Sequence[Identity] = (),
    source: str = "",
    wrote: bool = False,
) -> str:
    """The contact with this identity, created if nobody has it; two at the same moment get the same one.

    Aliases that the provider vouches for (``verified``) lead to their contact too. If they belong to two contacts, or an
    unverified one belongs to another, that is suggested to people; nothing is merged on a guess.

    :param source: what says so, such as the id of the message, kept as evidence.
    :param wrote: a message came from there: what was thought of as unreachable is not any more.
    """
    everybody = (who, *aliases)
    for one in everybody:
        if not one.value or len(one.value) > VALUE_LIMIT:
            raise Invalid(f"An identity has between 1 and {VALUE_LIMIT} characters; this one has {len(one.value)}.")
    hold(tx, everybody)
    known = [_known(tx, one) for one in everybody]
    sure = [
        row.contact_id
        for one, row in zip(everybody, known, strict=True)
        if row is not None and (one is who or (one.verified and not _is_other(tx, row.contact_id, who)))
    ]
    found = sure[0] if sure else _create(tx, who, name, language)
    for one, row in zip(everybody, known, strict=True):
        if row is None and (one is who or one.verified):
            link(tx, found, one, source)
        elif row is not None and row.contact_id == found:
            _believe(tx, row, one, source)
        elif row is not None:
            suggest(tx, found, row.contact_id, f"The same {one.kind.value.replace('_', ' ')}: {one.value}")
    if not sure:
        _suggest_who_said_so(tx, found, who)
        emit(tx, "contact.created", found)
    if wrote and any(row is not None and row.unreachable_since for row in known):
        mark_reached(tx, everybody)
    _complete(tx, found, name, aliases)
    return found


def gave(tx: Tx, contact_id: str, one: Identity, source: str) -> None:
    """The customer gave an address of theirs, and the provider vouches for it. One that belongs to somebody else is suggested to
    people; nothing is merged.

    :param source: the message with which it was given, kept as evidence.
    """
    hold(tx, (one,))
    known = _known(tx, one)
    if known is None:
        link(tx, contact_id, one, source)
        emit(tx, "contact.changed", contact_id)
    elif known.contact_id == contact_id:
        _believe(tx, known, one, source)
    else:
        suggest(tx, contact_id, known.contact_id, f"The same {one.kind.value.replace('_', ' ')}: {one.value}")


def hold(tx: Tx, everybody: Iterable[Identity]) -> None:
    """Until the transaction ends, nobody else decides whose these identities are. Before anything of their contacts is locked."""
    for key in sorted({f"{one.kind}|{one.scope}|{one.value}" for one in everybody}):
        tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": key})


def hold_contacts(tx: Tx, *contact_ids: str) -> None:
    """The same for whatever leads to some contacts now: a message that is being taken in is waited for, the next one waits."""
    found = tx.rows(select(identity.c.kind, identity.c.scope, identity.c.value).where(identity.c.contact_id.in_(contact_ids)))
    hold(tx, [Identity(IdentityKind(row.kind), row.value, row.scope) for row in found])


def _is_other(tx: Tx, contact_id: str, who: Identity) -> bool:
    """Whether a contact is another person, because it has an id that a person has one of.

    A phone number may get a new holder, who has a new business-scoped id: that one is not given the old customer's data.
    """
    if who.kind is not IdentityKind.WHATSAPP_USER:
        return False
    i = identity.c
    same = (i.contact_id == contact_id, i.kind == who.kind.value, i.scope == who.scope)
    return tx.scalar(select(i.id).where(*same, i.value != who.value).limit(1)) is not None


def link(tx: Tx, contact_id: str, who: Identity, source: str = "") -> None:
    """Write an identity that nobody has, with the evidence."""
    made = new_id("idn")
    tx.execute(
        insert(identity).values(
            id=made,
            contact_id=contact_id,
            kind=who.kind.value,
            scope=who.scope,
            value=who.value,
            verified=who.verified,
            evidence=who.evidence,
            created_at=tx.now,
        )
    )
    _note(tx, made, who.evidence or "channel", source or who.evidence or "channel")


def move_identity(tx: Tx, old: Identity, new: Identity, evidence: str) -> str | None:
    """The provider says that ``old`` is ``new`` from now on: both lead to the same contact. Returns the contact.

    If both belong to different contacts already, that is suggested to people (None if neither is known and nothing is done).
    """
    hold(tx, (old, new))
    before, after = _holder(tx, old), _holder(tx, new)
    if before and after and before != after:
        suggest(tx, before, after, f"The provider says that {old.value} is {new.value} now")
        return before
    found = before or after
    if found is None:
        found = _create(tx, new, None, None)
        emit(tx, "contact.created", found)
    for one, holder in ((old, before), (new, after)):
        if holder is None:
            link(tx, found, one, evidence)
    return found


def suggest(tx: Tx, one: str, other: str, reason: str) -> None:
    """Ask people whether two contacts are one person; each pair is asked about once."""
    first, second = sorted((one, other))
    if first == second:
        return
    values = pg_insert(merge_suggestion).values(id=new_id("sug"), one_id=first, other_id=second, reason=reason[:300], at=tx.now)
    if tx.execute(values.on_conflict_do_nothing().returning(merge_suggestion.c.id)).first():
        emit(tx, "contact.merge_suggested", first, other=second, reason=reason[:300])


_KNOWN = (
    select(identity.c.id, identity.c.contact_id, identity.c.verified, unreachable.c.at.label("unreachable_since"))
    .outerjoin(unreachable, unreachable.c.identity_id == identity.c.id)
    .where(identity.c.kind == bindparam("kind"), identity.c.scope == bindparam("scope"), identity.c.value == bindparam("value"))
)


def _known(tx: Tx, who: Identity) -> Row[Any] | None:
    return tx.row(_KNOWN, {"kind": who.kind.value, "scope": who.scope, "value": who.value})


def _holder(tx: Tx, who: Identity) -> str | None:
    found = _known(tx, who)
    return None if found is None else str(found.contact_id)


def _create(tx: Tx, who: Identity, name: str | None, language: str | None) -> str:
    created = new_id("con")
    tx.execute(
        insert(contact).values(
            id=created,
            name=clean_name(name),
            email=who.value if who.kind is IdentityKind.EMAIL else None,
            language=language,
            created_at=tx.now,
        )
    )
    return created


def _complete(tx: Tx, contact_id: str, name: str | None, aliases: Sequence[Identity]) -> None:
    """Fill what was not known of a contact; what people know already stays."""
    if cleaned := clean_name(name):
        tx.execute(update(contact).where(contact.c.id == contact_id, contact.c.name.is_(None)).values(name=cleaned))
    for one in aliases:
        if one.kind is IdentityKind.EMAIL:
            tx.execute(update(contact).where(contact.c.id == contact_id, contact.c.email.is_(None)).values(email=one.value))
            if not one.verified:
                _suggest_who_said_so(tx, contact_id, one)


def _suggest_who_said_so(tx: Tx, contact_id: str, who: Identity) -> None:
    """Somebody who only said that an address is theirs may be its owner, or not: people are asked."""
    if who.kind is not IdentityKind.EMAIL:
        return
    c = contact.c
    same = select(c.id).where(func.lower(c.email) == who.value.lower(), c.id != contact_id, c.merged_into.is_(None)).limit(1)
    if (other := tx.scalar(same)) is not None:
        suggest(tx, contact_id, other, f"The same email address: {who.value}")


def _believe(tx: Tx, known: Row[Any], who: Identity, source: str) -> None:
    """An identity was seen again: the source is the channel, the message only the first time."""
    if who.verified and not known.verified:
        tx.execute(update(identity).where(identity.c.id == known.id).values(verified=True))
    _note(tx, known.id, who.evidence or "channel", source or "channel")


_AGAIN = (
    update(identity_evidence)
    .where(identity_evidence.c.identity_id == bindparam("known"), identity_evidence.c.kind == bindparam("says"))
    .values(last_at=bindparam("now"))
)


def _note(tx: Tx, identity_id: str, kind: str, source: str) -> None:
    """One row for the first time and one for the latest: a thousand messages are no better evidence than two."""
    if tx.execute(_AGAIN, {"known": identity_id, "says": kind, "now": tx.now}).rowcount == 0:
        values = {"identity_id": identity_id, "source": source[:300], "kind": kind[:200], "first_at": tx.now, "last_at": tx.now}
        tx.execute(pg_insert(identity_evidence).values(values).on_conflict_do_nothing())


def clean_name(name: str | None) -> str | None:
    """A name as it is kept: one line, at most :data:`NAME_LIMIT` characters."""
    return " ".join(name.replace("\x00", "").split())[:NAME_LIMIT] or None if name else None
