"""One message of ours as several posts: the provider's ids of all, and what it means if they break off in the middle."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from firstline.channels.base import Receipt
from firstline.channels.interrupting import Interrupted
from firstline.conversations.rules import Delivery
from firstline.kit.errors import Rejected, Retry, Unknown


async def post_all(bodies: Sequence[Mapping[str, Any]], post: Callable[[Mapping[str, Any]], Awaitable[str]]) -> Receipt:
    """Post them in order.

    :param post: posts one; returns its id.
    :raises Rejected: if there is nothing to post. :raises Unknown: after some were sent; before, whatever ``post`` raises.
    """
    if not bodies:
        raise Rejected("There is nothing to send: neither text nor a file.")
    ids: list[str] = []
    for body in bodies:
        try:
            ids.append(await post(body))
        except (Retry, Rejected, Unknown, Interrupted) as failed:
            if not ids:
                raise
            why = "A person took the conversation." if isinstance(failed, Interrupted) else failed.reason
            raise Unknown(f"{len(ids)} of {len(bodies)} parts were sent, then: {why}") from None
    return Receipt(Delivery.SENT, ids[0], tuple(ids[1:]))
