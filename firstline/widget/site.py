"""One website's chat as the widget needs it: its settings, who answers, and in whose name."""

from collections.abc import Callable
from dataclasses import dataclass

from firstline.agent import queries as agents
from firstline.agent.channel_settings import Capture
from firstline.agent.phrases import say
from firstline.agent.rules import Profile
from firstline.channels.accounts import which
from firstline.channels.base import Account
from firstline.channels.livechat.channel import LiveChat
from firstline.channels.livechat.config import LiveChatConfig
from firstline.conversations.rules import Place
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.queries import the_account
from firstline.widget.accepting import MEGABYTE, Limits, Taken
from firstline.widget.wording import Wording

Assignable = Callable[[Tx, str], str | None]
"""The id of the agent that would take a new conversation on a channel account now; None where people answer."""


@dataclass(frozen=True)
class Site:
    """A website's chat. ``powered_by_ai``: the agent would take a new conversation here, now (DP6)."""

    account: Account
    config: LiveChatConfig
    company: str
    profile: Profile | None
    powered_by_ai: bool
    asks_email: bool = False
    """Whether the greeting asks for the visitor's email address (HO5)."""

    @property
    def id(self) -> str:
        """The channel account."""
        return self.account.id

    @property
    def place(self) -> Place:
        """Where what is said here comes in."""
        return Place(self.account.id, self.account.workspace)

    @property
    def agent_name(self) -> str:
        """What visitors call the agent."""
        return self.profile.name if self.profile else ""

    @property
    def text_limit(self) -> int:
        """Characters of one message."""
        return LiveChat.capabilities.text_limit

    @property
    def files(self) -> Limits:
        """Which files visitors may send here."""
        return Limits(Taken(self.config.files), self.config.file_limit * MEGABYTE)

    def agent(self) -> dict[str, str | None]:
        """The agent as visitors meet it."""
        return {"name": self.agent_name, "avatar": self.profile.avatar if self.profile else None}

    def welcome(self, words: Wording) -> str:
        """What the agent says before anything else, or nothing where there is none."""
        if self.profile is None:
            return ""
        return self.profile.welcome or words.say("welcome", name=self.agent_name, company=self.company)

    def email_question(self, words: Wording) -> str:
        """What the greeting asks a visitor who has not written yet; nothing where it does not ask."""
        return say("email.ask", words.language, self.profile.personality) if self.asks_email and self.profile else ""


def site(tx: Tx, account_id: str, assignable: Assignable) -> Site:
    """The chat of a channel account.

    :raises NotFound: if there is none, or it is no website.
    """
    account = which(tx, account_id)
    if account.kind != LiveChat.kind:
        raise NotFound(f"There is no live chat {account_id}.")
    config = LiveChatConfig.model_validate(account.settings)
    taker = assignable(tx, account_id)
    if taker is not None:
        agent = agents.which(tx, taker)
        profile: Profile | None = agent.published
        asks = agent.channels.email_capture is Capture.START
    else:
        asks = False
        profile = next((one.published for one in agents.agents(tx)), None)
    company = config.company or (profile.company if profile else "") or the_account(tx).name or account.name
    return Site(account, config, company, profile, taker is not None, asks)
