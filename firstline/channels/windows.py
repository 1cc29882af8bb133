"""The reply window: how long after the customer's last message one may write (CH8). Pure; known before anybody writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from firstline.channels.base import Capabilities

SOON = timedelta(hours=4)


@dataclass(frozen=True)
class Window:
    """Whether one may write now, until when, and what helps if not."""

    open: bool
    closes_at: datetime | None = None
    tagged: bool = False
    """Open only for people, with the provider's tag for them."""
    cure: str = "none"

    def sentence(self, now: datetime) -> str:
        """For the composer: empty while there is nothing to say."""
        if not self.open:
            return {
                "template": "The reply window is closed: the customer's last message is too old. Choose an approved template.",
                "tag": "The reply window is closed. Wait until the customer writes again.",
            }.get(self.cure, "The reply window is closed. Wait until the customer writes again, or use another channel.")
        if self.closes_at is None or (self.closes_at - now > SOON and not self.tagged):
            return ""
        left = self.closes_at - now
        return f"{'People may reply for' if self.tagged else 'The reply window closes in'} {_span(left)}."


def window(can: Capabilities, last_customer_at: datetime | None, now: datetime, *, by_person: bool = True) -> Window:
    """The window towards one customer, counted from the time of their message, not from when it was processed."""
    if can.window is None:
        return Window(True)
    if last_customer_at is None:
        return Window(False, cure=can.window_cure)
    closes = last_customer_at + can.window
    if now < closes:
        return Window(True, closes, cure=can.window_cure)
    if by_person and can.window_cure == "tag" and can.human_window and now < last_customer_at + can.human_window:
        return Window(True, last_customer_at + can.human_window, tagged=True, cure=can.window_cure)
    return Window(False, closes, cure=can.window_cure)


def _span(left: timedelta) -> str:
    minutes = max(1, int(left.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} minute{'s' if minutes != 1 else ''}"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} h" + (f" {minutes % 60} min" if hours < 4 and minutes % 60 else "")
    return f"{hours // 24} days"
