"""What an error of the WhatsApp API means: try again, slow down, mend the account, tell people. Pure.

By code, never by words or HTTP status, as Meta asks. The list grows: an unknown code in a 5xx is tried again, in a 4xx it is not.
"""

from datetime import timedelta

from firstline.channels.base import Broken
from firstline.channels.graph.trouble import Trouble
from firstline.channels.refusals import (
    AccountBusy,
    FileRefused,
    HeldElsewhere,
    HolderChanged,
    NoMarketing,
    SurprisingRefusal,
    TemplateGone,
    Unreachable,
)
from firstline.kit.errors import Rejected, Retry

AGAIN = {1, 2, 131000, 131016, 133004, 131057}
SLOWER = {4, 80007, 130429}
PAIR = {131056}
TOKEN = {0, 190}
ACCESS = {3, 10, 131005, 131045, 133010, 131037, 33, 131042} | set(range(200, 300))
POLICY = {368, 130497, 131031}
SPAM = {131048, 130472}
HELD_BACK, NOT_WANTED = 131049, 131050
NO_MARKETING = {HELD_BACK, NOT_WANTED}
PAUSE = timedelta(hours=24)
"""How long advertising waits at least that Meta held back: sent again sooner, it is held back again."""
WINDOW = {131047}
RECIPIENT = {131026, 131021, 131030, 131062, 137000}
HOLDER = {137000}
DEAD = RECIPIENT - {131062} - HOLDER
"""The address itself cannot be written to. 131062 is about one kind of message only, 137000 about who holds the address."""
MEDIA = {131052, 131053}
"""The file could not be fetched, or its content is not what WhatsApp takes: it may be sent in another form."""
TEMPLATE = {132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069}
STATES = {132001: "DELETED", 132015: "PAUSED", 132016: "DISABLED"}
"""What an error says of a template's state."""
BAD_REQUEST = {100, 131008, 131009, 131051, 131055}
"""Something that we should not have sent."""
OTHER = {613, 131060, 131063, 131064, 134011, 135000, 1752041, 2494100, 2593107, 2593108} | {
    *range(131200, 131300),
    *range(134100, 134103),
    *range(138000, 138019),
    *range(139100, 139104),
    *range(147001, 147006),
    *range(2388000, 2389000),
}
"""Described by Meta (calls, groups, blocking, names, synchronising, making templates), and nothing follows from them here."""
SET_UP = {133000, 133005, 133006, 133008, 133009, 133015, 133016}
HELD = {2494191}

_SAID = {
    131047: "The reply window is closed: the customer's last message is more than 24 hours old. Choose an approved template.",
    131026: "WhatsApp cannot reach this customer: no WhatsApp on that number, an old version, or they blocked the business.",
    131021: "The number belongs to the business itself.",
    131030: "The app is in test mode and this number is not on its list of test numbers.",
    131062: "This kind of message needs a phone number, and the customer's is hidden.",
    137000: "The customer has another phone, or somebody else has the number now: find out who it is, then confirm it.",
    131049: "WhatsApp holds back this marketing message. Wait at least 24 hours.",
    131050: "The customer does not want marketing messages.",
    131052: "WhatsApp could not get the file.",
    131053: "WhatsApp does not take the file as it is.",
    131048: "WhatsApp limits this number because customers reported its messages.",
    132000: "The template takes another number of values than were given.",
    132001: "The template does not exist in this language any more.",
    132015: "The template is paused because customers disliked it.",
    132016: "The template is switched off for good.",
}


def raised(trouble: Trouble, attempt: int, seconds: float) -> Exception:
    """The exception that a failed send becomes.

    :param attempt: counted from 1. :param seconds: what Meta's headers say about when to go on.
    """
    if trouble.code in PAIR:
        return Retry(float(min(4 ** (attempt - 1), 1024)), "This customer gets messages faster than WhatsApp allows.")
    if trouble.code in SLOWER:
        return AccountBusy(seconds, "The number sends faster than WhatsApp allows.")
    if trouble.code in AGAIN or (not _is_known(trouble.code) and trouble.status >= 500) or trouble.transient:
        return Retry(float(min(2 * 3 ** (attempt - 1), 600)), sentence(trouble))
    if trouble.code in HELD:
        return HeldElsewhere("Meta's own agent has the word with this customer, and does not let go of it.")
    if trouble.code in TEMPLATE:
        return TemplateGone(sentence(trouble), STATES.get(trouble.code, ""))
    if trouble.code in MEDIA:
        return FileRefused(sentence(trouble))
    if trouble.code in HOLDER:
        return HolderChanged(sentence(trouble))
    if trouble.code in DEAD:
        return Unreachable(sentence(trouble), str(trouble.code))
    if trouble.code in NO_MARKETING:
        return NoMarketing(sentence(trouble), PAUSE if trouble.code == HELD_BACK else None)
    if is_account(trouble):
        return Broken(f"whatsapp:{trouble.code}", sentence(trouble), cure_of(trouble))
    if trouble.told and not _is_known(trouble.code) and trouble.code not in BAD_REQUEST | OTHER:
        cure = "Look up the code in Meta's list of errors. It is shown once until it is put aside."
        return SurprisingRefusal(sentence(trouble), f"whatsapp:{trouble.code}", cure)
    return Rejected(sentence(trouble))


def is_account(trouble: Trouble) -> bool:
    """Whether the account itself does not work."""
    return trouble.told and trouble.code in TOKEN | ACCESS | POLICY | SET_UP


def sentence(trouble: Trouble) -> str:
    """What happened, for people."""
    said = _SAID.get(trouble.code)
    return f"{said} (Meta error {trouble.code}.)" if said else trouble.sentence


def cure_of(trouble: Trouble) -> str:
    """What to do about the account."""
    if trouble.code in TOKEN:
        return "Make a new token for the system user in Meta's business settings and enter it in the settings of this account."
    if trouble.code == 131042:
        return "Mend the payment method of the WhatsApp Business Account in Meta's billing settings."
    if trouble.code in ACCESS:
        return "Give the system user access to this WhatsApp account and check the phone number ID."
    if trouble.code in POLICY:
        return "Open the account quality page in Meta's business settings; Meta has restricted the account."
    if trouble.code in SET_UP:
        return "Register the number for the Cloud API in Meta's WhatsApp settings."
    return "Look at the number in Meta's WhatsApp settings."


def _is_known(code: int) -> bool:
    lasting = TOKEN | ACCESS | POLICY | SET_UP | SPAM | NO_MARKETING | WINDOW | RECIPIENT | MEDIA | TEMPLATE
    return code in lasting | SLOWER | PAIR
