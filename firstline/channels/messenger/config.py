"""What a Facebook page or an Instagram account can be set to."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from firstline.channels.base import Account
from firstline.channels.graph.config import ADDRESS, GRAPH_URL, GraphVersion, UseProof, VerifyToken
from firstline.channels.layout import TEAMMATE, Section

INBOX_APP = "263902037430900"
"""Meta's inbox for pages. One page of Meta's documentation prints it without the last digit but one."""


class Platform(StrEnum):
    """Whose messages."""

    MESSENGER = "messenger"
    INSTAGRAM = "instagram"


class MessengerConfig(BaseModel):
    """Settings of one page or Instagram account."""

    model_config = ConfigDict(extra="forbid", title="Messenger and Instagram")
    layout: ClassVar[tuple[Section, ...]] = (
        Section("", ("platform", "page_id")),
        Section("", ("instagram_id",), ("platform", frozenset({"instagram"}))),
        Section("", ("page_name", "app_id", "access_token", "app_secret", "verify_token")),
        Section("While a conversation goes on", ("mark_read", "ratings", "human_agent", "pass_handoffs", "outside_owner")),
        Section("More about the API", ("graph_url", "graph_version", "use_proof", "inbox_app_id"), folded=True),
    )

    platform: Annotated[Platform, Field(title="Platform", description="Facebook Messenger, or Instagram messages.")] = (
        Platform.MESSENGER
    )
    page_id: Annotated[
        str,
        Field(
            title="Page ID",
            description="Of the Facebook page that messages go through. With Instagram Login: the Instagram account's ID.",
            pattern=r"^[0-9A-Za-z_.-]{1,64}$",
        ),
    ]
    instagram_id: Annotated[
        str,
        Field(
            title="Instagram account ID",
            description="Of the professional account; only for Instagram.",
            pattern=r"^[0-9A-Za-z_.-]{0,64}$",
        ),
    ] = ""
    app_id: Annotated[
        str,
        Field(
            title="App ID",
            description="Of your app at Meta. By it, our own messages are told from those that people write in Meta's inbox.",
            pattern=r"^[0-9]{0,32}$",
        ),
    ] = ""
    page_name: Annotated[
        str,
        Field(title="Name of the page", description="As customers know it. Shown to teammates.", max_length=120),
    ] = ""
    access_token: Annotated[
        SecretStr,
        Field(
            title="Access token",
            description="Of the page, made from a long-lived user or system user, with pages_messaging and "
            "pages_manage_metadata and pages_read_engagement; for Instagram with instagram_manage_messages and instagram_basic.",
        ),
    ] = SecretStr("")
    app_secret: Annotated[
        SecretStr,
        Field(
            title="App secret",
            description="App settings › Basic. While you change it, enter the new and the old one with a space between. "
            "With Instagram Login enter the Instagram app secret and the app secret.",
        ),
    ] = SecretStr("")
    verify_token: VerifyToken = SecretStr("")
    human_agent: Annotated[
        bool,
        Field(
            title="People may reply for 7 days",
            description="With the tag HUMAN_AGENT, which Meta has to approve for your app. The agent never uses it.",
        ),
    ] = False
    mark_read: Annotated[
        bool,
        Field(title="Show read and typing", description="Customers see that their message was read, and “typing”."),
    ] = True
    ratings: Annotated[
        bool,
        Field(
            title="Let customers rate answers",
            description="Messenger shows thumbs below messages. Those below the agent's answers count as ratings; Meta shows "
            "them below what people write, too, where they are passed over. A change takes effect with the next check.",
        ),
    ] = True
    outside_owner: Annotated[
        str,
        Field(
            title="Owner of conversations answered in Meta's inbox",
            description="With nobody, until somebody takes the conversation.",
            max_length=60,
            json_schema_extra=TEAMMATE,
        ),
    ] = ""
    pass_handoffs: Annotated[
        bool,
        Field(
            title="Pass handed-over conversations to Meta's inbox",
            description="People answer there; the agent is silent until the thread comes back. Otherwise they stay here.",
        ),
    ] = False
    inbox_app_id: Annotated[
        str,
        Field(
            title="App ID of the inbox",
            description="To which app they are passed. As it stands it is Meta's own inbox.",
            pattern=r"^[0-9]{1,32}$",
        ),
    ] = INBOX_APP
    graph_url: Annotated[
        str,
        Field(
            title="Address of the API",
            description="https://graph.instagram.com with Instagram Login; else change it only for a simulator or a gateway.",
            pattern=ADDRESS,
            max_length=300,
        ),
    ] = GRAPH_URL
    graph_version: GraphVersion = "v26.0"
    use_proof: UseProof = False

    @property
    def is_instagram(self) -> bool:
        """Whether the people are Instagram's."""
        return self.platform is Platform.INSTAGRAM

    @property
    def inbox_ids(self) -> frozenset[str]:
        """The apps in which people answer."""
        return frozenset((self.inbox_app_id, INBOX_APP, "26390203743090"))

    @property
    def uses_instagram_login(self) -> bool:
        """Whether the token is an Instagram user's, who needs no page: then the account's id stands in both places."""
        return self.is_instagram and self.page_id == self.instagram_id

    @property
    def own_ids(self) -> frozenset[str]:
        """By what the account is named in webhooks."""
        return frozenset(one for one in (self.page_id, self.instagram_id) if one)


def config_of(account: Account) -> MessengerConfig:
    """The settings of an account; ones that this release does not know are passed over."""
    given = {**account.settings, **account.secrets}
    return MessengerConfig.model_validate({name: given[name] for name in MessengerConfig.model_fields if name in given})
