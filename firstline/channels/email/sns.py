"""What Amazon SNS wants fetched: its certificates, and the confirmation of a subscription. In the background: the delivery is
answered at once, and SNS delivers again."""

import asyncio
import threading

import structlog

from firstline.kit.errors import Rejected, Retry
from firstline.kit.outbound import Outbound

log = structlog.get_logger(__name__)


class Sns:
    """Certificates by address, kept for the life of the process. Their addresses were checked to be Amazon's."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self.allow_private = allow_private
        self._known: dict[str, bytes] = {}
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    def certificate(self, address: str) -> bytes | None:
        """The certificate, or None while it is being fetched."""
        if (found := self._known.get(address)) is not None:
            return found
        self._start(address, keep=True)
        return None

    def confirm(self, link: str) -> None:
        """Visit the link by which a subscription is confirmed."""
        self._start(link, keep=False)

    def _start(self, address: str, *, keep: bool) -> None:
        with self._lock:
            if address in self._under_way or len(self._known) > 100:
                return
            self._under_way.add(address)
        threading.Thread(target=self._fetch, args=(address, keep), name="sns", daemon=True).start()

    def _fetch(self, address: str, keep: bool) -> None:
        try:
            body = asyncio.run(self._get(address))
            if keep:
                self._known[address] = body
        except (Retry, Rejected) as error:
            log.warning("sns.not_fetched", reason=error.reason)
        finally:
            with self._lock:
                self._under_way.discard(address)

    async def _get(self, address: str) -> bytes:
        async with Outbound(allow_private=self.allow_private) as out:
            answer = await out.request("GET", address, most=200_000, seconds=20.0)
        if answer.status != 200:
            raise Retry(60.0, f"Amazon answered {answer.status}.")
        return answer.body
