"""Amazon SES by SNS, with a certificate made here: an account believes it that names this certificate in its settings."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from firstline.simulators.mail.forms import Delivery

TOPIC = "arn:aws:sns:eu-west-1:000000000000:simulated-mails"
_KEY, _CERTIFICATE = "sns-key.pem", "sns-certificate.pem"
_SIGNED = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
LARGEST = 150_000
"""Bytes of a mail that an SNS action sends with its notification; of a larger one only headers come."""


@dataclass(frozen=True)
class Stand:
    """In Amazon's place: a topic, and the key it signs with."""

    key: rsa.RSAPrivateKey
    certificate: str
    topic: str = TOPIC
    version: str = "2"

    @classmethod
    def made(cls, topic: str = TOPIC, version: str = "2") -> "Stand":
        """One with a new key."""
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.simulated.invalid")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days=3650))
        pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return cls(key, pem.decode(), topic, version)

    @classmethod
    def at(cls, folder: Path, topic: str = TOPIC) -> "Stand":
        """The one whose key is in a folder; made there the first time."""
        if not (folder / _KEY).exists():
            made = cls.made(topic)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _CERTIFICATE).write_text(made.certificate)
            (folder / _KEY).touch(0o600)
            (folder / _KEY).write_bytes(
                made.key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
            return made
        key = serialization.load_pem_private_key((folder / _KEY).read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return cls(key, (folder / _CERTIFICATE).read_text(), topic)

    def signed(self, kind: str, message: str, **more: str) -> Delivery:
        """An envelope of SNS."""
        told = {
            "Type": kind,
            "MessageId": secrets.token_hex(16),
            "TopicArn": self.topic,
            "Message": message,
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            **more,
        }
        text = "".join(f"{name}\n{told[name]}\n" for name in _SIGNED if name in told).encode()
        algorithm: hashes.HashAlgorithm = hashes.SHA256() if self.version == "2" else hashes.SHA1()  # noqa: S303 SNS's version 1
        signature = base64.b64encode(self.key.sign(text, padding.PKCS1v15(), algorithm)).decode()
        told |= {"SignatureVersion": self.version, "Signature": signature}
        told["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-simulated.pem"
        headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": kind, "x-amz-sns-topic-arn": self.topic}
        return Delivery(json.dumps(told).encode(), headers)


def notification(
    raw: bytes, stand: Stand, *, encoding: str = "BASE64", in_s3: str | None = None, bucket: str = "mails"
) -> Delivery:
    """A mail was received: with its content, or with the place in S3 where it lies (``in_s3`` is the object's name)."""
    mail = message_from_bytes(raw, policy=policy.default)
    to, sender = parseaddr(str(mail["To"]))[1], parseaddr(str(mail["From"]))[1]
    action: dict[str, Any] = {"type": "SNS", "topicArn": stand.topic, "encoding": encoding}
    if in_s3 is not None:
        action = {"type": "S3", "topicArn": stand.topic, "bucketName": bucket, "objectKey": in_s3}
    passed = {name: {"status": "PASS"} for name in ("spamVerdict", "virusVerdict", "spfVerdict", "dkimVerdict", "dmarcVerdict")}
    message: Mapping[str, Any] = {
        "notificationType": "Received",
        "mail": {
            "timestamp": datetime.now(UTC).isoformat(),
            "source": sender,
            "messageId": secrets.token_hex(20),
            "destination": [to],
            "headersTruncated": False,
            "headers": [{"name": name, "value": str(value)} for name, value in mail.items()],
        },
        "receipt": {"recipients": [to], "processingTimeMillis": 300, **passed, "action": action},
    }
    if in_s3 is None and len(raw) <= LARGEST:
        content = base64.b64encode(raw).decode() if encoding == "BASE64" else raw.decode("utf-8", "replace")
        message = {**message, "content": content}
    return stand.signed("Notification", json.dumps(message), Subject="Amazon SES Email Receipt Notification")


def confirmation(stand: Stand, link: str) -> Delivery:
    """A topic asks whether it may deliver; whoever visits the link says yes."""
    asks = f"You have chosen to subscribe to the topic {stand.topic}. To confirm the subscription, visit the SubscribeURL."
    return stand.signed("SubscriptionConfirmation", asks, Token=secrets.token_hex(32), SubscribeURL=link)
