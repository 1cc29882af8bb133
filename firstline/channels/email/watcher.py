"""Reading a mailbox: which of its folders are followed, and over which connections."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from firstline.channels.base import Account, Intake
from firstline.channels.email import mailboxes
from firstline.channels.email.config import EmailConfig, config_of, secret
from firstline.channels.email.imap import Mailbox, NoFolder
from firstline.channels.email.kinds import Sign
from firstline.channels.email.proving import Proving
from firstline.channels.email.reading import STEP, Reader
from firstline.channels.email.tokens import Tokens
from firstline.channels.happenings import Notice
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Rejected, Retry

T = TypeVar("T")

FOLDER_MISSING = "mail_folder_missing"


class Watcher:
    """Reads the mailbox of an account until it is cancelled."""

    def __init__(self, database: Database, tokens: Tokens, proving: Proving) -> None:
        self.database = database
        self.tokens = tokens
        self.proving = proving

    async def run(self, account: Account, intake: Intake) -> None:
        """Follow the folder of incoming mail and the one of what was sent, each over a connection of its own; all further folders
        share one, and are looked at now and then.

        :raises Retry: if the server goes away. :raises Rejected: if it refuses, with the cure.
        """
        config, sent_is_read = config_of(account), asyncio.Event()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follow_inbox(account, config, intake, sent_is_read))
            if config.watch_sent:
                both.create_task(self._follow_sent(account, config, intake, sent_is_read))
            else:
                sent_is_read.set()
            if config.watch_spam or config.more_folders:
                both.create_task(self._follow_others(account, config, intake, sent_is_read))

    async def check(self, account: Account) -> str:
        """Connect, sign in and open the folder; says what is there.

        :raises Rejected: with cause and cure.
        """
        config = config_of(account)
        async with self._opened(account, config) as line:
            await line(lambda box: box.select(config.folder))
            sent = await line(lambda box: box.sent_folder()) if config.watch_sent else None
            further = await line(lambda box: _further(box, config))
            if further.refused:
                raise Rejected(further.refused)
            for name in further.folders:
                await line(lambda box, name=name: box.select(name))
        more = f", {' and '.join(further.folders)} as well" if further.folders else ""
        return f"{config.folder} can be read{more}" + (f", and {sent} tells what is sent elsewhere" if sent else "")

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
            reader = Reader(self.database, self.proving, account, config, intake, line, config.folder, "inbox")
            await reader.open()
            await sent_is_read.wait()
            await reader.follow()

    async def _follow_others(self, account: Account, config: EmailConfig, intake: Intake, sent_is_read: asyncio.Event) -> None:
        """The spam folder and whatever else is to be read. One that is not there does not hold up the others."""
        async with self._opened(account, config) as line:
            found, told = await line(lambda box: _further(box, config)), None
            folders = found.folders.items()
            readers = [Reader(self.database, self.proving, account, config, intake, line, name, what) for name, what in folders]
            await sent_is_read.wait()
            while True:
                trouble = " ".join(filter(None, (found.refused, *[await _looked(reader) for reader in readers])))
                if trouble != told:
                    notice = Notice(
                        FOLDER_MISSING, trouble, "Change it in the mailbox's settings.", broken=False, over=not trouble
                    )
                    await intake.apply(account, notice)
                    told = trouble
                await self._rest(account, config, list(found.folders))

    async def _rest(self, account: Account, config: EmailConfig, folders: Sequence[str]) -> None:
        """Until it is time to look again, or somebody asks for a repair."""
        left = float(config.poll_seconds)
        while left > 0:
            await self.database.clock.sleep(step := min(left, STEP))
            left -= step
            if await self.database.tx(_wants_repair, account.id, folders):
                return

    async def _follow_sent(self, account: Account, config: EmailConfig, intake: Intake, is_read: asyncio.Event) -> None:
        """Ends where the server has no folder for what was sent."""
        try:
            async with self._opened(account, config) as line:
                name = await line(lambda box: box.sent_folder())
                if name is None:
                    return
                reader = Reader(self.database, self.proving, account, config, intake, line, name, "sent")
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


@dataclass(frozen=True)
class Further:
    """What is read beside the folder of incoming mail and the one of what was sent."""

    folders: Mapping[str, str]
    """By name what lies in each: ``inbox`` or ``spam``."""
    refused: str = ""
    """Why something that was asked for is not read."""


def _further(box: Mailbox, config: EmailConfig) -> Further:
    """The spam folder, if it is to be read, and those that are named; each once, and none that is read anyway."""
    spam = box.spam_folder() if config.watch_spam else None
    refused = "No folder for spam was found on the server. Enter its name." if config.watch_spam and spam is None else ""
    drafts = box.drafts_folder() if config.more_folders else None
    if drafts in config.more_folders:
        refused = " ".join(filter(None, (refused, f"The folder {drafts} is not read: it holds what was not sent.")))
    read = {config.folder.casefold(), ((box.sent_folder() if config.watch_sent else None) or config.folder).casefold()}
    found = {name: "inbox" for name in config.more_folders if name != drafts} | ({spam: "spam"} if spam else {})
    return Further({name: what for name, what in found.items() if name.casefold() not in read}, refused)


async def _looked(reader: Reader) -> str:
    """Why a folder could not be looked at, because it is not there."""
    try:
        await reader.look()
    except NoFolder as no:
        return no.reason
    return ""


def _wants_repair(tx: Tx, account_id: str, folders: Sequence[str]) -> bool:
    return any(mailboxes.wants_repair(tx, account_id, folder) for folder in folders)


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
