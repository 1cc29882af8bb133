"""Amazon S3, or a store that speaks like it, where SES puts mails: reading one, and trying the access key.

Only ever called: Amazon's host of the set region, or the address that the operator entered. Redirects are not followed, because
the signature holds for one host; S3 uses them to say that a bucket lies in another region.
"""

import html
import re
from dataclasses import dataclass
from secrets import token_hex

from firstline.channels.base import Account, Broken
from firstline.channels.email.config import S3_SHAPES, config_of, secret
from firstline.channels.email.mime import MOST_BYTES
from firstline.channels.email.providers.ses import Place
from firstline.channels.email.s3_answers import DENIED, TROUBLE, code_in, encrypted_by_ses, trouble
from firstline.kit.clock import Clock
from firstline.kit.errors import Rejected
from firstline.kit.outbound import Answer, NotPublic, Outbound, Oversized
from firstline.kit.sigv4 import Key, path_of, query_of, signed

SECONDS = 120.0
"""For 40 MB over a slow line."""
LONGEST_KEY = 1_024
"""Bytes of an object's name ("Naming Amazon S3 objects", Amazon S3 User Guide)."""
SET_UP = "AMAZON_SES_SETUP_NOTIFICATION"
"""SES writes it into a bucket when a rule is made."""
_FIRST = re.compile(rb"<Key>([^<]{1,4000})</Key>")
_MISSING, _EMPTY = 404, 416
_FOUND = (200, 206)


@dataclass(frozen=True)
class Store:
    """How an account reads from S3."""

    key: Key
    bucket: str
    endpoint: str

    def host(self, bucket: str) -> tuple[str, str]:
        """Scheme and host for a bucket, and how its path begins. A name with dots does not fit Amazon's certificate as a host."""
        if self.endpoint:
            return self.endpoint, f"/{bucket}" if bucket else ""
        domain = "amazonaws.com.cn" if self.key.region.startswith("cn-") else "amazonaws.com"
        if not bucket or "." in bucket:
            return f"https://s3.{self.key.region}.{domain}", f"/{bucket}" if bucket else ""
        return f"https://{bucket}.s3.{self.key.region}.{domain}", ""


def store_of(account: Account) -> Store:
    """What the account's settings say.

    :raises Broken: if they do not say enough.
    """
    config = config_of(account)
    hidden = secret(account, "s3_secret_access_key")
    if not (config.s3_access_key_id and hidden):
        cure = "Enter an Amazon S3 access key id and its secret in the mailbox's settings, then replay this delivery."
        raise Broken(TROUBLE, "The mail lies in S3, and no access key is entered to fetch it with.", cure)
    topic = config.topic.split(":")
    region = config.s3_region or "".join(topic[3:4])  # arn:aws:sns:REGION:account:name
    if not S3_SHAPES["s3_region"][0].fullmatch(region):
        raise Broken(TROUBLE, "Nobody said in which region the bucket lies.", "Enter the Amazon S3 region, such as eu-west-1.")
    return Store(Key(config.s3_access_key_id, hidden, region), config.s3_bucket, config.s3_endpoint)


class S3:
    """Reads for all accounts."""

    def __init__(self, clock: Clock, *, allow_private: bool = False) -> None:
        self.clock = clock
        self.allow_private = allow_private

    async def fetch(self, account: Account, place: Place) -> bytes:
        """A mail as SES put it there; it is left where it is.

        :raises Retry: not now. :raises Broken: key, permission, region or bucket are wrong. :raises Rejected: this one cannot
            be had.
        """
        store = store_of(account)
        _allowed(store, place)
        try:
            answer = await self._get(store, place.bucket, place.key)
        except Oversized:
            raise Rejected(f"The mail in S3 is larger than {MOST_BYTES / 1e6:.0f} MB, which is the limit.") from None
        if answer.status != _FOUND[0]:
            raise trouble(answer, store.key.region, place.bucket)
        if encrypted_by_ses(answer):
            raise Rejected(
                "SES encrypted the mail with a KMS key before it put it into S3, so it cannot be read. Switch message encryption "
                "off in the rule's S3 action; encryption by the bucket itself is no trouble."
            )
        return answer.body

    async def check(self, account: Account) -> str:
        """Sign in, and read; a sentence about what works, and which permission would have to be there to know more.

        :raises Retry: :raises Broken: :raises Rejected: with cause and cure.
        """
        store = store_of(account)
        if not store.bucket:
            answer = await self._get(store, "")
            if answer.status != _FOUND[0] and code_in(answer) not in DENIED:
                raise trouble(answer, store.key.region, "")
            return "S3 takes the access key (enter the bucket to have its permissions tried, too)"
        answer = await self._get(store, store.bucket, query={"list-type": "2", "max-keys": "1"})
        may_list = answer.status == _FOUND[0]
        if not may_list and code_in(answer) not in DENIED:
            raise trouble(answer, store.key.region, store.bucket)
        found = _FIRST.search(answer.body) if may_list else None
        name = html.unescape(found[1].decode("utf-8", "replace")) if found else ""
        name = name or (f"firstline-check-{token_hex(8)}" if may_list else SET_UP)
        answer = await self._get(store, store.bucket, name, headers={"range": "bytes=0-0"})
        if answer.status in (*_FOUND, _MISSING, _EMPTY):
            return f"mails in the bucket {store.bucket} can be read"
        if may_list or code_in(answer) not in DENIED:
            raise trouble(answer, store.key.region, store.bucket)
        return (
            f"S3 takes the access key; whether it may read mails in {store.bucket} S3 does not tell "
            "(allow s3:ListBucket, too, to have it tried)"
        )

    async def _get(
        self,
        store: Store,
        bucket: str,
        name: str = "",
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        at, begin = store.host(bucket)
        path, asked = begin + path_of(name), query_of(query or {})
        sent = signed(store.key, "GET", _named(at), path, asked, headers or {}, self.clock.now())
        url = f"{at}{path}" + (f"?{asked}" if asked else "")
        try:
            async with Outbound(allow_private=self.allow_private, follow_redirects=False) as out:
                return await out.request(
                    "GET", url, headers={**sent, "accept-encoding": "identity"}, most=MOST_BYTES, seconds=SECONDS
                )
        except NotPublic as no:
            raise Broken(TROUBLE, no.reason, "Check the S3 address, or allow private addresses for this installation.") from None


def _named(at: str) -> str:
    """The host as it is sent: without a port that the scheme has anyway."""
    scheme, _, host = at.partition("://")
    return host.removesuffix(":443" if scheme == "https" else ":80").lower()


def _allowed(store: Store, place: Place) -> None:
    """Only the pinned bucket; and only names that arrive at S3 as they were signed.

    :raises Rejected: otherwise.
    """
    if store.bucket and place.bucket != store.bucket:
        raise Rejected(
            f"The notification points to the bucket {place.bucket[:80]}; only {store.bucket} is allowed by the settings."
        )
    if not S3_SHAPES["s3_bucket"][0].fullmatch(place.bucket) or ".." in place.bucket:
        raise Rejected(f"The notification names no bucket: “{place.bucket[:80]}”.")
    steps = place.key.split("/")
    if not place.key or len(place.key.encode("utf-8", "replace")) > LONGEST_KEY or "." in steps or ".." in steps:
        raise Rejected(f"The notification names no object that can be fetched: “{place.key[:80]}”.")
