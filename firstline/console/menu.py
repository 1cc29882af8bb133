"""The menu as data. A place is listed here when its screen works, and not before."""

from dataclasses import dataclass, field

from firstline.console.words import mark
from firstline.people.rules import Actor, Permission


@dataclass(frozen=True)
class Item:
    """One line of a menu. ``needs`` is the permission without which it is not shown."""

    label: str
    href: str
    icon: str = ""
    needs: Permission | None = None

    def shown_to(self, viewer: Actor) -> bool:
        """Whether this teammate may open it."""
        return self.needs is None or viewer.may(self.needs)


@dataclass(frozen=True)
class Group:
    """Items under a heading; the first group of a place has none."""

    items: tuple[Item, ...]
    title: str = ""

    def for_viewer(self, viewer: Actor) -> "Group":
        """The group with what this teammate may open."""
        return Group(tuple(item for item in self.items if item.shown_to(viewer)), self.title)


@dataclass(frozen=True)
class Place:
    """One place of the rail, with its side menu."""

    key: str
    label: str
    href: str
    icon: str
    groups: tuple[Group, ...] = field(default=())


PLACES: tuple[Place, ...] = (
    Place("inbox", mark("Inbox"), "/inbox", "inbox"),
    Place("contacts", mark("Contacts"), "/contacts", "contacts"),
    Place(
        "agent",
        mark("Customer agent"),
        "/customer-agent",
        "agent",
        (
            Group((Item(mark("Overview"), "/customer-agent"), Item(mark("Agents"), "/customer-agent/agents"))),
            Group(
                (
                    Item(mark("Identity"), "/customer-agent/identity"),
                    Item(mark("Channel settings"), "/customer-agent/channel-settings"),
                    Item(mark("Permissions"), "/customer-agent/permissions"),
                    Item(mark("Model"), "/customer-agent/model"),
                ),
                mark("Define"),
            ),
            Group(
                (
                    Item(mark("Knowledge"), "/customer-agent/knowledge"),
                    Item(mark("Short answers"), "/customer-agent/short-answers"),
                    Item(mark("Answering"), "/customer-agent/answering", needs=Permission.EDIT_AGENT),
                    Item(mark("Guidelines"), "/customer-agent/guidelines"),
                    Item(mark("Actions"), "/customer-agent/actions"),
                    Item(mark("Human handoff"), "/customer-agent/handoff"),
                ),
                mark("Train"),
            ),
            Group((Item(mark("Preview"), "/customer-agent/preview"),), mark("Test")),
            Group(
                (
                    Item(mark("Channels"), "/customer-agent/channels"),
                    Item(mark("Who answers?"), "/customer-agent/who-answers"),
                ),
                mark("Deploy"),
            ),
            Group((Item(mark("Knowledge gaps"), "/customer-agent/gaps"),), mark("Analyze")),
        ),
    ),
    Place(
        "team",
        mark("Team"),
        "/team/board",
        "user",
        (
            Group(
                (
                    Item(mark("Board"), "/team/board", needs=Permission.MANAGE_AVAILABILITY),
                    Item(mark("Queues"), "/team/queues", needs=Permission.MANAGE_AVAILABILITY),
                )
            ),
        ),
    ),
    Place(
        "settings",
        mark("Settings"),
        "/settings/general",
        "gear",
        (
            Group(
                (Item(mark("Profile"), "/settings/profile"), Item(mark("Availability"), "/settings/availability")),
                mark("You"),
            ),
            Group(
                (
                    Item(mark("General"), "/settings/general"),
                    Item(mark("Business hours"), "/settings/business-hours"),
                    Item(mark("Users and teams"), "/settings/people"),
                    Item(mark("Roles"), "/settings/roles"),
                    Item(mark("Security"), "/settings/security"),
                    Item(mark("Audit log"), "/settings/audit-log", needs=Permission.READ_AUDIT),
                    Item(mark("Erasures"), "/settings/erasures", needs=Permission.MANAGE_DATA),
                    Item(mark("Mail"), "/settings/mail", needs=Permission.MANAGE_TEAMMATES),
                    Item(mark("Usage & limits"), "/settings/usage"),
                ),
                mark("Account"),
            ),
            Group(
                (
                    Item(mark("Channel accounts"), "/settings/channel-accounts"),
                    Item(mark("Custom channels"), "/settings/custom-channels", needs=Permission.MANAGE_CHANNELS),
                    Item(mark("Delivery log"), "/settings/delivery-log", needs=Permission.MANAGE_CHANNELS),
                    Item(mark("Dead letters"), "/settings/dead-letters", needs=Permission.MANAGE_CHANNELS),
                    Item(mark("Waiting times"), "/settings/waiting-times"),
                ),
                mark("Channels"),
            ),
            Group((Item(mark("API keys"), "/settings/api-keys"),), mark("Build")),
        ),
    ),
)


def places_for(viewer: Actor) -> tuple[Place, ...]:
    """The rail as this teammate sees it: places with something to open in them."""
    seen = []
    for place in PLACES:
        groups = tuple(group for group in (g.for_viewer(viewer) for g in place.groups) if group.items)
        if groups or not place.groups:
            href = place.href if not groups else groups[0].items[0].href
            seen.append(Place(place.key, place.label, href, place.icon, groups))
    return tuple(seen)


def pages_for(viewer: Actor) -> tuple[Item, ...]:
    """Every page this teammate may open, for the command bar."""
    pages = []
    for place in places_for(viewer):
        if not place.groups:
            pages.append(Item(place.label, place.href, place.icon))
        for group in place.groups:
            pages += [Item(item.label, item.href, item.icon or place.icon) for item in group.items]
    return tuple(pages)
