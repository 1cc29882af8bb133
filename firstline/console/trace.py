"""From a turn's trace to the steps people read: searched, found, checked, decided (AN8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstline.agent.actions.templates import as_fact
from firstline.console.format import milliseconds
from firstline.console.view.timeline import Step
from firstline.console.words import _

FOUND = 6
"""Passages that are listed."""


def steps(trace: Mapping[str, Any], *, credits: int | None = None) -> tuple[Step, ...]:
    """The steps of a turn that has ended.

    :param credits: what the conversation was charged, where it is known.
    """
    if not trace:
        return (Step(_("Thinking"), done=False),)
    stages = trace.get("stages") or {}
    told = [
        *_searched(trace, stages),
        *_guided(trace),
        *_signals(trace),
        *_asked(trace),
        *_rehearsed(trace),
        *_reasons(trace, stages),
        *_checked(trace, stages),
        *([Step(_("Went wrong"), "", str(trace["error"]), done=False)] if trace.get("error") else []),
        _decided(trace, stages, credits),
    ]
    if trace.get("not_said"):
        told.append(Step(_("Not said"), "", str(trace["not_said"]), done=False))
    return tuple(told)


def _time(stages: Mapping[str, Any], name: str) -> str:
    return milliseconds(float(stages[name])) if name in stages else ""


def _searched(trace: Mapping[str, Any], stages: Mapping[str, Any]) -> list[Step]:
    found: Sequence[Mapping[str, Any]] = trace.get("found") or []
    if "found" not in trace or (trace.get("thinker") == "actions" and not found):
        # Where a message belongs to an action nothing is searched.
        return []
    used = sum(1 for one in found if one.get("used"))
    items = tuple(_hit(one, some_used=used > 0) for one in found[:FOUND])
    title = _("Found %(count)s, used %(used)s", count=len(found), used=used) if found else _("Found nothing")
    covered = trace.get("covered")
    text = _("The content covers this with %(percent)s%%", percent=round(float(covered) * 100)) if covered is not None else ""
    return [Step(title, _time(stages, "search"), text, items)]


def _hit(one: Mapping[str, Any], *, some_used: bool) -> str:
    parts = [str(one.get("title") or one.get("url") or _("Untitled")), f"{float(one.get('score') or 0):.2f}"]
    if one.get("access") == "private":
        parts.append(_("private"))
    if some_used and not one.get("used"):
        parts.append(_("not used"))
    return " · ".join(parts)


def _guided(trace: Mapping[str, Any]) -> list[Step]:
    """The guidelines that were looked at, and which of them applied."""
    looked = [one for one in trace.get("guidelines") or [] if isinstance(one, Mapping)]
    if not looked:
        return []
    items = tuple(
        f"{one.get('title')} · {_('applied') if one.get('applied') else _('not applied')} · {one.get('how')}" for one in looked
    )
    return [Step(_("Guidelines"), str(sum(1 for one in looked if one.get("applied"))), "", items)]


def _signals(trace: Mapping[str, Any]) -> list[Step]:
    """What reads like an instruction to the agent. It changes nothing in what the agent may say or do, and says so."""
    found = [one for one in trace.get("signals") or [] if isinstance(one, Mapping)]
    if not found:
        return []
    items = []
    for one in found:
        where = _("In the message") if one.get("place") == "message" else _("In “%(title)s”", title=str(one.get("title")))
        items.append(f"{where} · {', '.join('“' + str(sign.get('words')) + '”' for sign in one.get('signs') or ())}")
    note = _("Reads like an instruction to the agent. It was handled like any other text.")
    return [Step(_("Suspicious"), "", note, tuple(items))]


def _rehearsed(trace: Mapping[str, Any]) -> list[Step]:
    """The dry run of an action: how far it went, which protection it met, and what would be sent."""
    told = trace.get("action")
    if not isinstance(told, Mapping):
        return []
    step = {
        "ask": _("would ask for an input"),
        "confirm": _("would ask whether to do it"),
        "code": _("would mail a one-time code; in a preview any six digits count"),
        "approval": _("would wait for a teammate’s approval"),
        "call": _("would make the call"),
        "give_up": _("would hand over"),
        "cancelled": _("would leave it"),
    }
    gate = {
        "open": _("nothing is missing"),
        "unknown_customer": _("the channel does not know the customer"),
        "needs_code": _("a code is missing"),
        "needs_approval": _("an approval is missing"),
    }
    items = [_("Protection: %(gate)s", gate=gate.get(str(told.get("gate")), str(told.get("gate"))))]
    arguments = told.get("arguments")
    if isinstance(arguments, Mapping):
        items += [f"{name.replace('_', ' ')}: {as_fact(value) or '–'}" for name, value in arguments.items()]
    items += [str(why) for why in told.get("wrong") or ()]
    if told.get("missing"):
        items.append(_("Missing: %(inputs)s", inputs=", ".join(map(str, told["missing"]))))
    if told.get("request"):
        items.append(str(told["request"]))
    if told.get("body"):
        items.append(as_fact(told["body"], 300) or "")
    text = _("%(title)s: %(step)s. Nothing was called.", title=told.get("title"), step=step.get(str(told.get("step")), ""))
    return [Step(_("Dry run"), "", text, tuple(items))]


def _asked(trace: Mapping[str, Any]) -> list[Step]:
    """The models that were asked, what became of it, and what it cost."""
    calls = [one for one in trace.get("models") or [] if isinstance(one, Mapping)]
    if not calls:
        return []
    items = []
    for one in calls:
        tokens = int(one.get("input_tokens") or 0) + int(one.get("output_tokens") or 0)
        parts = [str(one.get("model")), str(one.get("outcome"))]
        parts += [_("%(count)s tokens", count=tokens)] if tokens else []
        parts += [f"{int(one['micros']) / 1_000_000:.4f}"] if one.get("micros") else []
        items.append(" · ".join([*parts, *([str(one["said"])] if one.get("said") else [])]))
    total = sum(float(one.get("ms") or 0) for one in calls)
    return [Step(_("Asked a model"), milliseconds(total), "", tuple(items))]


def _reasons(trace: Mapping[str, Any], stages: Mapping[str, Any]) -> list[Step]:
    reasons = [str(one.get("text") or one.get("code")) for one in trace.get("reasons") or [] if isinstance(one, Mapping)]
    if not reasons:
        return []
    if len(reasons) == 1:
        return [Step(_("Weighed"), _time(stages, "think"), reasons[0])]
    return [Step(_("Weighed"), _time(stages, "think"), "", tuple(reasons))]


def _checked(trace: Mapping[str, Any], stages: Mapping[str, Any]) -> list[Step]:
    report = trace.get("evidence")
    sentences = report.get("sentences") if isinstance(report, Mapping) else None
    if not sentences:
        return []
    wrong = [one for one in sentences if not one.get("supported")]
    figure = _("%(good)s of %(all)s", good=len(sentences) - len(wrong), all=len(sentences))
    if not wrong:
        return [Step(_("Checked"), figure, _("Every sentence is held up by the sources"))]
    return [Step(_("Checked"), figure, "", tuple(_unsupported(one) for one in wrong))]


def _unsupported(one: Mapping[str, Any]) -> str:
    """A sentence that was not said, and why."""
    missing = ", ".join(str(fact) for fact in one.get("missing") or ())
    if one.get("promise"):
        why = _("promises work of people")
    elif missing:
        why = _("no source states %(facts)s", facts=missing)
    else:
        why = _("no source says so")
    return _("“%(sentence)s”: %(why)s", sentence=str(one.get("text") or ""), why=why)


def _decided(trace: Mapping[str, Any], stages: Mapping[str, Any], credits: int | None) -> Step:
    words = {
        "answer": _("Answered"),
        "clarify": _("Asked once"),
        "handoff": _("Handed over"),
        "act": _("Ran an action"),
        "quiet": _("Stayed quiet"),
    }
    decision = str(trace.get("decision") or "")
    total = sum(float(value) for value in stages.values())
    facts = []
    if credits is not None:
        facts.append(_("1 credit") if credits == 1 else _("%(count)s credits", count=credits))
    if trace.get("thinker"):
        facts.append(str(trace["thinker"]))
    if trace.get("confidence") is not None:
        facts.append(_("confidence %(percent)s%%", percent=round(float(trace["confidence"]) * 100)))
    return Step(words.get(decision, decision or _("Ended")), milliseconds(total) if stages else "", " · ".join(facts))
