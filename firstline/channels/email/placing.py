"""What a mail becomes, with what only the database knows: copies, strangers, our own people, loops, addresses that bounce."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Text, cast, delete, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from firstline.channels.base import Account
from firstline.channels.email.addresses import is_listed
from firstline.channels.email.authentication import Standing
from firstline.channels.email.config import EmailConfig, config_of
from firstline.channels.email.glancing import is_teammate
from firstline.channels.email.parse import Bounced, Kept, Letter, OwnWord
from firstline.channels.email.tables import mail, mail_address, mail_token
from firstline.channels.email.threads import names
from firstline.channels.happenings import Echo, Happening, Ignored, Inbound, Status
from firstline.channels.tables import provider_name
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import identity
from firstline.conversations.elsewhere import Heard, falls_silent, words_one_at_a_time
from firstline.conversations.ownership import set_owner
from firstline.conversations.record import locked
from firstline.conversations.releasing import released
from firstline.conversations.rules import NOBODY, OwnerKind, Place
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.ids import new_id
from firstline.people.rules import Actor

MACHINES = ("agent", "bot", "system")
MATES = 20
"""Mails of a thread that are looked at to find its conversations."""
SAME_WITHIN = timedelta(days=1)
TOKENS_KEPT = timedelta(days=2)
"""Longer than any provider's signature is believed."""
DOUBTFUL = "It says to be from one of your people to a customer, and nothing proves it."
Plain = TypeVar("Plain", Inbound, Echo, Status)


def settle(tx: Tx, account: Account, happening: Happening) -> Happening:
    """What is to be applied; the same mail again settles the same way."""
    if isinstance(happening, Letter):
        return _letter(tx, account, config_of(account), happening)
    if isinstance(happening, OwnWord):
        return _own_word(tx, account, happening)
    if isinstance(happening, Bounced):
        return _bounced(tx, account, happening)
    if isinstance(happening, Echo) and happening.correlation and not _is_entry(tx, happening.correlation):
        return Ignored("A mail of ours from before this database.")
    return happening


def _letter(tx: Tx, account: Account, config: EmailConfig, letter: Letter) -> Happening:
    kept = letter.kept
    if kept.token and not _is_new(tx, account, kept.token, kept.digest):
        return Ignored("The provider's one-time sign was used before, for another mail: this one is forged.")
    name = _keep(tx, account, letter.provider_id, kept)
    letter = replace(letter, provider_id=name, references=_resolved(tx, account, letter.references))
    if customers := _customers_of_our_people(tx, config, letter):
        if (word := _of_our_people(tx, account, letter, customers)) is not None:
            return replace(word, references=_with_thread(tx, account, name, kept, word.references))
        letter = _doubtful_word(tx, account, letter, customers)
    letter = replace(letter, references=_with_thread(tx, account, name, kept, letter.references))
    if letter.answerable and (why := _loop(tx, account, config, letter)) is not None:
        _to_nobody(tx, account, letter, why)
        facts = {**letter.data["mail"], "not_answered": why, "loop": True}
        letter = replace(letter, answerable=False, data={**letter.data, "mail": facts})
    if not letter.spam:
        released(tx, account.id, name, {"mail": letter.data["mail"]}, quiet=letter.quiet)
    return _plain(Inbound, letter)


def forget(tx: Tx) -> None:
    """Forget the one-time signs of deliveries that are too old to be taken again anyway."""
    tx.execute(delete(mail_token).where(mail_token.c.at < tx.now - TOKENS_KEPT))


def _is_new(tx: Tx, account: Account, token: str, digest: str) -> bool:
    values = insert(mail_token).values(channel_account_id=account.id, token=token, digest=digest, at=tx.now)
    if tx.execute(values.on_conflict_do_nothing().returning(mail_token.c.token)).first() is not None:
        return True
    t = mail_token.c
    return bool(tx.scalar(select(t.digest).where(t.channel_account_id == account.id, t.token == token)) == digest)


def _keep(tx: Tx, account: Account, provider_id: str, kept: Kept) -> str:
    """Store the mail. A Message-ID that another mail had already is not enough of a name."""
    m = mail.c
    for name in (provider_id, f"{provider_id}#{kept.digest[:16]}"):
        made = insert(mail).values(
            id=new_id("mal"),
            channel_account_id=account.id,
            provider_id=name,
            message_id=kept.message_id,
            digest=kept.digest,
            subject=kept.subject,
            whole=kept.whole.replace("\x00", ""),
            html=kept.html.replace("\x00", ""),
            signs=[*kept.thread, *kept.named],
            at=tx.now,
        )
        if tx.execute(made.on_conflict_do_nothing().returning(m.id)).first() is not None:
            return name
        if tx.scalar(select(m.digest).where(m.channel_account_id == account.id, m.provider_id == name)) == kept.digest:
            return name
    return name


def _customers_of_our_people(tx: Tx, config: EmailConfig, letter: Letter) -> tuple[str, ...]:
    """To which customers one of our people wrote from their own mail program, with this mailbox in copy; none if it is no such
    mail."""
    if not (letter.own_people or is_teammate(tx, letter.sender.value)):
        return ()
    return tuple(one for one in letter.recipients if not is_listed(one, config.staff) and not is_teammate(tx, one))


def _of_our_people(tx: Tx, account: Account, letter: Letter, customers: tuple[str, ...]) -> Echo | None:
    """A person's word (CH9). Whoever forges a teammate's address cannot begin anything: it has to be proven, or within a
    conversation with one of those customers."""
    to = _to_whom(tx, account, letter.references, customers, proven=letter.trusted is True)
    if to is None:
        return None
    sender = letter.sender.value
    return Echo(
        to=Identity(IdentityKind.EMAIL, to, evidence="a mail from one of our people"),
        text=letter.text,
        provider_id=letter.provider_id,
        at=letter.at or tx.now,
        thread=letter.thread,
        references=letter.references,
        by_name=letter.sender_name or sender,
        attachments=letter.attachments,
        data=letter.data,
        heard_by=_identities(customers),
    )


def _doubtful_word(tx: Tx, account: Account, letter: Letter, customers: tuple[str, ...]) -> Letter:
    """It says to be a person's word to customers, and nothing proves it: it is nobody's word, and yet no machine speaks after
    it, since it may be true. Nor does one answer it. One that is proven to be forged, or that the server holds for spam, stops
    nobody."""
    if letter.data["mail"].get("authentication") == Standing.FAILED.value or letter.spam:
        return letter
    _silenced(tx, account, letter.provider_id, letter.sender.value, customers)
    facts = {"not_answered": DOUBTFUL, **letter.data["mail"]}
    return replace(letter, answerable=False, data={**letter.data, "mail": facts})


def _silenced(tx: Tx, account: Account, name: str, sender: str, customers: tuple[str, ...]) -> None:
    place = Place(account.id, account.workspace)
    words_one_at_a_time(tx, place)
    text = f"A mail that says to be from {sender} went to this customer. Nothing proves it; the agent says nothing more here."
    falls_silent(tx, place, Heard(_identities(customers), name, text))


def _identities(customers: tuple[str, ...]) -> tuple[Identity, ...]:
    return tuple(Identity(IdentityKind.EMAIL, one) for one in customers)


def _to_whom(tx: Tx, account: Account, references: tuple[str, ...], customers: tuple[str, ...], *, proven: bool) -> str | None:
    """Which of the customers it was written to: the one of the conversation that it refers to, else the first; nobody if neither
    the sender nor a conversation is known."""
    known = next((one for one in customers if _knows(tx, account, references, one)), None)
    return known or (customers[0] if proven else None)


def _knows(tx: Tx, account: Account, references: tuple[str, ...], customer: str) -> bool:
    """Whether one of the references is a message in a conversation with that customer."""
    if not references:
        return False
    query = (
        select(entry.c.id)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .join(identity, identity.c.contact_id == conversation.c.contact_id)
        .where(
            entry.c.channel_account_id == account.id,
            or_(entry.c.provider_id.in_(references), entry.c.conversation_id.in_(references)),
            identity.c.kind == IdentityKind.EMAIL.value,
            identity.c.value == customer,
        )
    )
    return tx.scalar(query.limit(1)) is not None


def _loop(tx: Tx, account: Account, config: EmailConfig, letter: Letter) -> str | None:
    """The breaker: two machines that talk to each other stop here, whatever they fail to say of themselves."""
    if _seen(tx, account, letter.provider_id):
        return None
    if _automatic(tx, account, letter.sender.value, tx.now - timedelta(hours=1)) >= config.hourly_limit:
        return f"{config.hourly_limit} automatic mails went to {letter.sender.value} within an hour: this may be a loop."
    if letter.references:
        day = _automatic(tx, account, letter.sender.value, tx.now - timedelta(days=1), letter.references)
        if day >= config.daily_limit:
            return f"{config.daily_limit} automatic mails were sent in this conversation within a day: this may be a loop."
    if _repeats(tx, account, letter):
        return "The same text came before and was answered: this may be a loop."
    return None


def _seen(tx: Tx, account: Account, provider_id: str) -> bool:
    e = entry.c
    query = select(e.id).where(e.channel_account_id == account.id, e.provider_id == provider_id, e.direction == "in")
    return tx.scalar(query) is not None


def _automatic(tx: Tx, account: Account, sender: str, since: datetime, references: tuple[str, ...] = ()) -> int:
    """How many mails of machines went to a sender since then, in all conversations or in that of the references."""
    e = entry.c
    query = (
        select(func.count())
        .select_from(entry)
        .join(conversation, conversation.c.id == e.conversation_id)
        .join(identity, identity.c.contact_id == conversation.c.contact_id)
        .where(
            e.channel_account_id == account.id,
            e.direction == "out",
            e.by_kind.in_(MACHINES),
            e.at > since,
            identity.c.kind == IdentityKind.EMAIL.value,
            identity.c.value == sender,
        )
    )
    if references:
        named = select(e.conversation_id).where(e.channel_account_id == account.id, e.provider_id.in_(references))
        query = query.where(or_(conversation.c.id.in_(named), conversation.c.id.in_(references)))
    return int(tx.scalar(query) or 0)


def _repeats(tx: Tx, account: Account, letter: Letter) -> bool:
    """Whether the sender's last answered mail said the same, word for word; people repeat short words, machines long ones."""
    if len(letter.text) < 20:
        return False
    e = entry.c
    query = (
        select(func.count())
        .select_from(entry)
        .join(identity, identity.c.contact_id == e.by_id)
        .where(
            e.channel_account_id == account.id,
            e.direction == "in",
            e.at > tx.now - SAME_WITHIN,
            e.text == letter.text,
            e.by_kind == "contact",
            identity.c.kind == IdentityKind.EMAIL.value,
            identity.c.value == letter.sender.value,
        )
    )
    return int(tx.scalar(query) or 0) > 0


def _to_nobody(tx: Tx, account: Account, letter: Letter, why: str) -> None:
    """The agent gives the conversation up, so that people see it and nothing more is sent by itself."""
    e = entry.c
    named = select(e.conversation_id).where(e.channel_account_id == account.id, e.provider_id.in_(letter.references or ("",)))
    query = select(conversation.c.id).where(
        or_(conversation.c.id.in_(named), conversation.c.id.in_(letter.references or ("",))),
        conversation.c.status == "open",
        conversation.c.owner_kind == OwnerKind.AGENT.value,
    )
    for row in tx.rows(query):
        found = locked(tx, row.id)
        if found.owner.kind is OwnerKind.AGENT:
            set_owner(tx, found, NOBODY, Actor.system(), [{"code": "mail_loop", "text": why}])


def _own_word(tx: Tx, account: Account, word: OwnWord) -> Happening:
    word = replace(word, references=_resolved(tx, account, word.references))
    customers = tuple(one.value for one in word.heard_by)
    to = _to_whom(tx, account, word.references, customers, proven=word.proven)
    if to is None:
        if not word.spam:
            _silenced(tx, account, word.provider_id, config_of(account).address, customers)
        return Ignored("It says to come from our own address, which nothing proves.")
    name = _keep(tx, account, word.provider_id, word.kept)
    found = _with_thread(tx, account, name, word.kept, word.references)
    return replace(_plain(Echo, word), to=replace(word.to, value=to), provider_id=name, references=found)


def _resolved(tx: Tx, account: Account, references: tuple[str, ...]) -> tuple[str, ...]:
    """What a mail refers to, and after each name of a mail of ours its conversation: a server may have given it another id."""
    n = provider_name.c
    query = (
        select(n.name, entry.c.conversation_id)
        .join(entry, entry.c.id == n.entry_id)
        .where(n.channel_account_id == account.id, n.name.in_(references or ("",)))
    )
    known = {row.name: row.conversation_id for row in tx.rows(query)}
    return tuple(one for name in references for one in ((name, known[name]) if name in known else (name,)))


def _with_thread(tx: Tx, account: Account, name: str, kept: Kept, references: tuple[str, ...]) -> tuple[str, ...]:
    """What a mail refers to; and less likely, conversations with mails of the same thread by Outlook's or Gmail's signs, or with
    mails that answer this one and came before it. All of them count only for the customer whose conversations they are."""
    wanted = [*kept.thread, *names([kept.message_id] if kept.message_id else [])]
    if not wanted:
        return references
    m, e = mail.c, entry.c
    found = (
        select(e.conversation_id)
        .join(mail, (m.channel_account_id == e.channel_account_id) & (m.provider_id == e.provider_id))
        .where(m.channel_account_id == account.id, m.provider_id != name, m.signs.overlap(cast(wanted, ARRAY(Text))))
        .order_by(e.id.desc())
        .limit(MATES)
    )
    mates = [str(row.conversation_id) for row in tx.rows(found)]
    return (*reversed(dict.fromkeys(mates)), *references)


def _bounced(tx: Tx, account: Account, bounced: Bounced) -> Happening:
    went_to = _recipients_of(tx, bounced.correlation)
    # whoever got a mail of ours can report that it came back; it says nothing of addresses that it did not go to
    recipient = bounced.recipient if bounced.recipient in went_to else None if bounced.recipient else next(iter(went_to), None)
    if recipient and bounced.complaint:
        _mark(tx, recipient, "complained", bounced.reason or "")
        return Ignored("The recipient complained; no automatic mail goes there any more.")
    if recipient and bounced.permanent:
        _mark(tx, recipient, "bounced", bounced.reason or "")
    return _plain(Status, bounced)


def _recipients_of(tx: Tx, correlation: str | None) -> tuple[str, ...]:
    """Where a mail of ours may have gone: the customer's addresses, and those that their mails wanted answered."""
    if not correlation:
        return ()
    entry_id, e = correlation.partition(".")[0], entry.c
    theirs = (
        select(identity.c.value)
        .join(conversation, conversation.c.contact_id == identity.c.contact_id)
        .join(entry, e.conversation_id == conversation.c.id)
        .where(e.id == entry_id, identity.c.kind == IdentityKind.EMAIL.value)
        .order_by(identity.c.id)
    )
    talk = select(e.conversation_id).where(e.id == entry_id).scalar_subquery()
    said = select(e.data["mail"].label("mail")).where(e.conversation_id == talk, e.direction == "in", e.data.has_key("mail"))
    wanted = [one for row in tx.rows(said) for one in (row.mail.get("answer_to"), *row.mail.get("cc", ()))]
    return tuple(dict.fromkeys((*(str(row.value) for row in tx.rows(theirs)), *(str(one) for one in wanted if one))))


def _mark(tx: Tx, address: str, state: str, reason: str) -> None:
    values = {"state": state, "reason": reason[:500], "at": tx.now}
    made = insert(mail_address).values(address=address[:320], **values)
    tx.execute(made.on_conflict_do_update(index_elements=["address"], set_=values))


def _is_entry(tx: Tx, correlation: str) -> bool:
    return tx.scalar(select(entry.c.id).where(entry.c.id == correlation.partition(".")[0])) is not None


def _plain(kind: type[Plain], given: Any) -> Plain:
    """The happening that intake knows, without what only email adds."""
    return kind(**{one.name: getattr(given, one.name) for one in fields(kind)})
