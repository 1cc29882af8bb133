"""What the pattern book shows of channels: facts, a table that has deeds, one without rows, a form from a model."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from firstline.channels.telling import Deed, Fact, Heading, Line, Said, Table, Told
from firstline.console.config_form import ConfigField
from firstline.console.told import shown
from firstline.console.view import told as view
from firstline.console.view.common import Times
from firstline.console.view.form import Form
from firstline.kit.errors import Invalid

_NOW = datetime(2026, 11, 22, 9, 12, tzinfo=UTC)
_TIMES = Times(_NOW, ZoneInfo("Europe/Berlin"))
_CLEAR = Deed("clear", "Clear", busy="Clearing", question="Automatic mail goes to this address again, from every mailbox.")
_HEADINGS = (Heading("Address"), Heading("State"), Heading("Why", 2), Heading("Since", 3))
_GONE = Line(
    "old@customer.example",
    (
        Said("old@customer.example"),
        Said("Came back", "bad"),
        Said("550 5.1.1 There is no such mailbox."),
        Said(at=_NOW),
    ),
    (_CLEAR,),
)
_POSTED = Line(
    "att_1",
    (
        Said("Message, attempt 3", conversation="cnv_4812", detail="out_01m8d26"),
        Said("No answer", "warn"),
        Said("The webhook did not answer within 15 seconds."),
        Said(at=_NOW),
    ),
    (Deed("again", "Try again", busy="Trying"),),
    '{\n  "type": "message.created",\n  "data": {"text": "Yes, the first service is free."}\n}',
)
_TOLD = Told(
    facts=(
        Fact("How mail comes in", Said("It is read from imap.veloria.example.")),
        Fact("Last look", Said(at=_NOW)),
        Fact("Reading now", Said("Yes", "good")),
        Fact("Sending", Said("Not set up", "warn", "Enter an SMTP server in the settings, or answers stay unsent.")),
    ),
    tables=(
        Table("unreached", "Addresses that mail does not reach", _HEADINGS, (_GONE, _POSTED), ("", ""), "Of all mailboxes."),
        Table(
            "not-taken",
            "Mails that could not be taken in",
            _HEADINGS,
            (),
            ("Every mail could be taken in", "A mail that cannot be read is listed here with the reason."),
        ),
    ),
)
WORKING = "Repairing: 3 mails still to be tried."
FIELDS = (
    ConfigField("host", "IMAP server", "Such as imap.example.com.", "text", "imap.veloria.example"),
    ConfigField("security", "IMAP security", "tls, starttls or none.", "choice", "tls", (("tls", "TLS"), ("none", "None"))),
    ConfigField("password", "Password", "Of the mailbox.", "secret", ""),
    ConfigField("buttons", "Buttons", "Buttons of one message.", "number", "many"),
    ConfigField("media", "Attachments", "Kinds it takes.", "several", "image", (("image", "Image"), ("video", "Video"))),
    ConfigField("seen", "Mark as read", "Mails that were taken in.", "check", "on"),
)
FORM = Form({}, Invalid("Buttons: a whole number from 0 to 30.", field="buttons"), ("buttons",))


def told() -> view.Told:
    """As a page of an account shows it."""
    return shown(_TOLD, _TIMES, "#accounts", "")
