"""HTTP to addresses that people or customers' content named: public addresses only, within limits.

A name is resolved once for each request, every address it has is checked, and the connection goes to a checked address:
a second answer of the name server cannot lead elsewhere. Redirects are requests like any other.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from firstline import __version__
from firstline.kit.errors import Rejected, Retry

USER_AGENT = f"Firstline/{__version__}"
MOST_REDIRECTS = 5
_CONNECT = 10.0


class Unreachable(Retry):
    """No connection was made, so nothing was sent: another attempt cannot do a thing twice."""


class TimedOut(Retry):
    """The other side took too long; it may have got everything."""


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]


class NotPublic(Rejected):
    """The address is private, loopback, link-local or otherwise not on the public internet."""


class Plain(Rejected):
    """The address is a public one without TLS, or on another port than 443."""


class Oversized(Rejected):
    """The answer is larger than it may be; the request was taken.

    :param status: of the answer.
    """

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What came back: the address after redirects, status, headers in lower case, body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The encoding that the server names."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'") or None
        return None


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, also when it is wrapped in another (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in ipaddress.IPv6Network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Guard(httpx.AsyncBaseTransport):
    """Sends every request to an address that has been checked."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, allow_private: bool, allow_plain: bool, resolve: Resolve) -> None:
        self.inner = inner
        self.allow_private = allow_private
        self.allow_plain = allow_plain
        self.resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise Rejected(f"{url} is no address that can be fetched.")
        try:
            addresses = await self.resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError):
            raise httpx.ConnectError(f"The name {url.host} is not known.", request=request) from None
        checked = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
        if not self.allow_private:
            for address in checked:
                if not is_public(address):
                    which = "is no" if url.host.strip("[]") == str(address) else f"is at {address}, which is no"
                    raise NotPublic(f"{url.host} {which} public address; such addresses are not fetched.")
        if not checked:
            raise httpx.ConnectError(f"The name {url.host} has no address.", request=request)
        if not self.allow_plain and not (url.scheme == "https" and url.port in (None, 443)) and any(map(is_public, checked)):
            raise Plain(f"{url.scheme}://{url.netloc.decode('ascii')} is not https on its usual port; only that is fetched.")
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        request.headers.setdefault("Host", url.netloc.decode("ascii"))
        request.url = url.copy_with(host=str(checked[0]))
        try:
            return await self.inner.handle_async_request(request)
        except AttributeError as error:  # anyio, where a connection breaks as it is made: its socket is None already
            raise httpx.NetworkError(str(error), request=request) from None
        finally:
            request.url = url

    async def aclose(self) -> None:
        await self.inner.aclose()


def _size(most: int) -> str:
    return f"{most // 1_000_000:,} MB" if most >= 1_000_000 else f"{most // 1_000} kB"


class Outbound:
    """A guarded HTTP client; use it as an asynchronous context.

    :param allow_plain: whether public addresses may be spoken to without TLS and on any port. Not for addresses that customers
        or programs of channels name; private ones, where they are allowed at all, are the operator's own matter.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        allow_plain: bool = True,
        inner: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
        follow_redirects: bool = True,
    ) -> None:
        inner = inner or httpx.AsyncHTTPTransport(retries=0, trust_env=False)
        self.transport: httpx.AsyncBaseTransport = _Guard(
            inner, allow_private=allow_private, allow_plain=allow_plain, resolve=resolve
        )
        """The guarded transport, for libraries that bring their own client."""
        self._client = httpx.AsyncClient(
            transport=self.transport,
            headers={"User-Agent": USER_AGENT},
            follow_redirects=follow_redirects,
            max_redirects=MOST_REDIRECTS,
            timeout=httpx.Timeout(30.0, connect=_CONNECT),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        most: int = 10_000_000,
        seconds: float = 30.0,
    ) -> Answer:
        """One request, redirects followed; whatever the status, the answer is returned.

        :param most: bytes of the body. :param seconds: for all of it.
        :raises NotPublic: if it leads to a private address. :raises Plain: if it is not https on 443, where that is asked for.
        :raises Rejected: if the address is wrong, or redirects in a circle. :raises Oversized: if the body is too large.
        :raises Unreachable: if no connection could be made. :raises TimedOut: if nothing answers in time.
        :raises Retry: if the connection ends before the answer.
        """
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream(method, url, headers=headers, content=content) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > most:
                        raise Oversized(f"{url} is larger than {_size(most)}.", response.status_code)
                return Answer(str(response.url), response.status_code, dict(response.headers), bytes(body))
        except httpx.TooManyRedirects:
            raise Rejected(f"{url} redirects more than {MOST_REDIRECTS} times.") from None
        except (
            httpx.InvalidURL,
            httpx.UnsupportedProtocol,
            httpx.DecodingError,
            httpx.LocalProtocolError,
            UnicodeError,
        ) as error:
            raise Rejected(f"{url} cannot be fetched: {error}.") from None
        except TimeoutError:
            raise TimedOut(60.0, f"{url} did not answer within {seconds:.0f} seconds.") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable(60.0, f"{url} cannot be reached: {str(error) or type(error).__name__}") from None
        except httpx.TimeoutException:
            raise TimedOut(60.0, f"{url} did not answer in time.") from None
        except httpx.TransportError as error:
            raise Retry(60.0, f"{url} cannot be reached: {str(error) or type(error).__name__}") from None
