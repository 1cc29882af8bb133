"""What is known of a message besides its words, in a few words each: changed, forwarded, from an ad, a file sent otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstline.channels.forms import Form
from firstline.console.words import _
from firstline.conversations.attaching import File


def asides(data: Mapping[str, Any], files: Sequence[File] = ()) -> list[str]:
    """The asides of a message by what is stored with it. Much of it was written by others: what is no word is left out."""
    return [*_changed(data), *_origin(data), *_sent_as(data.get("sent_as"), files)]


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
        said.append(_("The customer has to send this again: it was the first message after the number was moved"))
    return said


def _word(given: Mapping[str, Any], *names: str) -> str:
    return next((str(given[name])[:120] for name in names if isinstance(given.get(name), str | int) and given[name]), "")


def _sent_as(told: Any, files: Sequence[File]) -> list[str]:
    """Files that the provider refused as they were, and how they went instead."""
    names = {file.id: file.name or file.kind for file in files}
    found = []
    for file_id, how in told.items() if isinstance(told, Mapping) else ():
        if file_id not in names or not isinstance(how, Mapping):
            continue
        name, why = names[file_id], str(how.get("why") or "")
        if how.get("form") == Form.CONVERTED.value:
            found.append(_("%(name)s is sent converted. %(why)s", name=name, why=why).strip())
        else:
            found.append(_("%(name)s is sent as a link. %(why)s", name=name, why=why).strip())
    return found
