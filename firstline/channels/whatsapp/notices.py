"""What Meta tells about the account itself: templates, quality, restrictions. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from firstline.channels.graph.reading import instant, items, mapping, word
from firstline.channels.graph.trouble import trouble_of
from firstline.channels.happenings import Happening, Ignored, Notice, TemplateState
from firstline.channels.whatsapp.outcomes import cure_of, is_account, sentence

QUALITY = "whatsapp:quality"
_BROKEN = {
    "PARTNER_REMOVED",
    "ACCOUNT_OFFBOARDED",
    "DISABLED_UPDATE",
    "ACCOUNT_VIOLATION",
    "ACCOUNT_RESTRICTION",
    "ACCOUNT_DELETED",
}


def error(one: Any) -> Happening:
    """An error without a message: the number or the app is in trouble."""
    trouble = trouble_of(one)
    if not trouble.told:
        return Ignored("An error without a code")
    return Notice(f"whatsapp:{trouble.code}", sentence(trouble), cure_of(trouble), broken=is_account(trouble))


def no_history(one: Any) -> Happening:
    """The owner of the number declined to share the past, or it could not be read."""
    trouble = trouble_of(one)
    return Notice(
        "whatsapp:history", f"Earlier messages were not shared. {sentence(trouble)}", "Nothing has to be done.", broken=False
    )


def template_status(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``message_template_status_update``."""
    reason = word(value.get("reason"), 300)
    return TemplateState(
        word(value.get("message_template_name"), 512),
        word(value.get("message_template_language"), 20),
        word(value.get("event"), 40).upper() or "UNKNOWN",
        instant(entry.get("time") or 0),
        None if reason in ("", "NONE") else reason,
    )


def template_components(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``message_template_components_update``: its words changed."""
    name, language = word(value.get("message_template_name"), 512), word(value.get("message_template_language"), 20)
    return TemplateState(name, language, "", instant(entry.get("time") or 0))


def template_quality(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``message_template_quality_update``: before Meta pauses a template it says that customers dislike it."""
    name, now = word(value.get("message_template_name"), 512), word(value.get("new_quality_score"), 40).upper()
    text = f"Customers dislike the template “{name}” (quality {now.lower() or 'unknown'}); Meta may pause it."
    code = f"whatsapp:template_quality:{name}"[:200]
    return Notice(
        code, text, "Change its words at Meta, or send it to fewer people.", broken=False, over=now not in ("RED", "YELLOW")
    )


def template_category(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``template_category_update``: the price of a template changes."""
    name, now = word(value.get("message_template_name"), 512), word(value.get("new_category"), 40)
    text = f"The template “{name}” is {now or 'of another category'} from now on; its price changes."
    return Notice("whatsapp:template_category", text, "Look at the template at Meta.", broken=False)


def account_update(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``account_update``."""
    event = word(value.get("event"), 60).upper()
    if event == "ACCOUNT_RECONNECTED":
        return Notice("whatsapp:account", "The number is connected again.", "Nothing has to be done.", broken=False, over=True)
    text = f"Meta reports {event.replace('_', ' ').lower() or 'a change'} for the WhatsApp Business Account."
    if why := _why(value):
        text += f" {why}"
    cure = "Open the account quality page in Meta's business settings."
    return Notice("whatsapp:account", text, cure, broken=event in _BROKEN, lasting=True)


def _why(value: Mapping[str, Any]) -> str:
    """What Meta gives as the cause: a violation, a ban, restrictions."""
    said = [
        word(mapping(value.get("violation_info")).get("violation_type"), 80),
        word(mapping(value.get("ban_info")).get("waba_ban_state"), 80),
        *(word(mapping(one).get("restriction_type"), 80) for one in items(value.get("restriction_info"))),
    ]
    words = ", ".join(one.replace("_", " ").lower() for one in said[:5] if one)
    return f"It names: {words}." if words else ""


SETTINGS = "Look in Meta's business settings."
LESS = "Send fewer templates that people did not ask for; Meta lowers the limit of a number with low quality."


def of_quality(rating: str) -> Notice:
    """What ``quality_rating`` means: GREEN is well."""
    well = rating not in ("RED", "YELLOW")
    return Notice(QUALITY, f"Customers rate the number badly: quality {rating.lower()}.", LESS, broken=False, over=well)


def quality(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``phone_number_quality_update``."""
    limit = word(value.get("current_limit"), 40) or word(value.get("max_daily_conversations_per_business"), 40)
    event = word(value.get("event"), 60).upper()
    well = event in ("UNFLAGGED", "UPGRADE", "ONBOARDING")
    said = event.replace("_", " ").lower() or "changed"
    return Notice(QUALITY, f"Quality of the number: {said}; limit {limit or 'unknown'}.", LESS, broken=False, over=well)


def capability(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``business_capability_update``: how many different people may be written to first in a day."""
    limits = (value.get("max_daily_conversation_per_phone"), value.get("max_daily_conversations_per_business"))
    limit = next((said for one in limits if (said := word(one, 40))), "unknown")
    text = f"Up to {limit} different people a day may be written to first, with templates."
    return Notice("whatsapp:limit", text, "It rises with good quality and use. Answers are not counted.", broken=False)


def display_name(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``phone_number_name_update``: whether the name that customers see was approved."""
    decision, name = word(value.get("decision"), 40).upper(), word(value.get("requested_verified_name"), 120)
    text = f"Meta decided on the name “{name}”: {decision.lower() or 'unknown'}."
    return Notice("whatsapp:name", text, "Choose another name in Meta's WhatsApp Manager.", False, decision == "APPROVED")


def alert(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``account_alerts``, ``security`` and the like: worth knowing, in Meta's words."""
    said = word(value.get("alert_description"), 300) or word(value.get("event"), 80) or word(value.get("alert_type"), 80)
    return Notice(
        "whatsapp:alert",
        f"Meta says: {said or 'something about the account changed'}.",
        SETTINGS,
        False,
    )


def payment(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``payment_configuration_update``."""
    name, now = word(value.get("configuration_name"), 80), word(value.get("status"), 40).lower()
    text = f"The payment configuration “{name}” is {now or 'changed'}."
    return Notice("whatsapp:payment", text, "Look at the payment settings in Meta's WhatsApp Manager.", broken=False)


def partners(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``partner_solutions``: which solution partners may act for the business."""
    event, now = word(value.get("event"), 60), word(value.get("solution_status"), 40)
    said = " ".join(one.replace("_", " ").lower() for one in (event, now) if one)
    return Notice("whatsapp:partners", f"A partner solution changed: {said or 'no details given'}.", SETTINGS, broken=False)


def username(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Happening:
    """``business_username_update``."""
    name, now = word(value.get("username"), 80), word(value.get("status"), 40).lower()
    text = f"The username {name or 'of the business'} is {now or 'changed'} at WhatsApp."
    return Notice("whatsapp:username", text, SETTINGS, broken=False)


READERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Happening]] = {
    "message_template_status_update": template_status,
    "message_template_components_update": template_components,
    "message_template_quality_update": template_quality,
    "template_category_update": template_category,
    "account_update": account_update,
    "account_review_update": alert,
    "account_alerts": alert,
    "security": alert,
    "payment_configuration_update": payment,
    "partner_solutions": partners,
    "business_username_update": username,
    "phone_number_quality_update": quality,
    "business_capability_update": capability,
    "phone_number_name_update": display_name,
}
