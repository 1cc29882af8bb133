"""What a mailbox can be set to."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from firstline.channels.base import Account
from firstline.channels.email.addresses import bare, normal
from firstline.channels.email.form import LAYOUT
from firstline.channels.email.kinds import Incoming, Protocol, ReplyTo, Security, Sign
from firstline.channels.layout import LONG, Section

S3_SHAPES = {
    "s3_access_key_id": (re.compile(r"[A-Za-z0-9_+=.-]{3,128}"), "an access key id has letters and digits only, such as AKIA…"),
    "s3_region": (re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){1,4}"), "a region is written like eu-west-1"),
    "s3_bucket": (re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "a bucket's name has small letters, digits, dots and hyphens"),
    "s3_endpoint": (
        re.compile(r"https?://(?:[\w.-]{1,190}|\[[0-9a-f:]{2,45}\])(?::\d{1,5})?"),
        "an S3 address is like https://s3.example.com",
    ),
}
"""What the settings of S3 look like: they become part of addresses that are called with the key."""
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}")
_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,64}@[^\s<>@,;:\"()\[\]\\]{1,190}")


class EmailConfig(BaseModel):
    """Settings of one mailbox."""

    model_config = ConfigDict(extra="forbid", title="Email")
    layout: ClassVar[tuple[Section, ...]] = LAYOUT

    address: Annotated[
        str, Field(title="Address", description="The mailbox's own address, such as support@example.com.", max_length=254)
    ]
    sender_name: Annotated[
        str, Field(title="Sender name", description="Stands before the address in mails to customers.", max_length=120)
    ] = ""
    aliases: Annotated[
        list[str],
        Field(title="Further addresses", description="Other addresses whose mail arrives in this mailbox.", max_length=50),
    ] = []

    incoming: Annotated[
        Incoming,
        Field(
            title="How mail comes in",
            description="IMAP: Firstline reads the mailbox. Webhook: a mail provider delivers. Receiver: your mail server "
            "hands mail over by SMTP or LMTP. None: this account only sends.",
        ),
    ] = Incoming.IMAP
    imap_host: Annotated[str, Field(title="IMAP server", description="Such as imap.example.com.", max_length=253)] = ""
    imap_port: Annotated[int, Field(title="IMAP port", description="993 with TLS, 143 otherwise.", ge=1, le=65535)] = 993
    imap_security: Annotated[Security, Field(title="IMAP security", description="As your provider says; mostly TLS.")] = (
        Security.TLS
    )
    folder: Annotated[str, Field(title="Folder", description="The folder that is read.", min_length=1, max_length=200)] = "INBOX"
    watch_sent: Annotated[
        bool,
        Field(
            title="Notice replies from your own mail program",
            description="Reads the Sent folder, too: a mail that a person writes outside Firstline stops the agent at once.",
        ),
    ] = True
    sent_folder: Annotated[
        str, Field(title="Sent folder", description="Empty: the one that the server marks as such.", max_length=200)
    ] = ""
    watch_spam: Annotated[
        bool,
        Field(
            title="Read the spam folder, too",
            description="What your server holds for spam becomes conversations that are marked so, and people can see.",
        ),
    ] = False
    spam_folder: Annotated[
        str, Field(title="Spam folder", description="Empty: the one that the server marks as such.", max_length=200)
    ] = ""
    answer_spam: Annotated[
        bool,
        Field(
            title="Let the agent answer spam",
            description="Otherwise the agent is silent on mails from the spam folder until somebody moves them out of it.",
        ),
    ] = False
    more_folders: Annotated[
        list[str],
        Field(
            title="Further folders",
            description="Others to read, as your mail program names them, such as one that a rule sorts mail into. Not drafts.",
            max_length=10,
        ),
    ] = []
    mark_seen: Annotated[
        bool, Field(title="Mark as read", description="Whether mails that were taken in are marked as read in the mailbox.")
    ] = False
    poll_seconds: Annotated[
        int,
        Field(title="Look again after", description="Seconds between looks, beside being told by the server.", ge=5, le=3600),
    ] = 120

    receiver_protocol: Annotated[
        Protocol, Field(title="Receiver speaks", description="What your mail server hands mail over with.")
    ] = Protocol.LMTP
    receiver_host: Annotated[
        str, Field(title="Receiver address", description="Network address the receiver listens on.", max_length=100)
    ] = "127.0.0.1"
    receiver_port: Annotated[int, Field(title="Receiver port", description="Port of the receiver.", ge=1, le=65535)] = 8024

    smtp_host: Annotated[str, Field(title="SMTP server", description="Such as smtp.example.com.", max_length=253)] = ""
    smtp_port: Annotated[int, Field(title="SMTP port", description="587 or 465.", ge=1, le=65535)] = 587
    smtp_security: Annotated[Security, Field(title="SMTP security", description="STARTTLS with port 587, TLS with 465.")] = (
        Security.STARTTLS
    )

    sign_in: Annotated[Sign, Field(title="Sign-in", description="A password, or OAuth of Google or Microsoft.")] = Sign.PASSWORD
    username: Annotated[str, Field(title="User name", description="Empty: the address.", max_length=254)] = ""
    password: Annotated[
        SecretStr, Field(title="Password", description="Of the mailbox; with two-step login an app password.")
    ] = SecretStr("")
    smtp_username: Annotated[str, Field(title="SMTP user name", description="Empty: the same as above.", max_length=254)] = ""
    smtp_password: Annotated[SecretStr, Field(title="SMTP password", description="Empty: the same as above.")] = SecretStr("")
    client_id: Annotated[
        str, Field(title="OAuth client id", description="Of your app at Google or Microsoft.", max_length=300)
    ] = ""
    client_secret: Annotated[SecretStr, Field(title="OAuth client secret", description="Of that app.")] = SecretStr("")
    refresh_token: Annotated[
        SecretStr,
        Field(
            title="OAuth refresh token", description="Got once by consenting. Empty with Microsoft: the app signs in by itself."
        ),
    ] = SecretStr("")
    tenant: Annotated[str, Field(title="Microsoft tenant", description="Its id or domain.", max_length=200)] = "organizations"
    token_url: Annotated[str, Field(title="Token address", description="Empty: Google's or Microsoft's own.", max_length=400)] = (
        ""
    )
    certificate_authority: Annotated[
        str,
        Field(
            title="Certificate authority",
            description="PEM of your own authority, for servers it signed.",
            max_length=20_000,
            json_schema_extra=LONG,
        ),
    ] = ""

    webhook_secret: Annotated[
        SecretStr,
        Field(
            title="Webhook secret",
            description="Mailgun: the HTTP webhook signing key. Postmark and SendGrid: the password in the webhook's address. "
            "Amazon SES needs none.",
        ),
    ] = SecretStr("")
    topic: Annotated[
        str, Field(title="Amazon SNS topic", description="ARN of the topic that delivers; no other is believed.", max_length=300)
    ] = ""

    s3_access_key_id: Annotated[
        str,
        Field(
            title="Amazon S3 access key id",
            description="Where SES puts mails into S3: of a user that may read them (s3:GetObject). Empty: mails come whole.",
            max_length=128,
        ),
    ] = ""
    s3_secret_access_key: Annotated[SecretStr, Field(title="Amazon S3 secret access key", description="Of that access key.")] = (
        SecretStr("")
    )
    s3_region: Annotated[
        str,
        Field(
            title="Amazon S3 region", description="Where the bucket lies, such as eu-west-1. Empty: the topic's.", max_length=40
        ),
    ] = ""
    s3_bucket: Annotated[
        str,
        Field(title="Amazon S3 bucket", description="No mail is fetched from another. Empty: as the topic says.", max_length=63),
    ] = ""
    s3_endpoint: Annotated[
        str,
        Field(
            title="S3 address",
            description="Leave empty for Amazon's own. For a store that speaks like S3: https://s3.example.com.",
            max_length=200,
        ),
    ] = ""

    topic_certificate: Annotated[
        str,
        Field(
            title="Certificate of a simulated topic",
            description="Leave empty. Only for trying with the simulator: the PEM it prints; then its deliveries are believed, "
            "and Amazon's are not.",
            max_length=20_000,
            json_schema_extra=LONG,
        ),
    ] = ""

    reply_to: Annotated[
        ReplyTo, Field(title="Who is answered", description="Sender: only who wrote. All: everybody on the mail, too.")
    ] = ReplyTo.SENDER
    plus_addressing: Annotated[
        bool,
        Field(
            title="Reply addresses with +",
            description="Answers go to address+code@…, which leads each to its conversation. Switch it off if your server "
            "refuses such addresses.",
        ),
    ] = True
    reply_domain: Annotated[
        str,
        Field(
            title="Domain for reply addresses",
            description="Instead of addresses with +: a domain all of whose mail arrives in this mailbox, such as "
            "replies.example.com. Answers go to code@….",
            max_length=190,
        ),
    ] = ""
    return_path: Annotated[
        bool,
        Field(
            title="Bounces to addresses of their own",
            description="Each mail gets a return path of its own, such as address+code@…, so that one that comes back is always "
            "matched, whatever the report says. Your provider has to allow other senders than the mailbox: many do not, or write "
            "their own over it (Gmail, Microsoft 365). If it refuses, the mail goes with the mailbox's address.",
        ),
    ] = False
    ignored: Annotated[
        list[str],
        Field(
            title="Senders to ignore",
            description="Addresses and domains (example.com, *.example.com) whose mail is not answered by the agent.",
            max_length=500,
        ),
    ] = []
    staff: Annotated[
        list[str],
        Field(
            title="Your own people's addresses",
            description="Addresses and domains your people write from. A mail of theirs to a customer, with this mailbox in "
            "copy, counts as a person's word. Addresses of teammates are known already.",
            max_length=200,
        ),
    ] = []
    signature: Annotated[
        str,
        Field(title="Signature", description="Ends each mail from this mailbox.", max_length=2_000, json_schema_extra=LONG),
    ] = ""
    handoff_message: Annotated[
        bool,
        Field(title="Send the handoff message", description="Otherwise a handoff sends no separate mail to the customer."),
    ] = False
    mark_automatic: Annotated[
        bool,
        Field(
            title="Mark the agent's mails as automatic",
            description="Adds Auto-Submitted, so that out-of-office programs and other agents do not answer.",
        ),
    ] = True
    trusted_servers: Annotated[
        list[str],
        Field(
            title="Servers that check senders",
            description="Names with which your receiving server begins Authentication-Results, such as mx.google.com. "
            "What it found out counts; mails that it did not judge are judged by their signatures.",
            max_length=20,
        ),
    ] = []
    check_signatures: Annotated[
        bool,
        Field(
            title="Check signatures of mails (DKIM)",
            description="Of mails that are read or received here and that no server of yours has judged. Firstline asks the name "
            "servers for the sender's key; without an answer the sender is not proven.",
        ),
    ] = True
    hourly_limit: Annotated[
        int, Field(title="Automatic answers an hour", description="To one sender, over all conversations.", ge=1, le=100)
    ] = 6
    daily_limit: Annotated[int, Field(title="Automatic answers a day", description="In one conversation.", ge=1, le=200)] = 10

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _address(value)

    @field_validator("aliases")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        return [_address(one) for one in value if one.strip()]

    @field_validator("ignored", "staff", "trusted_servers")
    @classmethod
    def _lines(cls, value: list[str]) -> list[str]:
        return [normal(one)[:254] for one in value if one.strip()]

    @field_validator("more_folders")
    @classmethod
    def _are_folders(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(one.strip()[:200] for one in value if one.strip()))

    @field_validator("certificate_authority", "topic_certificate")
    @classmethod
    def _is_certificate(cls, value: str) -> str:
        value = value.strip()
        if value and "-----BEGIN CERTIFICATE-----" not in value:
            raise ValueError("a certificate is a PEM that begins with -----BEGIN CERTIFICATE-----")
        return value

    @field_validator("token_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        value = value.strip()
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("an address begins with https://")
        return value

    @field_validator("reply_domain")
    @classmethod
    def _is_domain(cls, value: str) -> str:
        value = normal(value).strip("@")
        if value and not _DOMAIN.fullmatch(value):
            raise ValueError(f"“{value}” is no domain; one is written like replies.example.com")
        return value

    @field_validator("s3_access_key_id", "s3_region", "s3_bucket", "s3_endpoint")
    @classmethod
    def _is_of_s3(cls, value: str, info: ValidationInfo) -> str:
        value = value.strip().rstrip("/")
        if value and not S3_SHAPES[str(info.field_name)][0].fullmatch(value):
            raise ValueError(S3_SHAPES[str(info.field_name)][1])
        return value

    @model_validator(mode="after")
    def _complete(self) -> "EmailConfig":
        if self.reply_domain and any(one.rpartition("@")[2] == self.reply_domain for one in self.own):
            raise ValueError(f"the mailbox itself is at {self.reply_domain}: reply addresses need a domain of their own")
        if self.return_path and not (self.plus_addressing or self.reply_domain):
            raise ValueError("bounces get addresses of their own only where reply addresses with + or a domain for them are set")
        if self.incoming is Incoming.IMAP and not self.imap_host:
            raise ValueError("to read the mailbox an IMAP server is needed; or choose another way for mail to come in")
        return self

    @property
    def own(self) -> frozenset[str]:
        """Every address that is ours."""
        return frozenset((self.address, *self.aliases))

    def is_own(self, email: str) -> bool:
        """Whether an address is ours, also with something behind a plus sign, or one made for a reply."""
        return email in self.own or bare(email) in self.own or (email.rpartition("@")[2] == self.reply_domain != "")

    @property
    def domain(self) -> str:
        """Of the address."""
        return self.address.rpartition("@")[2]


def _address(value: str) -> str:
    value = normal(value)
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"“{value}” is no email address")
    return value


def config_of(account: Account) -> EmailConfig:
    """The settings of an account. Ones that this release does not know are passed over, and secrets are read elsewhere."""
    known: Mapping[str, Any] = {
        name: value
        for name, value in account.settings.items()
        if name in EmailConfig.model_fields and EmailConfig.model_fields[name].annotation is not SecretStr
    }
    return EmailConfig.model_validate(known)


def secret(account: Account, name: str) -> str:
    """A secret of the account, empty if it has none."""
    return account.secrets.get(name, "")
