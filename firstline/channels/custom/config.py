"""What a custom channel declares, and the settings of one account of it."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from firstline.channels.base import Capabilities, Rate
from firstline.channels.formatting import MARKS, Format, Mark
from firstline.channels.layout import TEAMMATE
from firstline.channels.pausing import ATTEMPTS


class Threading(StrEnum):
    """How messages find their conversation."""

    INTEGRATION_THREAD_ID = "integration_thread_id"
    DELIVERY_IDENTIFIER = "delivery_identifier"


def _media_type(written: str) -> str:
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,80}", written):
        raise ValueError(f"“{written[:80]}” is no media type such as image/png")
    return written


def _marks(given: Any) -> Any:
    """Yes and no, as it was declared before there were several marks."""
    return list(MARKS) if given is True else [] if given is False else given


class Declared(BaseModel):
    """What the channel can do. What is not declared is not sent (CH8)."""

    model_config = ConfigDict(extra="forbid", title="Capabilities")

    text_limit: Annotated[int, Field(ge=20, le=20_000, title="Longest text", description="Of one message.")] = 4_000
    text_unit: Annotated[
        Literal["characters", "utf16", "bytes"], Field(title="Counted in", description="What the longest text counts.")
    ] = "characters"
    splits: Annotated[bool, Field(title="Several messages", description="Whether a longer text goes out in parts.")] = True
    rich_text: Annotated[
        list[Mark],
        BeforeValidator(_marks),
        Field(title="Formatted text", description="Marks it shows; others are taken out of the text.", max_length=len(MARKS)),
    ] = []
    rich_text_format: Annotated[
        Format, Field(title="Format", description="How formatted text is written: CommonMark, or a little HTML.")
    ] = "markdown"
    buttons: Annotated[
        int, Field(ge=0, le=30, title="Buttons", description="Buttons of one message; with 0 choices become numbered text.")
    ] = 0
    button_limit: Annotated[int, Field(ge=4, le=200, title="Button text", description="Characters on a button.")] = 20
    attachments: Annotated[
        list[Literal["image", "audio", "video", "file", "sticker"]],
        Field(title="Attachments", description="Kinds it takes; others become links in the text.", max_length=5),
    ] = []
    max_attachment_bytes: Annotated[int, Field(ge=0, le=100_000_000, title="Largest attachment", description="In bytes.")] = (
        10_000_000
    )
    attachment_types: Annotated[
        list[Annotated[str, AfterValidator(_media_type)]],
        Field(title="Media types", description="Types it takes, such as image/png; empty for all.", max_length=60),
    ] = []
    max_attachments: Annotated[int, Field(ge=1, le=30, title="Most attachments", description="Of one message.")] = 10
    receipts: Annotated[
        list[Literal["sent", "delivered", "read"]], Field(title="Reports", description="States it reports.", max_length=3)
    ] = []
    typing: Annotated[bool, Field(title="Typing", description="Whether it shows customers that an answer is being written.")] = (
        False
    )
    marks_read: Annotated[
        bool, Field(title="Read marks", description="Whether it shows customers that their message was read.")
    ] = False
    window_hours: Annotated[
        float | None,
        Field(gt=0, le=8_760, title="Reply window", description="Hours after the customer's last message; empty for always."),
    ] = None
    starts: Annotated[
        bool, Field(title="May write first", description="Whether the business may start. Firstline itself never does.")
    ] = False
    messages_per_second: Annotated[
        float | None, Field(gt=0, le=1_000, title="Rate", description="Most messages a second; empty for no limit.")
    ] = None

    def capabilities(self) -> Capabilities:
        """As the product asks for them."""
        rate = self.messages_per_second
        return Capabilities(
            text_limit=self.text_limit,
            text_unit=self.text_unit,
            splits=self.splits,
            icon="plug",
            family="messaging",
            debounce=2.0,
            turn_budget=60.0,
            repeatable=True,
            media=frozenset(self.attachments),
            media_types=frozenset(self.attachment_types) or None,
            media_limit=self.max_attachment_bytes if self.attachments else 0,
            media_count=self.max_attachments,
            buttons=self.buttons,
            button_limit=self.button_limit,
            window=timedelta(hours=self.window_hours) if self.window_hours else None,
            receipts=frozenset(self.receipts),
            typing=self.typing,
            starts=self.starts,
            rate=Rate(1 / rate, max(1, int(rate))) if rate else None,
            attempts=ATTEMPTS,
        )


KindOfAddress = Annotated[
    Literal["phone", "email", "handle", "opaque"],
    Field(title="Kind of address", description="What the address is. Opaque: an id that only the channel understands."),
]


class DeliveryIdentifier(BaseModel):
    """The account's own address on the channel."""

    model_config = ConfigDict(extra="forbid")

    type: KindOfAddress = "opaque"
    value: Annotated[str, Field(min_length=1, max_length=300)]


PROGRAM: dict[str, Any] = {"set_by": "program"}
"""Marks what is set at the custom channel, not in the form of one account."""


class CustomConfig(BaseModel):
    """Settings of one account of a custom channel."""

    model_config = ConfigDict(extra="forbid", title="Custom channel")

    custom_channel_id: Annotated[
        str, Field(title="Custom channel", description="Id of the registered channel, cch_…", min_length=1, max_length=80)
    ]
    delivery_identifier: Annotated[
        str, Field(title="Address", description="The account's own address on the channel, as people know it.", max_length=300)
    ] = ""
    identifier_type: KindOfAddress = "opaque"
    outside_owner: Annotated[
        str,
        Field(
            title="Who gets conversations answered outside",
            description="When somebody answered in another tool. With nobody, until somebody takes the conversation.",
            max_length=80,
            json_schema_extra=TEAMMATE,
        ),
    ] = ""
    webhook_url: Annotated[
        str,
        Field(
            title="Webhook",
            description="Where messages are posted. Set at the custom channel.",
            json_schema_extra=PROGRAM,
            max_length=2000,
        ),
    ] = ""
    threading: Annotated[
        Threading,
        Field(
            title="Threading",
            description="How messages find their conversation. Set at the custom channel.",
            json_schema_extra=PROGRAM,
        ),
    ] = Threading.DELIVERY_IDENTIFIER
    declared: Annotated[
        dict[str, Any],
        Field(title="Capabilities", description="What it can do.", json_schema_extra=PROGRAM),
    ] = {}
