"""Taking in what is new in one folder of a mailbox; nothing is passed over without a trace."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from firstline.channels import attention
from firstline.channels.base import Account, Intake, RawRequest
from firstline.channels.email import mailboxes
from firstline.channels.email.authentication import PROVEN
from firstline.channels.email.config import EmailConfig
from firstline.channels.email.imap import NoIdle, Selected, Unfetchable
from firstline.channels.email.mailboxes import GONE, Cursor
from firstline.channels.email.proving import Proving
from firstline.channels.happenings import Notice
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Refused

log = structlog.get_logger(__name__)

MISSING = "mails_missing"
IDLE = 540.0
"""Seconds of one IDLE: some servers end it after ten minutes without a word."""
STEP = 5.0
"""Seconds after which, while waiting, somebody who asks for a repair is noticed."""
AUDIT_EVERY = timedelta(hours=1)
RENUMBERED = timedelta(days=2)
"""How far back mails are looked at again after the server numbered them anew; those known are recognised."""


def _nothing_missing(tx: Tx, account_id: str) -> None:
    """The account's note about missing mails has done its work."""
    if mailboxes.missing_anywhere(tx, account_id) == 0:
        attention.settled(tx, account_id, MISSING)


class Reader:
    """Takes in what is new in one folder."""

    def __init__(
        self,
        database: Database,
        proving: Proving,
        account: Account,
        config: EmailConfig,
        intake: Intake,
        line: Any,
        folder: str,
        what: str,
    ) -> None:
        self.database = database
        self.proving = proving
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
        at, selected = await self._cursor()
        for uid in await self._new(at, selected):
            await self._take(at, uid)
        for uid in await self.database.tx(mailboxes.open_ones, self.account.id, at):
            await self._take(at, uid)
        await self.database.tx(mailboxes.looked, self.account.id, self.folder, selected.modseq)
        now = self.database.clock.now()
        if at.repair or self._audited is None or now - self._audited >= AUDIT_EVERY:
            await self.audit()
            self._audited = now

    async def _new(self, at: Cursor, selected: Selected) -> Sequence[int]:
        """Mails that have no row yet. Where the server counts changes (CONDSTORE), only these are asked for, and a mail that it
        listed too late is among them; what is gone is noted, where it tells (QRESYNC)."""
        behind = selected.uidnext - 1 > at.cursor
        if at.modseq is None or selected.modseq is None or selected.modseq < at.modseq:
            return await self._after(at)
        if selected.modseq == at.modseq:
            return await self._after(at) if behind else ()
        modseq = at.modseq
        changes = await self.line(lambda box: box.changes(at.baseline, modseq))
        if changes.vanished:
            await self.database.tx(mailboxes.vanished, self.account.id, at, changes.vanished)
            await self.database.tx(_nothing_missing, self.account.id)
        changed: Sequence[int] = await self.database.tx(mailboxes.unsettled, self.account.id, at, changes.uids)
        return sorted({*changed, *(await self._after(at) if behind and not changed else ())})

    async def _after(self, at: Cursor) -> Sequence[int]:
        found: Sequence[int] = await self.line(lambda box: box.after(at.cursor))
        return found

    async def audit(self) -> None:
        """Compare the server's mails with those taken, take what was missed, and say what cannot be had."""
        at, _ = await self._cursor()
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

    async def _cursor(self) -> tuple[Cursor, Selected]:
        """How far we are. The server may have numbered its mails anew; then recent ones are looked at again."""
        selected = await self.line(lambda box: box.select(self.folder))
        known = await self.database.tx(mailboxes.where, self.account.id, self.folder)
        if known is not None and known.uidvalidity == selected.uidvalidity:
            return known, selected
        baseline = selected.uidnext - 1
        if known is not None:
            day = (self.database.clock.now() - RENUMBERED).date()
            recent = await self.line(lambda box: box.since(day))
            baseline = min(recent, default=selected.uidnext) - 1
            log.info("mailbox.renumbered", account=self.account.id, folder=self.folder, again=len(recent))
        begun: Cursor = await self.database.tx(mailboxes.begin, self.account.id, self.folder, selected.uidvalidity, baseline)
        return begun, selected

    async def _take(self, at: Cursor, uid: int) -> None:
        try:
            mail = await self.line(lambda box: box.fetch(uid))
            if mail is None:
                await self.database.tx(mailboxes.settle, self.account.id, at, uid, "gone", GONE)
                return
            arrived = min(mail.arrived, self.database.clock.now())
            proven = await self.proving.domains(self.config, mail.raw, arrived) if self.what != "sent" else ()
            told = {"x-gm-thrid": mail.gmail_thread, PROVEN: ",".join(proven)}
            request = RawRequest(
                "IMAP",
                f"imap/{self.folder}/{at.uidvalidity}/{uid}",
                {"folder": self.what},
                {name: value for name, value in told.items() if value},
                body=mail.raw,
                at=arrived,
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
