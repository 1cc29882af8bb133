"""*Send a test message*: one message to an address of one's own, outside of any conversation (CH7)."""

from firstline.channels.base import Account, Broken, Channel, Outbound, capabilities_of
from firstline.conversations.rules import Delivery
from firstline.kit.database import Database
from firstline.kit.errors import Invalid, Rejected, Retry, Unknown
from firstline.kit.ids import new_id

TEXT = "This is a test message from Firstline. If you read it, the channel works."


async def send_test(database: Database, channel: Channel, account: Account, to: str) -> tuple[bool, str]:
    """Send it: whether it went out, and a sentence for people.

    :raises Invalid: if there is no address, or the channel cannot write first.
    """
    can = capabilities_of(channel, account)
    to = to.strip()
    if can.shows:
        raise Invalid("Write in the chat on your website instead: nothing is sent from here.", field="test_to")
    if not 0 < len(to) <= 300:
        raise Invalid("Enter the address to send the test message to.", field="test_to")
    now = database.clock.now()
    message = Outbound(
        new_id("tst"), "test", TEXT[: can.text_limit], {}, "system", to, at=now, last_customer_at=now, subject="Firstline"
    )
    try:
        receipt = await channel.send(account, message)
    except Broken as trouble:
        return False, f"{trouble.reason} {trouble.cure}".strip()
    except (Rejected, Retry, Unknown) as no:
        return False, no.reason
    if receipt.delivery is Delivery.SENT:
        return True, f"Sent to {to}. Look whether it arrives."
    return True, f"It is {receipt.delivery.value}."
