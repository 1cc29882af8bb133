"""A name server on loopback that speaks DNS, and what it has been asked."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from firstline.channels.email.keys import Keys

SILENT, FAILING, LYING = "silent", "failing", "lying"
"""Instead of records: it does not answer; it says that it failed; it answers what is no DNS."""


class NameServer:
    """Answers by UDP what it was given; whatever else does not exist."""

    def __init__(self, records: Mapping[str, str | Sequence[str]]) -> None:
        self.records = dict(records)
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def keys(self) -> Keys:
        """Asks this server and no other."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], int(self._socket.getsockname()[1])
        return Keys(resolver)

    def close(self) -> None:
        """It answers no more."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                data, whom = self._socket.recvfrom(4_096)
            except OSError:
                return
            if not data:
                return
            if (said := self._answer(data)) is not None:
                self._socket.sendto(said, whom)

    def _answer(self, data: bytes) -> bytes | None:
        asked = dns.message.from_wire(data)
        name = asked.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        found, answer = self.records.get(name), dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        if found == SILENT:
            return None
        if found == LYING:
            return data[:2] + b"\xff" * 40
        if found is None or found == FAILING:
            answer.set_rcode(dns.rcode.NXDOMAIN if found is None else dns.rcode.SERVFAIL)
            return answer.to_wire()
        texts = [found] if isinstance(found, str) else found
        quoted = [" ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text) or 1, 255)) for text in texts]
        answer.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "TXT", *quoted))
        return answer.to_wire(max_size=60_000)


@contextlib.contextmanager
def naming(records: Mapping[str, str | Sequence[str]]) -> Iterator[NameServer]:
    """A name server, while the block lasts."""
    server = NameServer(records)
    try:
        yield server
    finally:
        server.close()
