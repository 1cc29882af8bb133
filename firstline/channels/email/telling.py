"""What a mailbox has to tell: how it is read, whether anything is missing, who cannot be reached, what was not answered."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from firstline.channels.base import Account
from firstline.channels.email import mailboxes, outgoing
from firstline.channels.email.config import EmailConfig, config_of
from firstline.channels.email.kinds import Incoming, ReplyTo
from firstline.channels.email.mailboxes import Audit
from firstline.channels.email.tables import mail_address
from firstline.channels.tables import raw_delivery, watch
from firstline.channels.telling import Deed, Fact, Heading, Line, Said, Table, Told
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.people.rules import Actor, Permission

SHOWN = 50
LATELY = timedelta(days=30)
REPAIR = Deed("repair", "Repair", busy="Repairing", icon="refresh")
CLEAR = Deed(
    "clear",
    "Clear",
    busy="Clearing",
    question="Automatic mail goes to this address again, from every mailbox. If it comes back, the address is listed anew.",
)


def tell(tx: Tx, account: Account, before: Mapping[str, str]) -> Told:
    """Everything about one mailbox."""
    config, audits = config_of(account), mailboxes.audits(tx, account.id)
    reads = config.incoming is Incoming.IMAP
    repairing = any(one.repair or one.waiting for one in audits)
    tables = (_folders(audits), _not_taken(audits)) if reads else ()
    return Told(
        facts=(*_coming_in(tx, account, config, audits), *_answering(config)),
        tables=(*tables, _unanswered(tx, account, before.get("unanswered", "")), _unreached(tx, before.get("unreached", ""))),
        deeds=(REPAIR,) if reads and audits and not repairing else (),
        working=_progress(audits) if repairing else "",
    )


def act(tx: Tx, account: Account, deed: str, on: str, by: Actor) -> str:
    """Repair, or let mail go to an address again.

    :raises Conflict: if there is nothing yet to repair.
    """
    by.require(Permission.MANAGE_CHANNELS)
    if deed == REPAIR.name:
        if not mailboxes.audits(tx, account.id):
            raise Conflict("This mailbox was not read yet: there is nothing to repair. Test the connection in its settings.")
        mailboxes.repair(tx, account.id, by)
        return "The server’s mails are compared with those taken in, and what is missing is tried again."
    if deed == CLEAR.name:
        if not outgoing.reaches_again(tx, on, by):
            raise NotFound(f"No mail came back from {on}.")
        return f"Automatic mail may go to {on} again."
    raise NotFound(f"There is nothing called {deed} to be done with a mailbox.")


def _progress(audits: Sequence[Audit]) -> str:
    waiting = sum(one.waiting for one in audits)
    if waiting:
        return f"Repairing: {waiting} {'mail' if waiting == 1 else 'mails'} still to be tried."
    return "Repairing: the server’s mails are compared with those taken in."


def _coming_in(tx: Tx, account: Account, config: EmailConfig, audits: Sequence[Audit]) -> list[Fact]:
    if config.incoming is not Incoming.IMAP:
        how = {
            Incoming.WEBHOOK: "Your mail provider delivers it to the webhook address.",
            Incoming.RECEIVER: f"Your mail server hands it over at {config.receiver_host}:{config.receiver_port} "
            f"({config.receiver_protocol.value.upper()}).",
            Incoming.NONE: "It does not: this account only sends.",
        }
        return [Fact("How mail comes in", Said(how[config.incoming])), *_in_s3(tx, account, config)]
    last = max((one.looked_at for one in audits), default=None)
    until = tx.scalar(select(watch.c.until).where(watch.c.channel_account_id == account.id))
    reading = until is not None and until > tx.now
    return [
        Fact("How mail comes in", Said(f"It is read from {config.imap_host}.")),
        Fact("Last look", Said(at=last) if last else Said("Not read yet", "warn")),
        Fact("New mail", Said(_noticed(config, audits))),
        Fact(
            "Reading now",
            Said("Yes", "good")
            if reading
            else Said("No", "warn", "No worker reads this mailbox at the moment. Start one, or look at what needs attention."),
        ),
    ]


def _in_s3(tx: Tx, account: Account, config: EmailConfig) -> list[Fact]:
    if config.incoming is not Incoming.WEBHOOK or not config.topic:
        return []
    r = raw_delivery.c
    waiting = tx.scalar(select(func.count()).where(r.channel_account_id == account.id, r.bring_at.is_not(None))) or 0
    if waiting:
        mails = "1 mail is" if waiting == 1 else f"{waiting} mails are"
        return [Fact("Mails in S3", Said(f"{mails} still to be fetched", "warn", "It is tried again with growing pauses."))]
    if not config.s3_access_key_id:
        return [Fact("Mails in S3", Said("Are not fetched: no access key is entered"))]
    return [Fact("Mails in S3", Said(f"Are fetched from {config.s3_bucket}" if config.s3_bucket else "Are fetched"))]


def _noticed(config: EmailConfig, audits: Sequence[Audit]) -> str:
    every = f"every {config.poll_seconds} seconds"
    told = [one.told for one in audits if one.folder == config.folder]
    if told == [True]:
        return f"The server tells at once (IDLE); Firstline looks {every} as well."
    if told == [False]:
        return f"The server cannot tell (no IDLE); Firstline looks {every}."
    return f"Firstline looks {every}, and at once where the server tells."


def _answering(config: EmailConfig) -> list[Fact]:
    local, _, domain = config.address.partition("@")
    coded = f"code@{config.reply_domain}" if config.reply_domain else f"{local}+code@{domain}" if config.plus_addressing else ""
    paths = (
        f"Answers come back to {coded}, which leads each to its conversation."
        if coded
        else f"Answers come back to {config.address} and are placed by the mails they name."
    )
    marked = "Agent’s mails say that a machine wrote them" if config.mark_automatic else "Agent’s mails look like a person’s"
    return [
        Fact(
            "Who is answered",
            Said("Only who wrote" if config.reply_to is ReplyTo.SENDER else "Everybody on the mail", detail=paths),
        ),
        Fact(
            "Limits against loops",
            Said(
                f"{config.hourly_limit} automatic mails an hour to one sender, {config.daily_limit} a day in one conversation",
                detail=f"{marked}.",
            ),
        ),
        Fact(
            "Sending",
            Said(f"Through {config.smtp_host}:{config.smtp_port}")
            if config.smtp_host
            else Said("Not set up", "warn", "Enter an SMTP server in the settings, or answers stay unsent."),
        ),
    ]


def _folders(audits: Sequence[Audit]) -> Table:
    lines = []
    for one in audits:
        tone = "" if one.server is None else "warn" if one.missing else "good"
        found = Said("Something is missing" if one.missing else "Not audited yet" if one.server is None else "Complete", tone)
        words = Said(one.finding[:1].upper() + one.finding[1:] + ".")
        audited = Said(at=one.audited_at) if one.audited_at else Said("Never")
        lines.append(Line(one.folder, (Said(one.folder), found, words, Said(at=one.looked_at), audited)))
    headings = (Heading("Folder"), Heading("State"), Heading("Audit", 2), Heading("Last look", 3), Heading("Last audit", 3))
    nothing = ("Nothing was read yet", "The folders appear here after the first look, within seconds of connecting.")
    intro = "Once an hour, every mail that the server has is compared with those taken in."
    return Table("folders", "Folders", headings, tuple(lines), nothing, intro)


def _not_taken(audits: Sequence[Audit]) -> Table:
    lines = tuple(
        Line(
            f"{audit.folder}/{one.uid}",
            (
                Said(f"UID {one.uid}", detail=audit.folder),
                Said("Given up", "bad") if one.state == "tombstone" else Said("Is tried again", "warn"),
                Said(one.reason),
                Said(at=one.at),
            ),
        )
        for audit in audits
        for one in audit.tombstones
    )
    headings = (Heading("Mail"), Heading("State"), Heading("Why", 2), Heading("Last tried", 3))
    nothing = ("Every mail could be taken in", "A mail that cannot be read is listed here with the reason; others go on.")
    intro = "A mail is tried three times. Repair tries those given up again."
    return Table("not-taken", "Mails that could not be taken in", headings, lines, nothing, intro)


def _unanswered(tx: Tx, account: Account, before: str) -> Table:
    e = entry.c
    why = e.data["mail"]["not_answered"].astext
    query = (
        select(e.id, e.conversation_id, e.at, e.data["mail"].label("mail"), why.label("why"))
        .where(e.channel_account_id == account.id, e.direction == "in", e.at > tx.now - LATELY, why.is_not(None), why != "")
        .order_by(e.id.desc())
        .limit(SHOWN + 1)
    )
    rows = tx.rows(query.where(e.id < before) if before else query)
    lines = tuple(
        Line(
            row.id,
            (
                Said(str(row.mail.get("from") or "Unknown sender"), conversation=row.conversation_id),
                _held_back(row.mail),
                Said(row.why),
                Said(at=row.at),
            ),
        )
        for row in rows[:SHOWN]
    )
    headings = (Heading("From"), Heading("State"), Heading("Why", 2), Heading("Received", 3))
    nothing = ("Nothing was held back", "Out-of-office replies, bulk mail and loops are listed here. People can answer them.")
    intro = "Of the last 30 days. They are in the inbox; only the agent does not answer them."
    older = rows[SHOWN - 1].id if len(rows) > SHOWN else ""
    return Table("unanswered", "Mails the agent did not answer", headings, lines, nothing, intro, older)


def _held_back(facts: Mapping[str, object]) -> Said:
    if facts.get("spam"):
        return Said("From spam")
    return Said("Loop stopped", "warn") if _is_loop(facts) else Said("Not answered")


def _is_loop(facts: Mapping[str, object]) -> bool:
    return bool(facts.get("loop")) or str(facts.get("not_answered")).endswith("this may be a loop.")


def _unreached(tx: Tx, before: str) -> Table:
    a = mail_address.c
    query = select(mail_address).order_by(a.address).limit(SHOWN + 1)
    rows = tx.rows(query.where(a.address > before) if before else query)
    lines = tuple(
        Line(
            row.address,
            (
                Said(row.address),
                Said("Came back", "bad") if row.state == "bounced" else Said("Complained", "warn"),
                Said(row.reason or "The server gave no reason."),
                Said(at=row.at),
            ),
            (CLEAR,),
        )
        for row in rows[:SHOWN]
    )
    headings = (Heading("Address"), Heading("State"), Heading("Why", 2), Heading("Since", 3))
    nothing = ("Every address can be reached", "An address that mail came back from, or whose holder complained, appears here.")
    intro = "Of all mailboxes. No automatic mail goes there; teammates can still write."
    older = rows[SHOWN - 1].address if len(rows) > SHOWN else ""
    return Table("unreached", "Addresses that mail does not reach", headings, lines, nothing, intro, older)
