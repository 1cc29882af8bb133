"""Whether our app gets the account's events, and seeing to it: Meta ends a subscription after about an hour of failed deliveries.

A page takes the fields of pages, also where Instagram's messages go through it; only an account of Instagram Login takes
Instagram's (Graph API reference, *Page › Subscribed apps*; Instagram Platform, *Webhooks › Fields*).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from firstline.channels.graph.client import Graph, Refusal
from firstline.channels.graph.reading import items, mapping, word
from firstline.channels.messenger.config import MessengerConfig

PAGE_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_optins",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "message_echoes",
    "messaging_referrals",
    "messaging_handovers",
    "standby",
    "messaging_account_linking",
    "messaging_policy_enforcement",
    "response_feedback",
)
INSTAGRAM_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "message_reactions",
    "message_edit",
    "messaging_handover",
    "standby",
)
"""Of an account of Instagram Login; its echoes come inside ``messages``."""
RATINGS = "response_feedback"
"""While this is subscribed to, Meta shows thumbs below messages."""
ESSENTIAL = frozenset({"messages"})
"""Without these the account would not work; any other field may be refused by a version of the API that does not know it."""
_REFUSED = re.compile(r"subscribed_fields\[(\d{1,3})\]")


@dataclass(frozen=True)
class Repaired:
    """What was missing and is there again."""

    gone: bool
    """The app was not subscribed at all."""
    fields: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For people."""
        if self.gone:
            return "The app was not subscribed to the account's events; it was subscribed."
        return f"The app did not get all of the account's events; now it gets {', '.join(self.fields)} too."


def wanted(config: MessengerConfig) -> tuple[str, ...]:
    """The fields that an account needs."""
    fields = INSTAGRAM_FIELDS if config.uses_instagram_login else PAGE_FIELDS
    return fields if config.ratings else tuple(field for field in fields if field != RATINGS)


async def repair(graph: Graph, config: MessengerConfig) -> Repaired | None:
    """Read the subscription, and subscribe anew where it is gone or lacks fields; None if nothing was wrong.

    :raises Refusal: if Meta refuses. And whatever :meth:`~firstline.channels.graph.client.Graph.ask` raises.
    """
    path = f"{config.page_id}/subscribed_apps"
    answer = await graph.ask("GET", path)
    has = _subscribed(answer.get("data"), config.app_id)
    lacking = set(wanted(config)) - (has or set())
    unwanted = RATINGS in (has or ()) and RATINGS not in wanted(config)
    if has is not None and not lacking and not unwanted:
        return None
    taken = await _subscribe(graph, path, wanted(config))
    new = tuple(field for field in taken if field in lacking)
    return Repaired(has is None, new) if has is None or new else None


def _subscribed(data: object, app_id: str) -> set[str] | None:
    """The fields that our app gets; None if it is not subscribed. Without an app id any app's subscription counts as ours."""
    for one in items(data):
        app = mapping(one)
        if app_id and word(app.get("id"), 40) not in ("", app_id):
            continue
        fields = items(app.get("subscribed_fields"))
        return {word(field.get("name") if isinstance(field, dict) else field, 80) for field in fields}
    return None


async def _subscribe(graph: Graph, path: str, fields: Sequence[str]) -> tuple[str, ...]:
    """Subscribe; a field that Meta names as unknown is left out, because one such field refuses the whole request."""
    left = list(fields)
    while True:
        try:
            await graph.ask("POST", path, query={"subscribed_fields": ",".join(left)})
        except Refusal as no:
            found = _REFUSED.search(no.trouble.message) if no.trouble.code == 100 else None
            place = int(found.group(1)) if found else len(left)
            if place >= len(left) or left[place] in ESSENTIAL:
                raise
            del left[place]
        else:
            return tuple(left)
