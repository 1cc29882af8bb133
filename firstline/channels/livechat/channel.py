"""Live chat as a channel: nothing is sent anywhere, because the visitor's browser reads the log that the message is in."""

from pydantic import BaseModel

from firstline.channels.base import Account, Capabilities, Outbound, Receipt
from firstline.channels.livechat.config import LiveChatConfig
from firstline.conversations.attaching import MOST
from firstline.conversations.rules import Delivery

TEXT_LIMIT = 4_000
"""Characters of one message of a visitor."""


class LiveChat:
    """The widget on a website."""

    kind = "live_chat"
    title = "Live chat"
    capabilities = Capabilities(
        text_limit=TEXT_LIMIT,
        rich_text=True,
        citations=True,
        typing=True,
        live=True,
        family="chat",
        debounce=0.7,
        turn_budget=30.0,
        repeatable=True,
        shows=True,
        splits=False,
        media=frozenset({"image", "audio", "video", "file"}),
        media_limit=MOST,
    )
    config: type[BaseModel] = LiveChatConfig

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Done already: what is committed is in the visitor's log; reading it is reported by the widget."""
        return Receipt(Delivery.SENT)

    async def check(self, account: Account) -> str:
        """There is no connection to try; says what is left to do."""
        where = account.settings.get("website") or "your website"
        return f"The chat is ready. Put its script tag on {where}."

    def address(self, account: Account) -> str:
        """The website, without its scheme."""
        website = str(account.settings.get("website") or "")
        return website.partition("://")[2].rstrip("/") or "Any website"
