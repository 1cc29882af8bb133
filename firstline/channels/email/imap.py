"""One connection to an IMAP server. Everything here waits, so it runs in a thread of its own (see :mod:`.watcher`)."""

import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from imapclient import SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from firstline.channels.base import Broken
from firstline.channels.email.changes import Changes, modseq_of, ranges_in, uids_in
from firstline.channels.email.config import EmailConfig
from firstline.channels.email.kinds import Security
from firstline.channels.email.mime import MOST_BYTES
from firstline.channels.email.smtp import context, cure_of, untrusted
from firstline.kit.errors import Rejected, Retry

CONNECT, READ = 30.0, 60.0
_SENT_FLAG, _JUNK_FLAG, _DRAFTS_FLAG = b"\\Sent", b"\\Junk", b"\\Drafts"
"""How servers mark folders by what is in them (SPECIAL-USE, RFC 6154)."""
_SENT_NAMES = ("Sent", "Sent Items", "Sent Messages", "INBOX.Sent", "Gesendet", "Gesendete Elemente", "[Gmail]/Sent Mail")
_JUNK_NAMES = (
    "Junk",
    "Spam",
    "Junk Email",
    "Junk E-mail",
    "Junk-E-Mail",
    "INBOX.Junk",
    "INBOX.Spam",
    "[Gmail]/Spam",
    "[Google Mail]/Spam",
    "Bulk Mail",
)


@dataclass(frozen=True)
class Selected:
    """A folder that was opened."""

    uidvalidity: int
    uidnext: int
    modseq: int | None = None
    """Its count of changes (``HIGHESTMODSEQ``), where the server keeps one."""


@dataclass(frozen=True)
class OnServer:
    """A mail as the server has it."""

    raw: bytes
    arrived: datetime
    gmail_thread: str = ""
    """Gmail's number of the thread."""


class NoFolder(Rejected):
    """The folder does not exist."""


@contextlib.contextmanager
def errors(where: str, config: EmailConfig) -> Iterator[None]:
    """Whatever goes wrong on the way, by what happens next."""
    try:
        yield
    except LoginError as no:
        if "UNAVAILABLE" in str(no) or "try again" in str(no).lower():
            raise Retry(120.0, f"{where} does not sign in now: {no}") from None
        raise Broken("sign_in", f"{where} refuses to sign in: {no}.", cure_of(config)) from None
    except ssl.SSLCertVerificationError as no:
        raise untrusted(where, no) from None
    except ssl.SSLError as no:
        raise Rejected(f"{where} does not speak TLS as set ({no.reason or no}). Check port and security.") from None
    except socket.gaierror:
        raise Rejected(f"The name {where.rpartition(':')[0]} is not known. Check the IMAP server.") from None
    except CapabilityError as no:
        raise Rejected(f"{where} cannot do what is needed: {no}") from None
    except IMAPClientError as no:
        raise Retry(30.0, f"{where} said: {no}") from None
    except (OSError, TimeoutError, ValueError) as no:
        raise Retry(30.0, f"{where} cannot be reached: {no}") from None


class Mailbox:
    """A signed-in connection."""

    def __init__(self, config: EmailConfig, password: str, token: str | None) -> None:
        self.config = config
        self.where = f"{config.imap_host}:{config.imap_port}"
        self._closed = False
        with errors(self.where, config):
            self.client = IMAPClient(
                config.imap_host,
                port=config.imap_port,
                ssl=config.imap_security is Security.TLS,
                ssl_context=context(config) if config.imap_security is Security.TLS else None,
                timeout=SocketTimeout(CONNECT, READ),
            )
        try:
            with errors(self.where, config):
                self._sign_in(password, token)
                self.counts = self.client.has_capability("CONDSTORE") or self.client.has_capability("QRESYNC")
                self.tells_vanished = self._resyncs()
        except BaseException:
            self.close()
            raise

    def _sign_in(self, password: str, token: str | None) -> None:
        self.client.normalise_times = False
        self.client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self.config.imap_security is Security.STARTTLS:
            self.client.starttls(context(self.config))
        user = self.config.username or self.config.address
        if token is not None:
            said = f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
            # A refusal comes as a challenge; an empty answer gets the reason (Gmail's "XOAUTH2 mechanism", error response)
            self.client.sasl_login("XOAUTH2", lambda challenge: b"" if challenge else said)
        else:
            self.client.login(user, password)

    def close(self) -> None:
        """End the connection at once, also from another thread that waits on it."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(Exception):
                self.client.shutdown()

    def _resyncs(self) -> bool:
        """Whether the server tells which mails are gone (QRESYNC): it has to be asked for it before a folder is opened."""
        if not (self.client.has_capability("ENABLE") and self.client.has_capability("QRESYNC")):
            return False
        try:
            return b"QRESYNC" in self.client.enable("QRESYNC")
        except IMAPClientError:
            return False

    def sent_folder(self) -> str | None:
        """The folder with what was sent: the one that is set, that the server marks, or that is named so."""
        return self.config.sent_folder or self._marked(_SENT_FLAG, _SENT_NAMES)

    def spam_folder(self) -> str | None:
        """The folder with what the server holds for spam, found in the same way."""
        return self.config.spam_folder or self._marked(_JUNK_FLAG, _JUNK_NAMES)

    def drafts_folder(self) -> str | None:
        """The folder that the server marks as that of drafts."""
        return self._marked(_DRAFTS_FLAG, ())

    def _marked(self, flag: bytes, names: Sequence[str]) -> str | None:
        with errors(self.where, self.config):
            folders = self.client.list_folders()
        if (marked := next((str(name) for flags, _, name in folders if flag in flags), None)) is not None:
            return marked
        there = {str(name) for _, _, name in folders}
        return next((one for one in names if one in there), None)

    def select(self, folder: str) -> Selected:
        """Open a folder; read only, unless mails are to be marked.

        :raises NoFolder: if there is none.
        """
        with errors(self.where, self.config):
            try:
                found = self.client.select_folder(folder, readonly=not self.config.mark_seen)
            except IMAPClientError as no:
                if "AUTHENTICATIONFAILED" in str(no):
                    raise
                raise NoFolder(f"The folder {folder} cannot be opened: {no}. Check its name in the settings.") from None
        uidnext = int(found.get(b"UIDNEXT", 0)) or self._next_uid(folder)
        return Selected(int(found[b"UIDVALIDITY"]), uidnext, modseq_of(found) if self.counts else None)

    def _next_uid(self, folder: str) -> int:
        with errors(self.where, self.config):
            return int(self.client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"])

    def after(self, uid: int) -> Sequence[int]:
        """UIDs above one. (``n:*`` names the last mail even if its number is smaller.)"""
        with errors(self.where, self.config):
            return sorted(found for found in self.client.search(["UID", f"{uid + 1}:*"]) if found > uid)

    def changes(self, above: int, modseq: int) -> Changes:
        """What changed among mails above a UID since the folder stood at ``modseq``."""
        since = f"(CHANGEDSINCE {modseq}{' VANISHED' if self.tells_vanished else ''})"
        line = self.client._imap  # noqa: SLF001 the library knows neither ranges in FETCH nor VANISHED; imaplib passes both on
        with errors(self.where, self.config):
            said, found = line.uid("FETCH", f"{above + 1}:*", "(UID)", since)
            told = line.response("VANISHED")[1]
            if said != "OK":
                raise IMAPClientError(f"it does not tell what changed: {found!r}"[:300])
        return Changes(tuple(uid for uid in uids_in(found) if uid > above), ranges_in(told or ()))

    def since(self, day: date) -> Sequence[int]:
        """UIDs of mails that arrived on that day or later."""
        with errors(self.where, self.config):
            return sorted(self.client.search(["SINCE", day]))

    def fetch(self, uid: int) -> OnServer | None:
        """One mail, left unread; None if it is gone.

        :raises Unfetchable: if it is too large, or the server cannot give this one.
        """
        with errors(self.where, self.config):
            try:
                asked = ["RFC822.SIZE", "INTERNALDATE", *(["X-GM-THRID"] if self.client.has_capability("X-GM-EXT-1") else [])]
                about = cast("dict[bytes, Any]", self.client.fetch([uid], asked).get(uid) or {})
                if not about:
                    return None
                size = int(about.get(b"RFC822.SIZE", 0))
                if size > MOST_BYTES:
                    raise Unfetchable(f"It has {size / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} MB are the limit.")
                body = (self.client.fetch([uid], ["BODY.PEEK[]"]).get(uid) or {}).get(b"BODY[]")
            except IMAPClientError as no:
                if self._is_alive():
                    raise Unfetchable(f"The server cannot give it: {no}") from None
                raise
        if body is None:
            return None
        arrived = about.get(b"INTERNALDATE")
        at = arrived.astimezone(UTC) if isinstance(arrived, datetime) else datetime.now(UTC)
        return OnServer(bytes(body), at, str(about.get(b"X-GM-THRID", "")))

    def _is_alive(self) -> bool:
        try:
            self.client.noop()
        except Exception:
            return False
        return True

    def seen(self, uid: int) -> None:
        """Mark a mail as read."""
        with errors(self.where, self.config):
            self.client.add_flags([uid], [SEEN])

    def listen(self) -> None:
        """Begin to wait for what the server tells (IDLE).

        :raises NoIdle: if it cannot tell.
        """
        with errors(self.where, self.config):
            if not self.client.has_capability("IDLE"):
                raise NoIdle
            self.client.idle()

    def told(self, seconds: float) -> bool:
        """Whether the server told of something within so long."""
        with errors(self.where, self.config):
            return bool(self.client.idle_check(timeout=seconds))

    def hush(self) -> None:
        """Wait no longer."""
        with errors(self.where, self.config):
            self.client.idle_done()


class Unfetchable(Exception):
    """This one mail cannot be had; others can."""


class NoIdle(Exception):
    """The server cannot tell of new mail; it has to be asked."""
