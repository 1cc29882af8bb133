"""The gate before a call: what the protection of an action asks for, and whether it holds (AC3, AN6). Pure.

Nothing that a customer, a mail, a page or a model says opens it. It looks at facts that code established: whether the channel
knows who writes, when a code was entered, who approved which call.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from firstline.agent.actions.definition import Protection

VERIFIED_FOR = timedelta(minutes=30)
"""How long an entered code counts, in its conversation."""

Verdict = Literal["open", "unknown_customer", "needs_code", "needs_approval"]


@dataclass(frozen=True)
class Proof:
    """What is established for one call.

    ``identified``: the channel itself knows the customer. ``verified_at``: when a code was entered in this conversation, for the
    contact that the conversation still belongs to. ``approved_by``: the teammate who approved this call with these values.
    """

    identified: bool = False
    verified_at: datetime | None = None
    approved_by: str | None = None


def gate(protection: Protection, proof: Proof, now: datetime) -> Verdict:
    """Whether a call may be made now, or what is missing."""
    if protection is Protection.NONE:
        return "open"
    if protection is Protection.MATCH:
        return "open" if proof.identified else "unknown_customer"
    if protection is Protection.VERIFY:
        fresh = proof.verified_at is not None and timedelta() <= now - proof.verified_at <= VERIFIED_FOR
        return "open" if fresh else "needs_code"
    return "open" if proof.approved_by else "needs_approval"
