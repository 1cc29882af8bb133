"""One mail as each provider delivers it. Pure but for the signatures' keys."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr


@dataclass(frozen=True)
class Delivery:
    """What is posted."""

    body: bytes
    headers: Mapping[str, str]


def written(sender: str, to: str, subject: str, text: str, *, in_reply_to: str = "") -> bytes:
    """A mail, as a mail program writes it."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "customer.example")
    if in_reply_to:
        mail["In-Reply-To"] = mail["References"] = in_reply_to
    mail.set_content(text)
    return mail.as_bytes()


def mailgun(raw: bytes, key: str, *, fields_only: bool = False) -> Delivery:
    """A route's POST: a form, signed over time and a token that is used once."""
    stamp, token = str(int(time.time())), secrets.token_hex(25)
    signature = hmac.new(key.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    mail = message_from_bytes(raw, policy=policy.default)
    fields = {"timestamp": stamp, "token": token, "signature": signature, "recipient": parseaddr(str(mail["To"]))[1]}
    fields |= {"sender": parseaddr(str(mail["From"]))[1], "from": str(mail["From"]), "subject": str(mail["Subject"])}
    if not fields_only:
        return _form({**{name: value.encode() for name, value in fields.items()}, "body-mime": raw})
    fields |= {"body-plain": _text(mail), "message-headers": json.dumps([[name, str(value)] for name, value in mail.items()])}
    return _form({name: value.encode() for name, value in fields.items()})


def postmark(raw: bytes, key: str) -> Delivery:
    """JSON; Postmark signs nothing, the secret is the password of basic authentication."""
    mail = message_from_bytes(raw, policy=policy.default)
    body = {
        "From": str(mail["From"]),
        "To": str(mail["To"]),
        "OriginalRecipient": parseaddr(str(mail["To"]))[1],
        "Subject": str(mail["Subject"]),
        "MessageID": secrets.token_hex(16),
        "Date": str(mail["Date"]),
        "TextBody": _text(mail),
        "HtmlBody": "",
        "Headers": [{"Name": name, "Value": str(value)} for name, value in mail.items()],
        "Attachments": [],
    }
    basic = base64.b64encode(f"postmark:{key}".encode()).decode()
    return Delivery(json.dumps(body).encode(), {"content-type": "application/json", "authorization": f"Basic {basic}"})


def sendgrid(raw: bytes, key: str) -> Delivery:
    """Inbound Parse: a form whose fields name their charsets; the secret is the password of basic authentication."""
    mail = message_from_bytes(raw, policy=policy.default)
    to, sender = parseaddr(str(mail["To"]))[1], parseaddr(str(mail["From"]))[1]
    head = raw.partition(b"\r\n\r\n")[0]
    fields = {
        "headers": head,
        "from": str(mail["From"]).encode(),
        "to": str(mail["To"]).encode(),
        "subject": str(mail["Subject"]).encode(),
        "text": _text(mail).encode("windows-1252", "replace"),
        "envelope": json.dumps({"to": [to], "from": sender}).encode(),
        "charsets": json.dumps({"from": "UTF-8", "to": "UTF-8", "subject": "UTF-8", "text": "windows-1252"}).encode(),
    }
    posted = _form(fields)
    basic = base64.b64encode(f"sendgrid:{key}".encode()).decode()
    return Delivery(posted.body, {**posted.headers, "authorization": f"Basic {basic}"})


def mailgun_fields(raw: bytes, key: str) -> Delivery:
    """The same without the raw mail."""
    return mailgun(raw, key, fields_only=True)


PROVIDERS: Mapping[str, Callable[[bytes, str], Delivery]] = {
    "mailgun": mailgun,
    "mailgun-fields": mailgun_fields,
    "postmark": postmark,
    "sendgrid": sendgrid,
}


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def _form(fields: Mapping[str, bytes]) -> Delivery:
    border = "firstline" + secrets.token_hex(8)
    body = b"".join(
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    )
    return Delivery(body + f"--{border}--\r\n".encode(), {"content-type": f"multipart/form-data; boundary={border}"})
