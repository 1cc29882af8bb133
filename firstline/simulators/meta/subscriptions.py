"""Subscriptions of an app to events: what may be subscribed to, and when Meta ends one."""

from dataclasses import dataclass, field

HOUR = 3_600.0
PAGE_TAKES = (
    *("feed", "mention", "name", "picture", "category", "description", "conversations", "inbox_labels", "standby"),
    *("message_mention", "messages", "message_reactions", "messaging_account_linking", "messaging_customer_information"),
    *("message_echoes", "message_edits", "message_deliveries", "messaging_game_plays", "messaging_optins", "messaging_optouts"),
    *("messaging_payments", "messaging_postbacks", "message_reads", "messaging_referrals", "messaging_handovers"),
    *("messaging_policy_enforcement", "messaging_feedback", "response_feedback", "leadgen"),
)
INSTAGRAM_TAKES = (
    *("comments", "live_comments", "mentions", "messages", "message_edit", "message_reactions", "messaging_handover"),
    *("messaging_optins", "messaging_postbacks", "messaging_referral", "messaging_seen", "standby", "story_insights"),
)


def refusal(fields: list[str], takes: tuple[str, ...]) -> str:
    """What Meta says of the first field that it does not know; empty if it knows all."""
    for place, name in enumerate(fields):
        if name not in takes:
            return f'Param subscribed_fields[{place}] must be one of {{{", ".join(takes)}}} - got "{name}".'
    return ""


@dataclass
class Failing:
    """Deliveries that fail: after an hour of it the subscription of that account ends."""

    since: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    """Kinds of accounts to which nothing is delivered any more."""

    def failed(self, kind: str, now: float) -> None:
        """A delivery was not taken."""
        if now - self.since.setdefault(kind, now) >= HOUR and kind != "whatsapp":
            self.ended.add(kind)

    def taken(self, kind: str) -> None:
        """A delivery was taken."""
        self.since.pop(kind, None)

    def begin(self, kind: str) -> None:
        """The app is subscribed again."""
        self.ended.discard(kind)
        self.since.pop(kind, None)
