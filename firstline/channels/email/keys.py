"""Senders' keys at their name servers: text records, asked for through the system's resolver.

Loaded when it is first needed: the library takes longer to load than the rest of the channel.
"""

import dns.asyncresolver
import dns.exception
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

from firstline.channels.email.dkim import KEY
from firstline.kit.errors import Retry

KEPT = 1_000
"""Answers that are kept, each as long as its name server allows."""


class Keys:
    """:param resolver: the system's, unless given."""

    def __init__(self, resolver: dns.asyncresolver.Resolver | None = None) -> None:
        self._resolver = resolver

    async def record(self, name: str, seconds: float) -> str:
        """The one text record of a name; empty if there is none, or several: then nobody can tell which counts.

        :param seconds: for everything. :raises Retry: if no name server says.
        """
        try:
            answer = await self._asked().resolve(name, "TXT", lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ""
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise Retry(60.0, f"The key {name} cannot be had: {type(error).__name__}.") from None
        texts = [b"".join(one.strings) for one in answer if isinstance(one, TXTBase)]
        return texts[0][: KEY + 1].decode("ascii", "replace") if len(texts) == 1 else ""

    def _asked(self) -> dns.asyncresolver.Resolver:
        """:raises dns.resolver.NoResolverConfiguration: if the system has none."""
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver()
            self._resolver.cache = dns.resolver.LRUCache(KEPT)
        return self._resolver
