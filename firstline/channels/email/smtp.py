"""Handing mails to a mail server."""

import re
import ssl
from dataclasses import dataclass

import aiosmtplib

from firstline.channels.base import Account, Broken
from firstline.channels.email.config import EmailConfig, config_of, secret
from firstline.channels.email.kinds import Security, Sign
from firstline.channels.email.render import Rendered
from firstline.channels.email.tokens import Tokens
from firstline.channels.leaving import begins
from firstline.kit.errors import Rejected, Retry, Unknown

TIMEOUT = 60.0
FOR_GOOD = 500
"""Answers from here on are for good; below, it may work later (RFC 5321, 4.2.1)."""
_SIGN_IN = frozenset((530, 534, 535, 538))


def context(config: EmailConfig) -> ssl.SSLContext:
    """Certificates are checked, against the account's own authority if it has one."""
    if not config.certificate_authority:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=config.certificate_authority)
    except ssl.SSLError as error:
        cure = "Enter it as PEM, or leave it empty."
        raise Broken("certificate", f"The certificate authority of this mailbox cannot be read: {error}.", cure) from None


def untrusted(where: str, error: ssl.SSLCertVerificationError) -> Broken:
    """A server whose certificate nobody we trust has signed."""
    cure = "Check the server's name; if it has an authority of its own, enter that as certificate authority."
    return Broken("certificate", f"The certificate of {where} is not trusted: {error.verify_message}.", cure)


@dataclass(frozen=True)
class Taken:
    """The mail server has it."""

    refused: tuple[str, ...]
    """Recipients that were refused while others were taken."""
    names: tuple[str, ...] = ()
    """By which Message-IDs the recipients see it, where the server writes its own over ours."""


_AMAZON = re.compile(r"email-smtp(?:-fips)?\.([a-z0-9-]{4,30})\.amazonaws\.com(?:\.cn)?", re.IGNORECASE)
_NUMBER = re.compile(r"Ok ([0-9A-Za-z.-]{20,100})\s*")


def renamed(host: str, said: str) -> tuple[str, ...]:
    """The Message-IDs that Amazon SES gives a mail, made of what it answers ("Message-ID", SES Developer Guide)."""
    at, number = _AMAZON.fullmatch(host.strip()), _NUMBER.fullmatch(said)
    if at is None or number is None:
        return ()
    return tuple(f"<{number[1]}@{domain}.amazonses.com>" for domain in ("email", at[1].lower()))


class Smtp:
    """Sends by the account's mail server."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    async def send(self, account: Account, mail: Rendered) -> Taken:
        """Send a mail.

        A connection that breaks after the mail was handed over is tried again with the same Message-ID: whoever gets it
        twice sees it once.

        :raises Retry: not now. :raises Rejected: the mail, or its recipient, is refused.
        """
        client = await self._connected(account)
        try:
            await begins()
            refused, said = await _handed_over(client, mail, config_of(account).address)
        except aiosmtplib.SMTPRecipientsRefused as no:
            first = no.recipients[0]
            raise _as_ours(first.code, f"The mail server refuses {first.recipient}: {first.message}") from None
        except aiosmtplib.SMTPResponseException as no:
            raise _as_ours(no.code, f"The mail server said {no.code}: {no.message}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as broken:
            raise Retry(30.0, f"The connection to the mail server broke: {broken}") from None
        finally:
            client.close()
        if mail.recipients[0] in refused:
            answer = refused[mail.recipients[0]]
            raise _as_ours(answer.code, f"The mail server refuses {mail.recipients[0]}: {answer.message}")
        return Taken(tuple(refused), renamed(config_of(account).smtp_host, said))

    async def check(self, account: Account) -> None:
        """Connect and sign in.

        :raises Rejected: with cause and cure.
        """
        try:
            client = await self._connected(account)
        except (Retry, Unknown) as error:
            raise Rejected(f"{error.reason} Check SMTP server, port and security.") from None
        client.close()

    async def _connected(self, account: Account) -> aiosmtplib.SMTP:
        config = config_of(account)
        if not config.smtp_host:
            raise Rejected("No SMTP server is set for this mailbox, so nothing can be sent. Enter one in its settings.")
        client = aiosmtplib.SMTP(
            hostname=config.smtp_host,
            port=config.smtp_port,
            use_tls=config.smtp_security is Security.TLS,
            start_tls=False,
            tls_context=context(config),
            timeout=TIMEOUT,
            local_hostname=None,
        )
        where = f"{config.smtp_host}:{config.smtp_port}"
        held = config.sign_in is not Sign.PASSWORD and self.tokens.holds(account)
        try:
            await client.connect()
            if config.smtp_security is Security.STARTTLS:
                await client.starttls(tls_context=context(config))
            await self._sign_in(client, account, config)
        except aiosmtplib.SMTPAuthenticationError as no:
            client.close()
            self.tokens.forget(account)
            if held and no.code >= FOR_GOOD:
                return await self._connected(account)
            raise _sign_in_refused(no, config) from None
        except aiosmtplib.SMTPResponseException as no:
            client.close()
            raise _as_ours(no.code, f"{where} said {no.code}: {no.message}") from None
        except ssl.SSLCertVerificationError as error:
            client.close()
            raise untrusted(where, error) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            client.close()
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise untrusted(where, error.__cause__) from None
            raise Retry(60.0, f"{where} cannot be reached: {error}") from None
        except (Retry, Rejected):
            client.close()
            raise
        return client

    async def _sign_in(self, client: aiosmtplib.SMTP, account: Account, config: EmailConfig) -> None:
        user = config.smtp_username or config.username or config.address
        if config.sign_in is not Sign.PASSWORD:
            await client.auth_xoauth2(user, await self.tokens.token(account))
        elif password := secret(account, "smtp_password") or secret(account, "password"):
            await client.login(user, password)


async def _handed_over(client: aiosmtplib.SMTP, mail: Rendered, own: str) -> tuple[dict[str, aiosmtplib.SMTPResponse], str]:
    """Recipients that were refused, and the server's last words. A server that allows no other sender gets the mailbox's own."""
    try:
        return await client.sendmail(mail.sender, list(mail.recipients), mail.content)
    except aiosmtplib.SMTPSenderRefused as no:
        if mail.sender == own or no.code < FOR_GOOD:
            raise
    return await client.sendmail(own, list(mail.recipients), mail.content)


def _sign_in_refused(no: aiosmtplib.SMTPAuthenticationError, config: EmailConfig) -> Retry | Broken:
    if no.code < FOR_GOOD:
        return Retry(120.0, f"The mail server does not sign in now: {no.message}")
    cure = cure_of(config)
    if any(code in no.message for code in PASSWORDS_ENDED):
        cure = "Microsoft takes no passwords here any more: choose microsoft as sign-in, or let an administrator allow SMTP AUTH."
    return Broken("sign_in", f"{config.smtp_host} refuses to sign in ({no.code}: {no.message}).", cure)


PASSWORDS_ENDED = ("5.7.30", "5.7.139")
"""With these Exchange Online says that it takes no passwords for sending any more ("Basic authentication … SMTP AUTH")."""


def cure_of(config: EmailConfig) -> str:
    """What helps when a server refuses to sign in."""
    if config.sign_in is Sign.PASSWORD:
        return "Enter user name and password anew; with two-step login an app password is needed."
    return "Consent again and enter the new refresh token."


def _as_ours(code: int, words: str) -> Retry | Rejected:
    if code in _SIGN_IN:
        return Broken("sign_in", f"{words}.", "Enter user name and password of the mailbox anew.")
    return Rejected(words) if code >= FOR_GOOD else Retry(60.0, words)
