"""How long a token lasts, asked of Meta with every check: an account that will stop working says so two weeks before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from firstline.channels.graph.client import Graph, Refusal
from firstline.channels.graph.reading import mapping, number
from firstline.channels.happenings import Notice
from firstline.kit.errors import Rejected, Retry, Unknown

BEFORE = timedelta(days=14)
CURE = "Make a new token at Meta and enter it in the settings of this account. A system user's token has no end."


async def token_notice(graph: Graph, kind: str, now: datetime, with_token: str = "") -> Notice | None:
    """What is to be said about the end of the account's token; None if Meta does not tell.

    Meta documents the app's own token as the one that may ask (Graph API reference, *Debug Token*).

    :param with_token: that one, where the account knows it; else the account's token asks about itself.
    """
    asking = replace(graph, token=with_token, app_secret="") if with_token else graph
    try:
        answer = await asking.ask("GET", "debug_token", query={"input_token": graph.token})
    except (Refusal, Retry, Rejected, Unknown):
        return None
    return about_end(f"{kind}:token_ends", ends_at(mapping(answer.get("data"))), now, CURE)


def app_token(app_id: str, app_secret: str) -> str:
    """The access token of an app itself; empty if one of both is not known."""
    return f"{app_id}|{app_secret}" if app_id and app_secret else ""


def about_end(code: str, ends: datetime | None, now: datetime, cure: str) -> Notice:
    """A note from two weeks before the end on; before, and without an end, there is nothing to say. Pure."""
    if ends is None or ends - now > BEFORE:
        return Notice(code, "The token lasts.", "Nothing has to be done.", broken=False, over=True)
    days = max(0, (ends - now).days)
    when = f"in {days} days, on" if days > 1 else "tomorrow, on" if days == 1 else "within a day, on"
    return Notice(code, f"The access token ends {when} {ends:%-d %B %Y}.", cure, broken=False)


def ends_at(token: Mapping[str, Any]) -> datetime | None:
    """The earlier end of the token itself and of its access to data; 0 is never. Pure."""
    said = [number(token.get(name)) or 0 for name in ("expires_at", "data_access_expires_at")]
    ends = [one for one in said if 0 < one < 4_102_444_800]
    return datetime.fromtimestamp(min(ends), UTC) if ends else None
