"""What a WhatsApp number can be set to."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from firstline.channels.base import Account
from firstline.channels.graph.config import ADDRESS, GRAPH_URL, GraphVersion, UseProof, VerifyToken
from firstline.channels.layout import TEAMMATE, Section


class WhatsAppConfig(BaseModel):
    """Settings of one WhatsApp number."""

    model_config = ConfigDict(extra="forbid", title="WhatsApp")
    layout: ClassVar[tuple[Section, ...]] = (
        Section("", ("phone_number_id", "waba_id", "display_number", "access_token", "app_secret", "verify_token")),
        Section("While a conversation goes on", ("mark_read", "identity_check", "coexistence", "outside_owner")),
        Section("More about the API", ("graph_url", "graph_version", "use_proof"), folded=True),
    )

    phone_number_id: Annotated[
        str,
        Field(
            title="Phone number ID",
            description="In Meta's app dashboard under WhatsApp › API setup: a long number, not the phone number itself.",
            pattern=r"^[0-9A-Za-z_.-]{1,64}$",
        ),
    ]
    waba_id: Annotated[
        str,
        Field(
            title="WhatsApp Business Account ID",
            description="Beside it. Needed for templates, and to repair the subscription to messages.",
            pattern=r"^[0-9A-Za-z_.-]{0,64}$",
        ),
    ] = ""
    display_number: Annotated[
        str,
        Field(
            title="Phone number", description="As customers know it, such as +49 341 555 0100. Shown to teammates.", max_length=40
        ),
    ] = ""
    access_token: Annotated[
        SecretStr,
        Field(
            title="Access token",
            description="Of a system user, with whatsapp_business_messaging and whatsapp_business_management. "
            "The token on the app's start page ends within a day.",
        ),
    ] = SecretStr("")
    app_secret: Annotated[
        SecretStr,
        Field(
            title="App secret",
            description="App settings › Basic. While you change it, enter the new and the old one with a space between.",
        ),
    ] = SecretStr("")
    verify_token: VerifyToken = SecretStr("")
    mark_read: Annotated[
        bool,
        Field(
            title="Show read and typing", description="Customers see blue ticks and “typing” while the agent prepares an answer."
        ),
    ] = True
    identity_check: Annotated[
        bool,
        Field(
            title="Write to the same person only",
            description="Messages carry WhatsApp's key of the customer. After a new phone, or a new holder of the number, "
            "they are not delivered: people are told, find out who it is, and confirm it. For what nobody else may read.",
        ),
    ] = False
    coexistence: Annotated[
        bool,
        Field(
            title="Number is on a phone as well",
            description="With the WhatsApp Business app (coexistence): at most 20 messages a second are sent.",
        ),
    ] = False
    outside_owner: Annotated[
        str,
        Field(
            title="Owner of conversations answered on the phone",
            description="With nobody, until somebody takes the conversation.",
            max_length=60,
            json_schema_extra=TEAMMATE,
        ),
    ] = ""
    graph_url: Annotated[
        str,
        Field(
            title="Address of the API",
            description="Change it only for a simulator or a gateway.",
            pattern=ADDRESS,
            max_length=300,
        ),
    ] = GRAPH_URL
    graph_version: GraphVersion = "v26.0"
    use_proof: UseProof = False


def config_of(account: Account) -> WhatsAppConfig:
    """The settings of an account; ones that this release does not know are passed over."""
    given = {**account.settings, **account.secrets}
    return WhatsAppConfig.model_validate({name: given[name] for name in WhatsAppConfig.model_fields if name in given})
