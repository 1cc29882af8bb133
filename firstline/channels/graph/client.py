"""The only code that talks to the Graph API. The address of the API is a setting, so that a simulator can stand in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from firstline.channels.base import Fetched
from firstline.channels.graph.reading import mapping, word
from firstline.channels.graph.signing import proof
from firstline.channels.graph.trouble import Trouble, trouble_of
from firstline.channels.graph.usage import usage_in
from firstline.channels.leaving import Departure
from firstline.channels.metering import report
from firstline.kit.errors import Rejected, Retry, Unknown
from firstline.kit.outbound import USER_AGENT, NotPublic, Outbound

SECONDS = 20.0
MOST_MEDIA = 100_000_000
MOST_ANSWER = 5_000_000
_OF_META = ("fbsbx.com", "facebook.com", "whatsapp.net", "fbcdn.net", "cdninstagram.com", "instagram.com")


class Refusal(Exception):
    """Meta answered with an error; the channel knows what it means for it."""

    def __init__(self, trouble: Trouble, headers: Mapping[str, str]) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble
        self.headers = headers


@dataclass(frozen=True)
class Graph:
    """One account's way to the API."""

    url: str
    version: str
    token: str
    app_secret: str = ""
    """With it, each request carries ``appsecret_proof``."""

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        sends: bool = False,
        versioned: bool = True,
    ) -> Mapping[str, Any]:
        """One request; its answer as an object.

        :param sends: a request that must not be repeated blindly. :param versioned: whether its path names the version.
        :raises Refusal: if Meta answers with an error. :raises Retry: if nothing was sent. :raises Unknown: if nobody can tell.
        """
        asked = {**(query or {}), **({"appsecret_proof": proof(self.app_secret, self.token)} if self.app_secret else {})}
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": USER_AGENT}
        departure = Departure()
        try:
            async with httpx.AsyncClient(timeout=httpx.Timeout(SECONDS, connect=10.0), trust_env=False) as client:
                answer = await client.request(
                    method,
                    "/".join((self.url.rstrip("/"), *((self.version,) if versioned else ()), path)),
                    params=asked,
                    json=body,
                    files=files,
                    data=form,
                    headers=headers,
                    extensions=departure.extensions() if sends else None,
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Retry(15.0, f"Meta cannot be reached: {str(error) or type(error).__name__}.") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError) as error:
            raise Rejected(f"The address {self.url} cannot be used: {error}.") from None
        except (httpx.HTTPError, AttributeError) as error:  # the latter where a connection breaks as it is made (anyio)
            raise _broken(str(error) or type(error).__name__, perhaps_sent=sends and departure.begun) from None
        report(usage_in(answer.headers).percent)
        return _opened(answer, sends)

    async def download(self, url: str, most: int = MOST_MEDIA) -> Fetched | None:
        """A media file. The token goes to Meta's own hosts, and to the host of the API, and nobody else. None: it is gone.

        :raises Rejected: if the host is foreign, or the file too large. :raises Retry: if it does not come now.
        """
        host, own = urlsplit(url).netloc.lower(), urlsplit(self.url).netloc.lower()
        if host != own and not (urlsplit(url).scheme == "https" and is_of_meta(host)):
            raise Rejected(f"The file is said to be at {host or url[:80]}, which is none of Meta's hosts; it was not fetched.")
        try:
            async with Outbound(allow_private=host == own) as out:
                answer = await out.request(
                    "GET", url, headers={"Authorization": f"Bearer {self.token}"}, most=most, seconds=120.0
                )
        except NotPublic as no:
            raise Rejected(no.reason) from None
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Retry(60.0, f"Meta answered {answer.status} for the file.")
        return Fetched(answer.body, answer.content_type)


def is_of_meta(host: str) -> bool:
    """Whether a host name is one of Meta's."""
    name = host.partition(":")[0].rstrip(".")
    return any(name == one or name.endswith("." + one) for one in _OF_META)


def _broken(why: str, *, perhaps_sent: bool) -> Exception:
    if perhaps_sent:
        return Unknown(f"The connection to Meta broke after the request was begun: {why}.")
    return Retry(30.0, f"The connection to Meta broke: {why}.")


def _opened(answer: httpx.Response, sends: bool) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(answer.content[:MOST_ANSWER])
    except (ValueError, RecursionError):
        found = None
    if answer.status_code < 300 and isinstance(found, dict) and "error" not in found:
        return found
    trouble = trouble_of(found, answer.status_code)
    if trouble.told:
        raise Refusal(trouble, answer.headers)
    if answer.status_code < 300:
        raise Unknown("Meta took the request and answered with something that is no JSON object.")
    if answer.status_code >= 500 and sends:
        raise Unknown(f"Meta answered {answer.status_code}; nobody can tell whether the message was taken.")
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Retry(30.0, f"Meta answered {answer.status_code}.")
    raise Refusal(trouble, answer.headers)


def name_in(answer: Mapping[str, Any], *names: str) -> str:
    """The first of some fields of an answer that says something."""
    return next((said for name in names if (said := word(mapping(answer).get(name), 200))), "")
