"""Packs and what happens when the credits run out, as *Usage & limits* shows them (SW4)."""

from firstline.console.format import number
from firstline.console.shell import Reader
from firstline.console.view.form import BLANK, Form
from firstline.console.view.usage import PackLine, PacksCard, UsagePanel
from firstline.console.words import _
from firstline.credits.queries import Usage
from firstline.credits.room import Growth, next_pack
from firstline.credits.rules import ChargeableEvent
from firstline.people.rules import Permission

HERE = "/settings/usage"


def packs_card(usage: Usage, reader: Reader, form: Form = BLANK) -> PacksCard:
    """Both cards beside the balance."""
    chosen = usage.settings
    return PacksCard(
        lines=_lines(usage, reader),
        has_pack=bool(chosen.pack),
        may_buy=reader.by.may(Permission.MANAGE_BILLING) and next_pack(chosen.pack, chosen.packs) is not None,
        growths=_growths(usage),
        growth=chosen.growth_next or chosen.growth,
        cap="" if chosen.cap is None else number(chosen.cap),
        holds=_holds(usage, reader),
        form=form,
    )


def _size(credits: int) -> str:
    return _("%(count)s credits", count=number(credits))


def _lines(usage: Usage, reader: Reader) -> tuple[PackLine, ...]:
    chosen, lines = usage.settings, []
    if chosen.pack:
        since = reader.times.stamp(chosen.pack_since).short if chosen.pack_since else ""
        lines.append(PackLine(_size(chosen.pack), _("A month, since %(at)s", at=since), _("In use")))
    if chosen.pack_next is not None and usage.period:
        title = _size(chosen.pack_next) if chosen.pack_next else _("No pack")
        lines.append(PackLine(title, _("From %(at)s", at=reader.times.stamp(usage.period.ends_at).short)))
    larger = next_pack(chosen.pack, chosen.packs)
    if larger is not None and chosen.pack:
        lines.append(PackLine(_size(larger), _("Next pack")))
    return tuple(lines)


def _growths(usage: Usage) -> tuple[tuple[str, str, str], ...]:
    larger = next_pack(usage.settings.pack, usage.settings.packs)
    upgrade = _("%(size)s a month from then on", size=_size(larger)) if larger else _("The largest pack is in use")
    return (
        (Growth.UPGRADE, _("Upgrade to the next pack"), upgrade),
        (Growth.OVERAGE, _("Pay per credit"), _("Each further conversation buys the credits it lacks")),
    )


def _holds(usage: Usage, reader: Reader) -> str:
    """When a change of the choice counts, or what is chosen and does not count yet."""
    if usage.period is None:
        return ""
    reset = reader.times.stamp(usage.period.ends_at).short
    if usage.settings.growth_next:
        return _("The choice holds from %(at)s: credits were used this month.", at=reset)
    if usage.used or usage.held:
        return _("A changed choice holds from %(at)s, a changed cap at once.", at=reset)
    return _("Holds at once: nothing was used this month.")


def then(usage: Usage) -> str:
    """What happens when the credits run out, as a sentence."""
    chosen = usage.settings
    if not chosen.pack:
        return _("After that, new conversations go to people.")
    if chosen.growth == Growth.OVERAGE:
        return _("After that, each conversation is paid per credit.")
    larger = next_pack(chosen.pack, chosen.packs)
    if larger is None:
        return _("The largest pack is in use: after that, new conversations go to people.")
    return _("After that, the pack is upgraded to %(size)s a month.", size=_size(larger))


def charged_text(usage: Usage) -> str:
    """What is charged and what is not."""
    if usage.settings.chargeable_event == ChargeableEvent.CONVERSATION:
        return _(
            "A conversation is charged with the agent’s first reply in it, once. A handoff without an answer, previews and tests"
            " cost nothing."
        )
    return _(
        "A conversation is charged when the agent resolved it: it answered, nobody asked for a person, and no feedback was"
        " negative, %(hours)s hours after the last message.",
        hours=usage.settings.resolved_after_hours,
    )


def packs_panel(usage: Usage, kind: str, form: Form) -> UsagePanel:
    """Buy a pack, or choose another for the next period."""
    chosen = usage.settings
    if kind == "buy":
        larger = [size for size in chosen.packs if size > chosen.pack]
        choices = tuple((str(size), _size(size), _buys(size, chosen.pack)) for size in larger)
        values = {"credits": str(larger[0]) if larger else ""}
        text = _("A pack adds its credits now and again at each reset. What is left at the reset does not roll over.")
        return UsagePanel("buy", _("Buy a pack"), f"{HERE}/packs", values, text, choices, form)
    none = ("0", _("No pack"), _("The allowance alone"))
    choices = (none, *((str(size), _size(size), _("A month")) for size in chosen.packs))
    current = chosen.pack if chosen.pack_next is None else chosen.pack_next
    text = _("The present pack stays until the reset.")
    return UsagePanel("next", _("Pack from the next reset"), f"{HERE}/packs/next", {"credits": str(current)}, text, choices, form)


def _buys(size: int, pack: int) -> str:
    if not pack:
        return _("%(size)s more, now and each month", size=_size(size))
    return _("%(size)s more now: it takes the place of the present pack", size=_size(size - pack))
