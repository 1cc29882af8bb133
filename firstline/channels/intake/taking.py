"""Taking a delivery in: kept as it came, parsed, each part applied on its own; what fails becomes a dead letter."""

from collections.abc import Callable, Mapping, Sequence

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from firstline.channels.abilities import Interrupting
from firstline.channels.base import Account, Channel, Hooked, RawRequest
from firstline.channels.happenings import Happening, Parsed, Problem
from firstline.channels.intake import applying, letters
from firstline.channels.interrupting import Naming
from firstline.channels.refusals import in_words
from firstline.channels.tables import raw_delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Refused
from firstline.kit.ids import new_id

log = structlog.get_logger(__name__)

Parse = Callable[[Account, RawRequest], Parsed]
Settle = Callable[[Tx, Account, Happening], Happening]
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "x-api-key"}


class Intake:
    """Where deliveries of all channels come in."""

    def __init__(self, database: Database, channels: Mapping[str, Channel]) -> None:
        self.database = database
        self.channels = channels

    async def take(self, account: Account, request: RawRequest) -> bool:
        """Keep a raw delivery, parse and apply it, in one transaction. False if something in it became a dead letter."""
        return await self.database.tx(take, self.parser(account), account, request)

    async def apply(self, account: Account, *happenings: Happening) -> None:
        """Apply happenings that have no raw form, such as notices about the account."""
        await self.database.tx(_apply_all, account, happenings)

    def parser(self, account: Account) -> Parse:
        """The present parser of an account's channel."""
        channel: object = self.channels.get(account.kind)
        return channel.parse if isinstance(channel, Hooked) else _no_parser


def take(tx: Tx, parse: Parse, account: Account, request: RawRequest) -> bool:
    """The transaction of :meth:`Intake.take`."""
    (kept,) = keep(tx, account, [request])
    problems = process(tx, parse, account, request)
    for position, problem in enumerate(problems):
        letters.write(tx, account.id, kept, position, problem)
    return not problems


def keep(
    tx: Tx,
    account: Account,
    requests: Sequence[RawRequest],
    channel: object = None,
    *,
    waits: bool = False,
    bring: bool = False,
) -> list[str]:
    """Store deliveries byte for byte; returns their ids. Passwords in headers are not kept. Their times keep their order.

    :param waits: they are applied later, by a job. :param bring: what they point to is fetched first.
    """
    rows = [
        _row(tx, account, request, waits=waits) | {"whom": None, "bring_at": tx.now if bring else None} for request in requests
    ]
    if waits or bring:
        for row, request in zip(rows, requests, strict=True):
            row["interrupts"], row["whom"] = _interruption(tx, account, request, channel)
    tx.execute(insert(raw_delivery), rows)
    return [str(row["id"]) for row in rows]


def _interruption(tx: Tx, account: Account, request: RawRequest, channel: object) -> tuple[bool, list[str] | None]:
    """Whether a delivery may take the word from the agent, and with whom; None where ids are looked for in its bytes."""
    if isinstance(channel, Naming):
        whom = [one.replace("\x00", "") for one in channel.takes_the_word_with(tx, account, request)]
        return bool(whom), whom
    return isinstance(channel, Interrupting) and channel.interrupts(request), None


def _row(tx: Tx, account: Account, request: RawRequest, *, waits: bool) -> dict[str, object]:
    headers = {name: value for name, value in request.headers.items() if name not in _SECRET_HEADERS}
    return {
        "id": new_id("raw"),
        "channel_account_id": account.id,
        "method": request.method,
        "rest": _clean(request.rest),
        "query": {_clean(key): _clean(value) for key, value in request.query.items()},
        "headers": {_clean(key): _clean(value) for key, value in headers.items()},
        "body": request.body,
        "url": _clean(request.url),
        "at": request.at or tx.now,
        "waits": waits,
    }


def process(tx: Tx, parse: Parse, account: Account, request: RawRequest) -> list[Problem]:
    """Parse a delivery and apply what it holds; returns what could not be parsed or applied."""
    parsed = read(parse, account, request)
    return [*parsed.problems, *applied(tx, account, parsed.happenings, parsed.settle)]


def read(parse: Parse, account: Account, request: RawRequest) -> Parsed:
    """Parse a delivery; one that cannot be read at all is a problem as a whole."""
    try:
        return parse(account, request)
    except Exception as error:  # whatever a parser raises must not make the provider deliver for days
        log.warning("channels.unparsable", account=account.id, kind=account.kind, error=type(error).__name__)
        return Parsed(problems=(Problem(f"It could not be read: {in_words(error)}"[:500], request.body),))


def applied(tx: Tx, account: Account, happenings: Sequence[Happening], settle: Settle | None = None) -> list[Problem]:
    """Apply each happening under a savepoint of its own: a bad one never drops its siblings.

    A failure of the database itself is passed on, so that the provider keeps the delivery for us.
    """
    problems = []
    for happening in applying.in_order(happenings):
        try:
            with tx.savepoint():
                applying.apply(tx, account, settle(tx, account, happening) if settle else happening)
        except Refused as no:
            problems.append(Problem(f"It was refused: {no.message}"[:500], _shown(happening)))
        except IntegrityError:
            try:  # another worker was faster with the same one: the second time it is found
                with tx.savepoint():
                    applying.apply(tx, account, settle(tx, account, happening) if settle else happening)
            except IntegrityError as error:
                problems.append(Problem(f"It contradicts what is stored: {error.orig}"[:500], _shown(happening)))
        except DBAPIError as error:
            if not _about_data(error):
                raise
            problems.append(Problem(f"It cannot be stored: {error.orig}"[:500], _shown(happening)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.exception("channels.inapplicable", account=account.id, happening=type(happening).__name__)
            problems.append(Problem(f"It could not be applied: {in_words(error)}"[:500], _shown(happening)))
    return problems


def applied_together(tx: Tx, account: Account, meant: Sequence[tuple[Happening, Settle | None]]) -> bool:
    """Apply several under one savepoint: each of its own costs two statements. False if one of them is bad: then nothing
    happened, and each is to be applied for itself.

    A failure of the database itself is passed on.
    """
    try:
        with tx.savepoint():
            for happening, settle in meant:
                applying.apply(tx, account, settle(tx, account, happening) if settle else happening)
    except DBAPIError as error:
        if not isinstance(error, IntegrityError) and not _about_data(error):
            raise
        return False
    except (Refused, ValueError, TypeError, KeyError, AttributeError):
        return False
    return True


def _about_data(error: DBAPIError) -> bool:
    """Whether PostgreSQL refused a value (class 22) rather than failed."""
    state = getattr(error.orig, "sqlstate", None)
    return not error.connection_invalidated and isinstance(state, str) and state.startswith("22")


def _shown(happening: Happening) -> bytes:
    return repr(happening).encode("utf-8", "backslashreplace")[:20_000]


def _apply_all(tx: Tx, account: Account, happenings: Sequence[Happening]) -> None:
    for happening in happenings:
        applying.apply(tx, account, happening)


def _no_parser(account: Account, request: RawRequest) -> Parsed:
    raise LookupError(f"this installation has no channel of kind {account.kind} that takes deliveries")


def _clean(text: str) -> str:
    return text.replace("\x00", "")[:8000]
