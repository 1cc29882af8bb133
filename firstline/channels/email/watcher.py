"""Reading a mailbox: told by the server (IDLE) and by looking again and again; nothing is passed over without a trace."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from firstline.channels import attention
from firstline.channels.base import Account, Intake, RawRequest
from firstline.channels.email import mailboxes
from firstline.channels.email.config import EmailConfig, Sign, config_of, secret
from firstline.channels.email.imap import Mailbox, NoFolder, NoIdle, Unfetchable
from firstline.channels.email.mailboxes import Cursor
from firstline.channels.email.tokens import Tokens
from firstline.channels.happenings import Notice
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Refused, Rejected, Retry

log = structlog.get_logger(__name__)
T = TypeVar("T")

MISSING = "mails_missing"
IDLE = 540.0
"""Seconds of one IDLE: some servers end it after ten minutes without a word."""
STEP = 5.0
"""Seconds after which, while waiting, somebody who asks for a repair is noticed."""
AUDIT_EVERY = timedelta(hours=1)
RENUMBERED = timedelta(days=2)
"""How far back mails are looked at again after the server numbered them anew; those known are recognised."""


class Watcher:
    """Reads the mailbox of an account until it is cancelled."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self.database = database
        self.tokens = tokens

    async def run(self, account: Account, intake: Intake) -> None:
        """Follow the folder of incoming mail and the one of what was sent, each over a connection of its own.

        :raises Retry: if the server goes away. :raises Rejected: if it refuses, with the cure.
        """
        config, sent_is_read = config_of(account), asyncio.Event()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follow_inbox(account, config, intake, sent_is_read))
            if config.watch_sent:
                both.create_task(self._follow_sent(account, config, intake, sent_is_read))
            else:
                sent_is_read.set()

    async def check(self, account: Account) -> str:
        """Connect, sign in and open the folder; says what is there.

        :raises Rejected: with cause and cure.
        """
        config = config_of(account)
        async with self._opened(account, config) as line:
            await line(lambda box: box.select(config.folder))
            sent = await line(lambda box: box.sent_folder()) if config.watch_sent else None
        return f"{config.folder} can be read" + (f", and {sent} tells what is sent elsewhere" if sent else "")

    @contextlib.asynccontextmanager
    async def _opened(self, account: Account, config: EmailConfig) -> "Any":
        """A connection with its thread; what hangs in it is torn off when the block ends."""
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
        box: Mailbox | None = None
        try:
            opened = box = await self._signed_in(account, config, thread)

            async def line(act: Callable[[Mailbox], T]) -> T:
                return await loop.run_in_executor(thread, act, opened)

            yield line
        finally:
            if box is not None:
                box.close()
            thread.shutdown(wait=False)

    async def _signed_in(self, account: Account, config: EmailConfig, thread: ThreadPoolExecutor) -> Mailbox:
        held = config.sign_in is not Sign.PASSWORD and self.tokens.holds(account)
        token = None if config.sign_in is Sign.PASSWORD else await self.tokens.token(account)
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(thread, Mailbox, config, secret(account, "password"), token)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_closed_when_open)
            raise
        except Rejected:
            self.tokens.forget(account)
            if not held:
                raise
        return await self._signed_in(account, config, thread)

    async def _follow_inbox(self, account: Account, config: EmailConfig, intake: Intake, sent_is_read: asyncio.Event) -> None:
        """What people sent while nobody looked is read first, so that the agent does not answer what they answered."""
        async with self._opened(account, config) as line:
            reader = Reader(self.database, account, config, intake, line, config.folder, "inbox")
            await reader.open()
            await sent_is_read.wait()
            await reader.follow()

    async def _follow_sent(self, account: Account, config: EmailConfig, intake: Intake, is_read: asyncio.Event) -> None:
        """Ends where the server has no folder for what was sent."""
        try:
            async with self._opened(account, config) as line:
                name = await line(lambda box: box.sent_folder())
                if name is None:
                    return
                reader = Reader(self.database, account, config, intake, line, name, "sent")
                try:
                    await reader.open()
                except NoFolder:
                    return
                await reader.look()
                is_read.set()
                await reader.follow()
        finally:
            is_read.set()


def _closed_when_open(opening: "asyncio.Future[Mailbox]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _nothing_missing(tx: Tx, account_id: str) -> None:
    """The account's note about missing mails has done its work."""
    if mailboxes.missing_anywhere(tx, account_id) == 0:
        attention.settled(tx, account_id, MISSING)


class Reader:
    """Takes in what is new in one folder."""

    def __init__(
        self, database: Database, account: Account, config: EmailConfig, intake: Intake, line: Any, folder: str, what: str
    ) -> None:
        self.database = database
        self.account = account
        self.config = config
        self.intake = intake
        self.line = line
        self.folder = folder
        self.what = what
        self._audited: datetime | None = None
        self._told: bool | None = None

    async def open(self) -> None:
        """Open the folder."""
        await self.line(lambda box: box.select(self.folder))

    async def follow(self) -> None:
        """Look, wait, look again."""
        while True:
            await self.look()
            await self._wait()

    async def look(self) -> None:
        """Take in what is new, then try again what failed; once in a while compare everything."""
        at = await self._cursor()
        for uid in await self.line(lambda box: box.after(at.cursor)):
            await self._take(at, uid)
        for uid in await self.database.tx(mailboxes.open_ones, self.account.id, at):
            await self._take(at, uid)
        await self.database.tx(mailboxes.looked, self.account.id, self.folder)
        now = self.database.clock.now()
        if at.repair or self._audited is None or now - self._audited >= AUDIT_EVERY:
            await self.audit()
            self._audited = now

    async def audit(self) -> None:
        """Compare the server's mails with those taken, take what was missed, and say what cannot be had."""
        at = await self._cursor()
        listed = await self.line(lambda box: box.after(at.baseline))
        lost = await self.database.tx(mailboxes.compared, self.account.id, at, listed)
        for uid in lost:
            await self._take(at, uid)
        if lost:
            await self.database.tx(mailboxes.compared, self.account.id, at, listed)
        found = {one.folder: one for one in await self.database.tx(mailboxes.audits, self.account.id)}
        if (audit := found.get(self.folder)) is not None and audit.missing:
            cure = "Open the mailbox's page to see why, and choose Repair to try again."
            await self.intake.apply(self.account, Notice(MISSING, audit.sentence, cure, broken=False))
        else:
            await self.database.tx(_nothing_missing, self.account.id)

    async def _cursor(self) -> Cursor:
        """How far we are. The server may have numbered its mails anew; then recent ones are looked at again."""
        selected = await self.line(lambda box: box.select(self.folder))
        known = await self.database.tx(mailboxes.where, self.account.id, self.folder)
        if known is not None and known.uidvalidity == selected.uidvalidity:
            return known
        baseline = selected.uidnext - 1
        if known is not None:
            day = (self.database.clock.now() - RENUMBERED).date()
            recent = await self.line(lambda box: box.since(day))
            baseline = min(recent, default=selected.uidnext) - 1
            log.info("mailbox.renumbered", account=self.account.id, folder=self.folder, again=len(recent))
        begun: Cursor = await self.database.tx(mailboxes.begin, self.account.id, self.folder, selected.uidvalidity, baseline)
        return begun

    async def _take(self, at: Cursor, uid: int) -> None:
        try:
            mail = await self.line(lambda box: box.fetch(uid))
            if mail is None:
                await self.database.tx(mailboxes.settle, self.account.id, at, uid, "gone", "It was deleted before it was read.")
                return
            request = RawRequest(
                "IMAP",
                f"imap/{self.folder}/{at.uidvalidity}/{uid}",
                {"folder": self.what},
                {"x-gm-thrid": mail.gmail_thread} if mail.gmail_thread else {},
                body=mail.raw,
                at=min(mail.arrived, self.database.clock.now()),
            )
            if await self.intake.take(self.account, request):
                await self.database.tx(mailboxes.settle, self.account.id, at, uid, "taken")
            else:
                reason = "It could not be read; the delivery is among the dead letters."
                await self.database.tx(mailboxes.settle, self.account.id, at, uid, "tombstone", reason)
        except (Unfetchable, Refused, ValueError, LookupError, TypeError) as error:
            state = await self.database.tx(mailboxes.failed, self.account.id, at, uid, str(error) or type(error).__name__)
            log.warning("mailbox.not_taken", account=self.account.id, folder=self.folder, uid=uid, state=state)
            return
        if self.config.mark_seen and self.what == "inbox":
            await self.line(lambda box: box.seen(uid))

    async def _wait(self) -> None:
        """Until the server tells of something, it is time to look again, or somebody asks for a repair."""
        left = min(float(self.config.poll_seconds), IDLE)
        told = await self._listens()
        if told != self._told:
            await self.database.tx(mailboxes.tells, self.account.id, self.folder, told)
            self._told = told
        while left > 0:
            step = min(left, STEP)
            if not told:
                await self.database.clock.sleep(step)
            elif await self.line(lambda box, step=step: box.told(step)):
                break
            left -= step
            if left > 0 and await self.database.tx(mailboxes.wants_repair, self.account.id, self.folder):
                break
        if told:
            await self.line(lambda box: box.hush())

    async def _listens(self) -> bool:
        try:
            await self.line(lambda box: box.listen())
        except NoIdle:
            return False
        return True


def first_of(group: BaseExceptionGroup) -> BaseException:
    """What went wrong, of two connections that end together: what needs a person before what passes by itself."""
    flat = list(_flat(group))
    order = (Rejected, Retry)
    return next((one for kind in order for one in flat if isinstance(one, kind)), flat[0])


def _flat(group: BaseExceptionGroup) -> "list[BaseException]":
    found: list[BaseException] = []
    for one in group.exceptions:
        found += _flat(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found
