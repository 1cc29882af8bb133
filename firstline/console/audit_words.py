"""The verbs of the audit log in words."""

from firstline.console.words import _

DEEDS = {
    "accept": "accepted",
    "add": "added",
    "ask": "asked for",
    "change": "changed",
    "close": "closed",
    "confirm": "confirmed",
    "connect": "connected",
    "create": "created",
    "deactivate": "deactivated",
    "delete": "deleted",
    "demand": "demand changed",
    "deploy": "deployed",
    "end": "ended",
    "end_all": "ended everywhere",
    "erase": "erased",
    "fail": "failed",
    "grant": "granted",
    "join": "joined",
    "leave": "left",
    "limit": "limited",
    "link": "linked",
    "make_link": "link made",
    "open": "opened",
    "publish": "published",
    "reactivate": "reactivated",
    "recover": "recovery code used",
    "refund": "refunded",
    "remove": "removed",
    "renew_codes": "recovery codes renewed",
    "reset": "reset",
    "revoke": "revoked",
    "send_again": "sent again",
    "switch": "switched",
    "turn_off": "turned off",
    "turn_on": "turned on",
    "unpublish": "unpublished",
}
AREAS = {"session": "Sign-in", "sign_on": "Single sign-on", "api_key": "API key", "seats": "Seats", "mcp": "MCP"}


def area_name(area: str) -> str:
    """An area of the log, such as *Channel account*."""
    return _(AREAS.get(area) or area.replace("_", " ").capitalize())


def sentence(verb: str) -> str:
    """A verb such as ``teammate.create`` as *Teammate created*; one that is not known is written as it is."""
    area, _dot, deed = verb.partition(".")
    if verb == "session.open":
        return _("Signed in")
    if verb == "session.close":
        return _("Signed out")
    if verb == "session.fail":
        return _("Sign-in failed")
    return f"{area_name(area)} {_(DEEDS.get(deed, deed.replace('_', ' ')))}"
