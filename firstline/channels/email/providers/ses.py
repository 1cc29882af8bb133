"""Amazon SES by SNS: the notification is signed by Amazon, and counts only for the account's own topic.

It holds the mail, or says where in S3 it lies ("Contents of notifications for Amazon SES email receiving", SES Developer Guide).
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from firstline.channels.base import Account, Forged, RawRequest, Response
from firstline.channels.email.config import config_of
from firstline.channels.email.headers import Headers
from firstline.channels.email.mime import Envelope, Mail, Unreadable, raw_of, read

HOST = re.compile(r"https://sns\.[a-z0-9-]{2,30}\.amazonaws\.com(?:\.cn)?/[\w./?=&%:~-]{1,2000}")
WEB = re.compile(r"https?://[\w.:\[\]-]{1,200}/[\w./?=&%:~-]{0,2000}")
"""Where the simulator is. Whatever is visited goes through the guard of outgoing requests."""
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}

_VALIDATED = "Successfully validated SNS topic for Amazon SES"
"""Plain words instead of JSON: SES writes them once, when a topic is chosen for it (from recorded deliveries)."""

Certificate = Callable[[str], bytes | None]
"""The certificate at an address, or None while it is being fetched."""


def verify(account: Account, request: RawRequest, certificate: Certificate, confirm: Callable[[str], None]) -> Response | None:
    """Check topic and signature; a confirmation is asked for in the background.

    :raises Forged: if it is not of Amazon, or of a topic that is not the account's.
    """
    given = _outer(request)
    config = config_of(account)
    wanted = config.topic
    if not wanted or given.get("TopicArn") != wanted:
        raise Forged("the topic is not the account's")
    simulated = config.topic_certificate.encode()
    found = simulated or certificate(_address(given))
    if found is None:
        return Response(503, b"The certificate is being fetched; deliver again.")
    _check(given, found)
    if given.get("Type") == "SubscriptionConfirmation":
        link = given.get("SubscribeURL")
        if not isinstance(link, str) or not (HOST.fullmatch(link) or (simulated and WEB.fullmatch(link))):
            raise Forged("the confirmation does not lead to Amazon")
        confirm(link)
        return Response(200, b"The subscription is being confirmed.")
    return None


def _address(given: dict[str, Any]) -> str:
    address = given.get("SigningCertURL") or given.get("SigningCertUrl")
    if not isinstance(address, str) or not HOST.fullmatch(address) or not address.partition("?")[0].endswith(".pem"):
        raise Forged("the certificate is not Amazon's")
    return address


def nothing_in(request: RawRequest) -> str | None:
    """Why there is no mail in a delivery that is all right."""
    given = _outer(request)
    if given.get("Type") != "Notification":
        return f"A message of SNS without a mail ({str(given.get('Type'))[:40]})."
    if str(given.get("Message")).startswith(_VALIDATED):
        return "Amazon SES may publish to the topic; there is no mail in this."
    inner = _inner(given)
    if inner.get("notificationType") not in (None, "Received"):
        return f"A notification without a mail ({str(inner.get('notificationType'))[:40]})."
    return None


@dataclass(frozen=True)
class Place:
    """Where in S3 a mail lies."""

    bucket: str
    key: str


def place_of(request: RawRequest) -> Place | None:
    """Where the mail lies that a notification only points to; None if it holds it, or nothing."""
    if request.rest.partition("/")[0] != "ses" or b"S3" not in request.body:
        return None
    inner = told_in(request)
    action = _dict(_dict(inner.get("receipt")).get("action"))
    bucket, key = action.get("bucketName"), action.get("objectKey")
    if isinstance(inner.get("content"), str) or action.get("type") != "S3":
        return None
    return Place(bucket if isinstance(bucket, str) else "", key if isinstance(key, str) else "")


def told_in(request: RawRequest) -> dict[str, Any]:
    """What a notification tells; nothing if it cannot be read."""
    try:
        return _inner(_outer(request))
    except (Forged, Unreadable):
        return {}


def mail(request: RawRequest) -> Mail:
    """:raises Unreadable: if it is no mail, or holds only headers because the mail was too large for SNS."""
    inner = _inner(_outer(request))
    about = _dict(inner.get("mail"))
    receipt = _dict(inner.get("receipt"))
    recipients = receipt.get("recipients")
    to = tuple(one for one in recipients if isinstance(one, str)) if isinstance(recipients, list) else ()
    source = about.get("source")
    envelope = Envelope(to, source if isinstance(source, str) else None)
    raw = request.brought if request.brought is not None else _content(inner, _dict(receipt.get("action")))
    found = read(raw, envelope)
    vouched = tuple(
        f"{method}={verdict.lower()}" + _about(method, found.headers, envelope)
        for method, key in (("dmarc", "dmarcVerdict"), ("spf", "spfVerdict"), ("dkim", "dkimVerdict"))
        if isinstance(verdict := _dict(receipt.get(key)).get("status"), str) and verdict in ("PASS", "FAIL")
    )
    return Mail(found.headers, found.plain, found.html, found.files, found.reports, found.notes, envelope, vouched, raw)


def _content(inner: dict[str, Any], action: dict[str, Any]) -> bytes:
    content = inner.get("content")
    if isinstance(content, str):
        return _bytes(content, action.get("encoding"))
    if action.get("type") == "S3":
        raise Unreadable("The mail lies in S3 and was not fetched yet.")
    raise Unreadable(
        "The notification holds no mail: let the SNS action send the content (mails up to 150 kB), or use an S3 action with "
        "this topic."
    )


def _about(method: str, headers: Headers, envelope: Envelope) -> str:
    """A verdict names no domain. SES's DMARC verdict is about the From domain; its SPF verdict about the return path."""
    if method == "spf" and envelope.sender:
        return f" smtp.mailfrom={envelope.sender.rpartition('@')[2]}"
    return ""


def _bytes(content: str, encoding: object) -> bytes:
    if isinstance(encoding, str) and encoding.upper() == "BASE64":
        try:
            return base64.b64decode(content)
        except (binascii.Error, ValueError):
            raise Unreadable("The content is no base 64.") from None
    return raw_of(content)


def _check(given: dict[str, Any], certificate: bytes) -> None:
    names = _SIGNED.get(str(given.get("Type")))
    if names is None:
        raise Forged("the type is unknown")
    text = "".join(f"{name}\n{given[name]}\n" for name in names if isinstance(given.get(name), str))
    algorithm: hashes.HashAlgorithm
    if given.get("SignatureVersion") == "2":
        algorithm = hashes.SHA256()
    elif given.get("SignatureVersion") == "1":
        algorithm = hashes.SHA1()  # noqa: S303 what SNS signs with unless version 2 is asked for
    else:
        raise Forged("the signature's version is unknown")
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Forged("the certificate has no RSA key")
        key.verify(base64.b64decode(str(given.get("Signature"))), text.encode("utf-8", "replace"), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError, binascii.Error):
        raise Forged("the signature is wrong") from None


def _outer(request: RawRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Forged("the delivery is no JSON") from None
    return _dict(given)


def _inner(given: dict[str, Any]) -> dict[str, Any]:
    try:
        return _dict(json.loads(str(given.get("Message"))))
    except (ValueError, RecursionError):
        raise Unreadable("The notification holds no JSON.") from None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
