"""What an API key may be limited to: which permissions remain, and which areas of the REST interface it opens."""

from collections.abc import Collection
from dataclasses import dataclass

from firstline.people.rules import ALL, Permission

EVERYTHING = "*"
SCOPES: dict[str, frozenset[Permission]] = {
    EVERYTHING: ALL,
    "inbox": frozenset({Permission.USE_INBOX, Permission.USE_HELP_DESK, Permission.SEE_ALL, Permission.EDIT_CONTACTS}),
    "agent": frozenset({Permission.EDIT_AGENT}),
    "automation": frozenset({Permission.MANAGE_CHATFLOWS, Permission.MANAGE_WORKFLOWS}),
    "channels": frozenset({Permission.MANAGE_CHANNELS}),
    "integrations": frozenset({Permission.MANAGE_INTEGRATIONS}),
    "people": frozenset({Permission.MANAGE_TEAMMATES, Permission.MANAGE_AVAILABILITY, Permission.MANAGE_SECURITY}),
    "usage": frozenset({Permission.MANAGE_BILLING}),
    "reports": frozenset({Permission.READ_REPORTS}),
    "audit": frozenset({Permission.READ_AUDIT}),
    "data": frozenset({Permission.MANAGE_DATA}),
}
"""A key never can more than the teammate it acts for."""


@dataclass(frozen=True)
class Area:
    """The scopes that may read and change what lies under one path; any one of them is enough."""

    change: tuple[str, ...]
    also_read: tuple[str, ...] = ()

    def scopes(self, method: str) -> tuple[str, ...]:
        """The scopes that a request takes, any one of them."""
        return (*self.change, *self.also_read) if method in ("GET", "HEAD") else self.change


AREAS: dict[str, Area] = {
    **dict.fromkeys(
        (
            "agents",
            "sources",
            "knowledge",
            "actions",
            "guidelines",
            "mcp-servers",
            "model-connections",
            "model-providers",
            "knowledge-gaps",
            "suggestions",
            "contradictions",
            "recalls",
            "trials",
            "test-cases",
            "replays",
        ),
        Area(("agent",)),
    ),
    **dict.fromkeys(("usage", "credits"), Area(("usage",))),
    **dict.fromkeys(("chatflows", "workflows"), Area(("automation",))),
    **dict.fromkeys(
        ("conversations", "contacts", "tickets", "views", "snippets", "canned-replies", "search", "attachments", "action-calls"),
        Area(("inbox",)),
    ),
    **dict.fromkeys(("webhooks", "custom-channels"), Area(("integrations",))),
    **dict.fromkeys(("roles", "invitations", "seats", "api-keys", "notices", "security"), Area(("people",))),
    **dict.fromkeys(("metrics", "reports", "coaching"), Area(("reports",))),
    **dict.fromkeys(("audit-log",), Area(("audit",))),
    **dict.fromkeys(("export", "erasures"), Area(("data",))),
    "deployments": Area(("agent",), ("channels",)),
    "channel-accounts": Area(("channels",), ("agent", "inbox")),
    "dead-letters": Area(("channels",)),
    "templates": Area(("channels",), ("inbox",)),
    "model-usage": Area(("usage",), ("agent",)),
    "clock-policies": Area(("channels",), ("agent", "inbox")),
    "queues": Area(("inbox",), ("people",)),
    "workload": Area(("people",), ("inbox",)),
    "availability": Area(("people",), ("inbox",)),
    "business-hours": Area(("people",), ("agent", "inbox")),
    "public-holidays": Area(("people", "agent"), ("inbox", "channels")),
    "teammates": Area(("people",), ("inbox",)),
    "teams": Area(("people",), ("inbox",)),
}
"""What each path under ``/api/v1/`` takes. One that is not listed takes a key without limits."""


def area_of(path: str) -> Area:
    """The area that a path lies in."""
    return AREAS.get(path.removeprefix("/api/v1/").partition("/")[0].partition(".")[0], Area(()))


def opens(scopes: Collection[str], method: str, path: str) -> bool:
    """Whether a key with these scopes may make a request."""
    return EVERYTHING in scopes or not set(scopes).isdisjoint(area_of(path).scopes(method))


def permissions_of_scopes(scopes: Collection[str]) -> frozenset[Permission]:
    """The permissions that remain; unknown scopes allow nothing."""
    return frozenset[Permission]().union(*(SCOPES[scope] for scope in scopes if scope in SCOPES))
