"""What an error of the Messenger API means, by code and subcode. Pure."""

from firstline.channels.base import Broken
from firstline.channels.graph.trouble import Trouble
from firstline.channels.refusals import AccountBusy, HeldElsewhere, Unreachable
from firstline.kit.errors import Rejected, Retry, Unknown

PERHAPS_SENT = {1}
AGAIN = {2, 1200}
SLOWER = {4, 32, 613, 80006}
WINDOW = {(10, 2018278), (10, 2018065), (10, 2534022)}
HELD = {(10, 2018300), (10, 2018105), (100, 2018105)}
UNREACHABLE = {(10, 2018108), (200, 1545041), (551, 1545041), (551, 0), (100, 2018001), (100, 2534014)}
TOKEN = {190, 102}
NO_ACCESS = {10, 200, 3, 230}
POLICY = {368}


def raised(trouble: Trouble, attempt: int, seconds: float) -> Exception:
    """The exception that a failed send becomes.

    :param attempt: counted from 1. :param seconds: what Meta's headers say about when to go on.
    """
    both = (trouble.code, trouble.subcode)
    if trouble.code in SLOWER:
        return AccountBusy(seconds, "The page sends faster than Meta allows.")
    if trouble.code in AGAIN or (trouble.transient and trouble.code not in PERHAPS_SENT):
        return Retry(float(min(2 * 3 ** (attempt - 1), 600)), trouble.sentence)
    if trouble.code in PERHAPS_SENT:
        return Unknown(f"{trouble.sentence} The message may have been sent all the same.")
    if both in WINDOW:
        return Rejected("The reply window is closed: the customer's last message is too old. Wait until they write again.")
    if both in HELD:
        return HeldElsewhere(
            "Another app has the thread with this customer. Take it back in Meta's inbox, or let them go on there."
        )
    if both in UNREACHABLE:
        said = f"The customer cannot be reached: blocked, switched off or gone. ({trouble.sentence})"
        return Unreachable(said, f"{trouble.code}/{trouble.subcode}")
    if is_account(trouble):
        return Broken(f"messenger:{trouble.code}", trouble.sentence, cure_of(trouble))
    if trouble.status >= 500:
        return Unknown(f"{trouble.sentence} Nobody can tell whether the message was taken.")
    return Rejected(trouble.sentence)


def is_account(trouble: Trouble) -> bool:
    """Whether the account itself does not work."""
    return trouble.told and trouble.code in TOKEN | NO_ACCESS | POLICY


def cure_of(trouble: Trouble) -> str:
    """What to do about the account."""
    if trouble.code in TOKEN:
        return "Make a new page access token and enter it in the settings of this account."
    if (trouble.code, trouble.subcode) == (10, 1893063) or trouble.code in POLICY:
        return "Open the page's support inbox at Meta; Meta has restricted the page."
    return "Give the token pages_messaging, pages_manage_metadata or instagram_manage_messages, and set the app to Live."
