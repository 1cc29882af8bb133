"""Bytes to what happened: a customer wrote, a person of ours wrote outside, a mail bounced. Pure."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

from firstline.channels.base import Account, RawRequest
from firstline.channels.email import addresses
from firstline.channels.email.addresses import Address
from firstline.channels.email.authentication import OURS, Standing, organisation, standing, vouched_in
from firstline.channels.email.automatic import why_not_answered
from firstline.channels.email.bodies import text_of
from firstline.channels.email.bounces import Bounce, bounce_in, is_from_a_server, without_content
from firstline.channels.email.config import EmailConfig, config_of
from firstline.channels.email.headers import typed
from firstline.channels.email.mime import Envelope, Mail, read
from firstline.channels.email.pointers import Signer, ids_in
from firstline.channels.email.providers import mailgun, postmark, sendgrid, ses
from firstline.channels.email.quotes import own_words, reply_only
from firstline.channels.email.threads import names, signs_in
from firstline.channels.happenings import Echo, Happening, Ignored, Inbound, Parsed, Problem, Status
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.rules import SORTED_OUT, Delivery

MOST_FOR_AGENT = 20_000
IN_SPAM = "It lay in the spam folder."
_SPLIT = re.compile(r"^\s*(?:(?:re|aw|antw|sv|vs|ref|res|odp|回复|答复)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """What is kept of a mail beside the message in the conversation."""

    message_id: str
    digest: str
    subject: str
    whole: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    token: str = ""
    """The provider's own sign of this delivery, which must be new (Mailgun)."""
    thread: tuple[str, ...] = ()
    """Signs of the thread that Outlook or Gmail gave it (:mod:`.threads`)."""
    named: tuple[str, ...] = ()
    """The mails that it names, as signs."""


@dataclass(frozen=True)
class Letter(Inbound):
    """A mail from a customer."""

    kept: Kept = Kept("", "", "")
    recipients: tuple[str, ...] = ()
    """Everybody else on the mail."""
    own_people: bool = False
    """The sender's address is one of our own people's, by the account's settings."""
    spam: bool = False
    """It lies in the spam folder."""


@dataclass(frozen=True)
class OwnWord(Echo):
    """A mail that a person of ours wrote outside Firstline."""

    kept: Kept = Kept("", "", "")
    proven: bool = True
    """From the Sent folder, or by an authenticated sender. Else it counts only within a conversation that it refers to."""
    spam: bool = False
    """It lies in the spam folder."""


@dataclass(frozen=True)
class Bounced(Status):
    """A mail of ours did not arrive, or a server says that it did."""

    recipient: str = ""
    permanent: bool = False
    complaint: bool = False


def mail_of(account: Account, request: RawRequest) -> tuple[Mail, str]:
    """The mail in a delivery, and the provider's one-time sign, if it has one.

    :raises Unreadable: if it is none.
    """
    way = request.rest.partition("/")[0]
    if way == "mailgun":
        return mailgun.mail(request), mailgun.token(request)
    if way == "postmark":
        return postmark.mail(request), ""
    if way == "sendgrid":
        return sendgrid.mail(request), ""
    if way == "ses":
        return ses.mail(request), ""
    recipients = tuple(filter(None, request.headers.get("x-envelope-to", "").split(",")))
    found = read(request.body, Envelope(recipients, request.headers.get("x-envelope-from")))
    return replace(found, vouched=vouched_in(request)), ""


def parse(account: Account, request: RawRequest, signer: Signer) -> Parsed:
    """What one delivery means.

    :raises firstline.channels.email.mime.Unreadable: if it is no mail.
    """
    if request.rest.partition("/")[0] == "ses" and (why := ses.nothing_in(request)):
        return Parsed((Ignored(why),))
    mail, token = mail_of(account, request)
    at_gmail = request.headers.get("x-gm-thrid", "") if request.method == "IMAP" else ""
    at = request.at or datetime.fromtimestamp(0, UTC)
    folder = request.query.get("folder") if request.method in OURS else None  # whoever calls a webhook writes its query
    reading = Reading(account, config_of(account), mail, at, signer, token, at_gmail, spam=folder == "spam")
    try:
        return Parsed((reading.happening(sent=folder == "sent"),))
    except NoSender as nobody:
        return Parsed((), (Problem(str(nobody), mail.raw or request.body),))


class NoSender(Exception):
    """Nobody can be told as the sender."""


@dataclass(frozen=True)
class Reading:
    """One mail with all it takes to understand it."""

    account: Account
    config: EmailConfig
    mail: Mail
    at: datetime
    signer: Signer
    token: str = ""
    at_gmail: str = ""
    """Gmail's number of the thread."""
    spam: bool = False
    """It lies in the spam folder."""

    def happening(self, *, sent: bool) -> Happening:
        """What the mail means. ``sent``: it lies in the Sent folder, so one of us wrote it."""
        message_id = self.message_id()
        sender = addresses.one(self.mail.headers.first("from"))
        ours = self.signer.correlation_of(message_id, self.account.id)
        if (
            ours is None and sender is not None and self.config.is_own(sender.email)
        ):  # a server may have written another Message-ID
            ours = self.signer.correlation_of(self.mail.headers.first("x-firstline-message"), self.account.id)
        if ours is not None:
            return self._reflected(message_id, ours)
        if sent:
            return self._own_word(sender, proven=True)
        if (bounce := self._bounce(sender)) is not None:
            return self._bounced(*bounce)
        if report := self._other_report():
            return report
        sender = sender or addresses.one(self.mail.headers.first("sender")) or addresses.one(self.mail.envelope.sender or "")
        if sender is None:
            raise NoSender("The mail names no sender that could be answered.")
        if self.config.is_own(sender.email):
            return self._from_ourselves(sender)
        return self._letter(sender)

    def message_id(self) -> str:
        """Its Message-ID, or nothing."""
        return next(iter(ids_in([self.mail.headers.first("message-id")])), "")

    def _reflected(self, message_id: str, correlation: str) -> Happening:
        """A mail of ours that came back, by the Sent folder or a loop: it was sent, and is not answered."""
        to = addresses.one(self.mail.headers.first("to"))
        who = Identity(IdentityKind.EMAIL, to.email if to else self.config.address)
        return Echo(who, "", message_id, self.at, correlation=correlation, history=True)

    def _standing(self, sender: Address) -> Standing:
        return standing(self.mail.headers, self.config.trusted_servers, sender.domain, self.mail.vouched)

    def _from_ourselves(self, sender: Address) -> Happening:
        found = self._standing(sender)
        if found is Standing.FAILED:
            return Ignored(f"It says to come from {sender.email}, our own address, and does not.")
        return self._own_word(sender, proven=found is Standing.VERIFIED)

    def _own_word(self, sender: Address | None, *, proven: bool) -> Happening:
        if (why := why_not_answered(self.mail, sender or Address(self.config.address))) is not None:
            return Ignored(f"Sent from our address by a program. {why}")
        others = self.others()
        if not others:
            return Ignored("Sent from our address to nobody outside.")
        kept, text, data = self._kept()
        pointed = self.signer.conversation_of(self._recipients(), self.account.id, others[0])
        return OwnWord(
            to=Identity(IdentityKind.EMAIL, others[0], evidence="a mail from our own address"),
            text=text,
            provider_id=self._name(kept),
            at=self.at,
            thread=self._name(kept),
            references=self._references(pointed.conversation_id),
            by_name=(sender.name or sender.email) if sender else None,
            attachments=self.mail.files,
            data={"mail": data},
            kept=kept,
            proven=proven,
            spam=self.spam,
            heard_by=tuple(Identity(IdentityKind.EMAIL, one) for one in others),
        )

    def _bounce(self, sender: Address | None) -> tuple[Bounce, str | None] | None:
        """What came back, and which mail of ours it is about by the address that it came to, or by what it quotes."""
        by_address = self.signer.came_back(self._recipients(), self.account.id)
        bounce = bounce_in(self.mail, sender)
        if bounce is None and by_address and is_from_a_server(sender) and self._other_report() is None:
            bounce = without_content(self.mail)
        if bounce is None:
            return None
        quoted = (self.signer.correlation_of(one, self.account.id) for one in bounce.message_ids)
        return bounce, by_address or next((one for one in quoted if one), None)

    def _bounced(self, bounce: Bounce, correlation: str | None) -> Happening:
        if correlation is None:
            return Ignored("A bounce that names no mail of ours; anybody can write one.")
        if bounce.delivered:
            return Bounced(Delivery.DELIVERED, self.at, correlation=correlation, recipient=bounce.recipient or "")
        if not bounce.permanent:
            return Ignored(f"Not delivered yet, and still tried: {bounce.reason}")
        reason = " ".join(filter(None, ("The mail came back.", bounce.reason, f"({bounce.status})" if bounce.status else "")))
        return Bounced(
            Delivery.FAILED,
            self.at,
            correlation=correlation,
            code=bounce.status or None,
            reason=reason[:500],
            recipient=bounce.recipient or "",
            permanent=bool(bounce.status or bounce.recipient),
        )

    def _other_report(self) -> Happening | None:
        kind = typed(self.mail.headers.first("content-type"))
        if kind.value != "multipart/report":
            return None
        what = kind.parameters.get("report-type", "").lower()
        if what == "feedback-report":
            found = ids_in([content.decode("latin-1") for _, content in self.mail.reports])
            correlation = next(filter(None, (self.signer.correlation_of(one, self.account.id) for one in found)), None)
            if correlation:
                reason = "The recipient reported the mail as unwanted."
                return Bounced(Delivery.DELIVERED, self.at, correlation=correlation, reason=reason, complaint=True)
        return Ignored(f"A report of a mail server ({what or 'unknown'}).")

    def _letter(self, sender: Address) -> Letter:
        kept, text, data = self._kept()
        found = self._standing(sender)
        why = why_not_answered(self.mail, sender)
        if why is None and addresses.is_listed(sender.email, self.config.ignored):
            why = "The sender is one of those to ignore."
        if self.spam:
            data["spam"] = True
            why = why or (None if self.config.answer_spam else IN_SPAM)
        if found is Standing.FAILED:
            data["authentication"] = "failed"
            why = why or "The mail is not from who it says (DMARC failed)."
        pointed = self.signer.conversation_of(self._recipients(), self.account.id, sender.email)
        answer = self._answer_to(sender, found)
        data |= {"from": sender.email, "cc": list(self._others_than(sender.email)), "answer_to": answer.email}
        if pointed.stranger:
            data["stranger"] = True
        if why is not None:
            data["not_answered"] = why
        own = own_words(text, kept.subject)
        return Letter(
            sender=Identity(
                IdentityKind.EMAIL, sender.email, verified=found is Standing.VERIFIED, evidence="a mail from this address"
            ),
            text=text,
            provider_id=self._name(kept),
            sender_name=sender.name or None,
            at=self.at,
            thread=self._name(kept),
            data={"mail": data} | ({"own_words": own} if own != text.strip() else {}) | ({SORTED_OUT: True} if self.spam else {}),
            attachments=self.mail.files,
            answerable=why is None,
            trusted=found is Standing.VERIFIED,
            references=self._references(pointed.conversation_id),
            subject=kept.subject or None,
            kept=replace(kept, token=self.token),
            recipients=self.others(),
            own_people=addresses.is_listed(sender.email, self.config.staff),
            spam=self.spam,
        )

    def _answer_to(self, sender: Address, found: Standing) -> Address:
        """``Reply-To`` is followed within the sender's own organisation, or where the sender is proven."""
        given = addresses.one(self.mail.headers.first("reply-to"))
        if given is None or self.config.is_own(given.email):
            return sender
        same = organisation(given.domain) == organisation(sender.domain)
        return given if same or found is Standing.VERIFIED else sender

    def _kept(self) -> tuple[Kept, str, dict[str, Any]]:
        headers = self.mail.headers
        subject = headers.text("subject")[:500]
        whole = text_of(self.mail)
        stripped = reply_only(text_of(self.mail, without_quotes=True) or whole, subject)
        message_id = self.message_id()
        facts = "\n".join((headers.first("date"), headers.first("from"), subject, " ".join(whole.split())[:200]))
        digest = sha256(facts.encode("utf-8", "replace")).hexdigest()
        data: dict[str, Any] = {"subject": subject, "message_id": message_id}
        if stripped.quoted or stripped.signed or (self.mail.html and not self.mail.plain):
            data["more"] = True
        if self.mail.html:
            data["html"] = True
        if self.mail.notes:
            data["notes"] = list(self.mail.notes)
        if (date := self._date()) is not None:
            data["date"] = date.isoformat()
        text = stripped.text[:MOST_FOR_AGENT]
        signs, named = signs_in(headers, self.at_gmail), names(self._named())
        return Kept(message_id, digest, subject, whole, self.mail.html, thread=signs, named=named), text, data

    def _date(self) -> datetime | None:
        """When the sender says it was written: a claim, for display."""
        try:
            found = parsedate_to_datetime(self.mail.headers.first("date")[:100])
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    def _name(self, kept: Kept) -> str:
        return kept.message_id or f"digest:{kept.digest}"

    def _references(self, conversation_id: str | None) -> tuple[str, ...]:
        """What it refers to, the likeliest last: its thread, what it answers, and the conversation its address was made for."""
        return (*self._named(), *((conversation_id,) if conversation_id else ()))

    def _named(self) -> tuple[str, ...]:
        headers = self.mail.headers
        return (*ids_in(headers.every("references")), *ids_in(headers.every("in-reply-to")))

    def _recipients(self) -> tuple[str, ...]:
        """Every address the mail went to, those of the way it took first."""
        headers = self.mail.headers
        on_the_way = [*headers.every("delivered-to"), *headers.every("x-original-to"), *headers.every("envelope-to")]
        return tuple(
            one.email
            for one in addresses.read([*self.mail.envelope.recipients, *on_the_way, *headers.every("to"), *headers.every("cc")])
        )

    def others(self) -> tuple[str, ...]:
        """Everybody it was written to who is not us."""
        return addresses.others(self.mail.headers, self.config.is_own)

    def _others_than(self, sender: str) -> tuple[str, ...]:
        return tuple(one for one in self.others() if one != sender and not addresses.is_no_reply(one))[:20]


def bare_subject(subject: str) -> str:
    """Without the marks that answers put before it."""
    return _SPLIT.sub("", subject).strip()
