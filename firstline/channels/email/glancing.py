"""A look at the headers of a mail that waits to be read: whose word it may be, and to whom (decision 0027).

Only the head is read; what a provider gives in fields of its own is read as far as it names sender and recipients. Saying yes
without need holds the agent back for a moment, so whether the sender is proven is not asked.
"""

import base64
import binascii
import re
from typing import Any

from sqlalchemy import func, select

from firstline.channels.base import Account, RawRequest
from firstline.channels.email import addresses
from firstline.channels.email.config import EmailConfig, config_of
from firstline.channels.email.headers import Headers
from firstline.channels.email.mime import HEADER_BLOCK, Unreadable, raw_of
from firstline.channels.email.providers import mailgun, postmark, sendgrid, ses
from firstline.channels.email.providers.forms import form_of
from firstline.kit import foreign
from firstline.kit.database import Tx
from firstline.people.tables import teammate

_END = re.compile(rb"\r?\n\r?\n")
_IN_BASE_64 = 4 * HEADER_BLOCK // 3


def whom_our_people_wrote(tx: Tx, account: Account, request: RawRequest) -> tuple[str, ...]:
    """The customers' addresses on a mail that may be from one of our people; none if it is not, or cannot be told."""
    try:
        headers = headers_of(request)
    except (Unreadable, ValueError):
        return ()
    sender = addresses.one(headers.first("from"))
    if sender is None:
        return ()
    config = config_of(account)
    others = tuple(one for one in addresses.others(headers, config.is_own) if one != sender.email)
    return others if others and _is_ours(tx, config, sender.email) else ()


def headers_of(request: RawRequest) -> Headers:
    """The headers of the mail in a delivery, as far as the delivery itself holds them.

    :raises Unreadable: :raises ValueError: if there are none.
    """
    way = request.rest.partition("/")[0]
    if way in ("mailgun", "sendgrid"):
        form = form_of(request)
        raw = form.fields.get("body-mime") or form.fields.get("email")
        return _head(raw) if raw else (mailgun if way == "mailgun" else sendgrid).headers_in(form)
    if way == "postmark":
        given = foreign.decoded(request.body)
        raw_email = given.get("RawEmail") if isinstance(given, dict) else None
        if isinstance(raw_email, str) and raw_email:
            return _head(raw_of(raw_email[:HEADER_BLOCK]))
        return postmark.headers_in(given if isinstance(given, dict) else {})
    if way == "ses":
        return _of_amazon(ses.told_in(request))
    return _head(request.body)


def _head(raw: bytes) -> Headers:
    block = raw[:HEADER_BLOCK].lstrip(b"\r\n")
    end = _END.search(block)
    return Headers.read(block[: end.start()] if end else block)


def _of_amazon(told: dict[str, Any]) -> Headers:
    content, about = told.get("content"), told.get("mail")
    if isinstance(content, str):
        try:
            return _head(base64.b64decode(content[: _IN_BASE_64 - _IN_BASE_64 % 4], validate=True))
        except (binascii.Error, ValueError):
            return _head(content[:HEADER_BLOCK].encode("utf-8", "replace"))
    listed = about.get("headers") if isinstance(about, dict) else None
    pairs = listed if isinstance(listed, list) else []
    return Headers.of((one.get("name"), one.get("value")) for one in pairs if isinstance(one, dict))


def _is_ours(tx: Tx, config: EmailConfig, email: str) -> bool:
    return config.is_own(email) or addresses.is_listed(email, config.staff) or is_teammate(tx, email)


def is_teammate(tx: Tx, email: str) -> bool:
    """Whether somebody who works here has this address."""
    query = select(teammate.c.id).where(func.lower(teammate.c.email) == email, teammate.c.disabled_at.is_(None))
    return tx.scalar(query.limit(1)) is not None
