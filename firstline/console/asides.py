"""What is known of a message besides its words, in a few words each: changed, forwarded, from an ad, a file sent otherwise."""

from collections.abc import Mapping
from typing import Any

from firstline.channels.forms import Form
from firstline.console.words import _


def asides(data: Mapping[str, Any]) -> list[str]:
    """The asides of a message by what is stored with it. Much of it was written by others: what is no word is left out."""
    return [*_changed(data), *_origin(data), *_refusals(data.get("sent_as"))]


def _changed(data: Mapping[str, Any]) -> list[str]:
    if data.get("revoked"):
        return [_("The customer took this back")]
    return [_("Changed by the customer")] if data.get("edits") else []


def _origin(data: Mapping[str, Any]) -> list[str]:
    said = []
    if data.get("forwarded"):
        said.append(_("Forwarded many times") if data.get("forwarded") == "often" else _("Forwarded"))
    if isinstance(referral := data.get("referral"), Mapping):
        about = _word(referral, "headline", "ref", "source_id", "ad_id")
        ad = str(referral.get("source_type") or referral.get("source") or "").lower() in ("ad", "ads")
        whence = _("From an ad") if ad else _("From a post or link")
        said.append(f"{whence}: {about}" if about else whence)
    if isinstance(product := data.get("product"), Mapping) and (about := _word(product, "product_retailer_id", "id")):
        said.append(_("Asks about the product %(product)s", product=about))
    if data.get("resend"):
        said.append(
            _("The words were lost: it was the first message after the number was moved. Ask the customer to send it again.")
        )
    return said


def _word(given: Mapping[str, Any], *names: str) -> str:
    return next((str(given[name])[:120] for name in names if isinstance(given.get(name), str | int) and given[name]), "")


def how_sent(data: Mapping[str, Any], file_id: str) -> str:
    """In which form a file went that was refused as it was; empty if it went as it is."""
    told = data.get("sent_as")
    how = told.get(file_id) if isinstance(told, Mapping) else None
    if not isinstance(how, Mapping):
        return ""
    return _("converted") if how.get("form") == Form.CONVERTED.value else _("as a link")


def _refusals(told: Any) -> list[str]:
    """Why files were sent otherwise than they were given, each reason once."""
    hows = [how for how in told.values() if isinstance(how, Mapping)] if isinstance(told, Mapping) else []
    return list(dict.fromkeys(why for how in hows if (why := _word(how, "why"))))
