"""Tokens of Instagram Login end after 60 days. Meta gives another 60 for one that is at least a day old and has not ended
(Instagram Platform, *Refresh Access Token*)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from firstline.channels.abilities import Health
from firstline.channels.graph.client import Graph, Refusal
from firstline.channels.graph.health import about_end
from firstline.channels.graph.reading import number, word
from firstline.channels.happenings import Notice
from firstline.kit.errors import Rejected, Retry, Unknown

CODE = "messenger:token_ends"
CURE = "Make a new token in Meta's app dashboard under Instagram and enter it in the settings of this account."
LASTS = timedelta(days=60)
EVERY = timedelta(days=7)
"""How old a token becomes before it is renewed."""
YOUNG = timedelta(days=2)
"""So long a refusal says nothing: a token that was made today is refused until it is a day old."""
RENEWED, REFUSED = "token_renewed_at", "token_refused_at"
"""What is kept beside the token: when it was renewed, and since when Meta refuses to."""


async def renewed(graph: Graph, kept: Mapping[str, str], now: datetime) -> Health:
    """A fresh token for the present one, if it is time; else what is to be said about its end.

    :param kept: the account's secrets, with what an earlier renewal left beside them.
    """
    last = _time(kept.get(RENEWED))
    if last is not None and now - last < EVERY:
        return Health((about_end(CODE, last + LASTS, now, CURE),))
    try:
        query = {"grant_type": "ig_refresh_token", "access_token": graph.token}
        answer = await graph.ask("GET", "refresh_access_token", query=query, versioned=False)
    except (Refusal, Rejected):
        return _refused(_time(kept.get(REFUSED)), last, now)
    except (Retry, Unknown):
        return Health()
    token, seconds = word(answer.get("access_token"), 4000), number(answer.get("expires_in")) or 0
    if not token or seconds <= 0:
        return _refused(_time(kept.get(REFUSED)), last, now)
    ends = now + timedelta(seconds=min(seconds, 10**8))
    return Health((about_end(CODE, ends, now, CURE),), {"access_token": token, RENEWED: now.isoformat(), REFUSED: ""})


def _refused(since: datetime | None, last: datetime | None, now: datetime) -> Health:
    """Meta does not renew it. Said once it cannot be because the token is young."""
    if since is None or now - since < YOUNG:
        return Health((), {REFUSED: (since or now).isoformat()})
    when = f"; it ends on {last + LASTS:%-d %B %Y}" if last else "; it ends 60 days after it was made"
    return Health((Notice(CODE, f"The token of Instagram Login could not be renewed{when}.", CURE, broken=False),))


def _time(said: str | None) -> datetime | None:
    """When, if it says so."""
    try:
        found = datetime.fromisoformat(said or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
