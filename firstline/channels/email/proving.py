"""Whether a mail is from who it says, found out before it is taken in, and kept with it as what a server found out.

Bounded in time. Without an answer of the name servers a mail is not proven, and taken in all the same.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from firstline.channels.email import addresses
from firstline.channels.email.authentication import is_judged, organisation
from firstline.channels.email.config import EmailConfig
from firstline.channels.email.dkim import HEAD, Signature, Signed, proves, signed_in
from firstline.channels.email.headers import Headers
from firstline.kit.clock import Clock
from firstline.kit.errors import Retry

if TYPE_CHECKING:
    from firstline.channels.email.keys import Keys

log = structlog.get_logger(__name__)

SECONDS = 5.0
"""For all keys of one mail."""
SILENT = 5
"""Organisations in a row whose name servers gave no answer, until none are asked for :data:`REST`: an installation without name
servers shall not wait for each mail, and one slow sender shall not end the proving of others."""
REST = timedelta(minutes=2)


class Proving:
    """One for each process.

    :param keys: of the system's name servers, unless given.
    """

    def __init__(self, clock: Clock, keys: "Keys | None" = None) -> None:
        self.clock = clock
        self._keys = keys
        self._silent: set[str] = set()
        self._rests_until: datetime | None = None

    async def domains(self, config: EmailConfig, raw: bytes, at: datetime) -> tuple[str, ...]:
        """The domains that signed a mail, of those that belong to the organisation it says to be from.

        None where one's own server has judged the mail, or the account does not want it.
        """
        if not config.check_signatures or (self._rests_until is not None and self.clock.now() < self._rests_until):
            return ()
        signed, wanted = await asyncio.to_thread(_wanted, config, raw, at)
        if signed is None or not wanted:
            return ()
        records = await asyncio.gather(*[self._record(one) for one in wanted])
        known = [(one, record) for one, record in zip(wanted, records, strict=True) if record is not None]
        self._note(organisation(wanted[0].domain), answered=bool(known))
        return await asyncio.to_thread(_proven, signed, known)

    async def _record(self, signature: Signature) -> str | None:
        """The record of a signature's key; None if nobody says."""
        if self._keys is None:
            from firstline.channels.email.keys import Keys

            self._keys = Keys()
        try:
            async with asyncio.timeout(SECONDS):
                return await self._keys.record(signature.where, SECONDS)
        except (TimeoutError, Retry) as error:
            log.info("mail.key_unknown", reason=type(error).__name__)
            return None

    def _note(self, whose: str, *, answered: bool) -> None:
        if answered:
            self._silent.clear()
            return
        self._silent.add(whose)
        if len(self._silent) >= SILENT:
            self._silent.clear()
            self._rests_until = self.clock.now() + REST


def _wanted(config: EmailConfig, raw: bytes, at: datetime) -> tuple[Signed | None, Sequence[Signature]]:
    """A mail's signatures whose keys are worth asking for: of the organisation that it says to be from."""
    headers = Headers.read(raw[:HEAD].partition(b"\r\n\r\n")[0])
    sender = addresses.one(headers.first("from"))
    if sender is None or is_judged(headers, config.trusted_servers):
        return None, ()
    signed = signed_in(raw, at)
    ours = organisation(sender.domain)
    return signed, [one for one in signed.signatures if organisation(one.domain) == ours] if signed else ()


def _proven(signed: Signed, known: Sequence[tuple[Signature, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.domain for one, record in known if record and proves(signed, one, record)))
