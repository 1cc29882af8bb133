"""The screens *Customer agent › Train › Guidelines* and its history: what is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firstline.agent.guidelines import queries
from firstline.agent.guidelines.rules import FAMILIES, FIXED, Difference, Guideline, Known, Match, Section, differences, forced
from firstline.console import switched
from firstline.console.shell import Reader
from firstline.console.view.form import BLANK, Form
from firstline.console.view.guidelines import (
    ChangeLine,
    GuidelineLine,
    GuidelinePanel,
    GuidelinesPage,
    HistoryPage,
    MatchLine,
    SectionBlock,
    Tried,
    VersionLine,
)
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.people.rules import Permission

HERE = "/customer-agent/guidelines"
HISTORY = f"{HERE}/history"
FIELDS = ("section", "title", "text", "condition", "examples", "counter_examples", "words", "channels", "priority")
LISTS = ("examples", "counter_examples", "words")


@dataclass(frozen=True)
class Asked:
    """Which panel is open, in which section a new one begins, what was entered, what was tried."""

    panel: str = ""
    section: str = ""
    form: Form = BLANK
    text: str = ""
    channel: str = "chat"
    matches: tuple[Match, ...] | None = None
    refused: str = ""


def sections() -> Mapping[str, tuple[str, str]]:
    """Name and explanation of each section."""
    return {
        "tone": (
            _("Tone"),
            _("How it sounds: formal or not, words to prefer or avoid. For answers that a model words."),
        ),
        "response_style": (
            _("Response style"),
            _("Length, lists, what an answer begins and ends with. For answers that a model words."),
        ),
        "scripted_response": (
            _("Scripted responses"),
            _("Approved words, said as they stand when the condition holds. With and without a model."),
        ),
        "guardrail": (
            _("Guardrails"),
            _("What it refuses, with the words of the refusal. With and without a model."),
        ),
        "custom": (
            _("Custom"),
            _("Anything else it should know or do when it answers. For answers that a model words."),
        ),
    }


def channel_names() -> tuple[tuple[str, str], ...]:
    """The families of channels."""
    words = {"chat": _("Chat"), "messaging": _("Messaging"), "email": _("Email"), "call": _("Calls")}
    return tuple((key, words[key]) for key in FAMILIES)


def guidelines_page(tx: Tx, reader: Reader, asked: Asked) -> GuidelinesPage:
    """The list, with the editor or the trial over it."""
    found = switched.agents(tx)
    agent = found[0] if found else None
    draft = queries.draft_of(tx, agent.id) if agent else ()
    published = queries.published_of(tx, agent.id) if agent else ()
    newest = queries.versions(tx, agent.id, limit=1) if agent else ()
    changed = {one.id: one for one in differences(published, draft)}
    named = sections()
    blocks = tuple(
        SectionBlock(key, *named[key], tuple(_line(one, changed.get(one.id)) for one in draft if one.guideline.section == key))
        for key in named
    )
    return GuidelinesPage(
        agent_id=agent.id if agent else "",
        agent=agent.published.name if agent else _("The agent"),
        sections=blocks,
        section_names=tuple((key, words[0]) for key, words in named.items()),
        channel_names=channel_names(),
        total=len(draft),
        changes=len(changed),
        version=newest[0].number if newest else 0,
        published=reader.times.ago(newest[0].at) if newest else None,
        may_change=reader.by.may(Permission.EDIT_AGENT) and reader.by.seat,
        tried=_tried(asked),
        panel=_panel(tx, agent.id, asked) if asked.panel and agent else None,
        refused=asked.refused,
    )


def _line(one: Known, change: Difference | None) -> GuidelineLine:
    it = one.guideline
    words = {"added": _("New"), "changed": _("Changed")}
    names = dict(channel_names())
    alone = it.needs_model and it.section in FIXED
    warning = _("Holds only where a model is connected: give it examples or words.") if alone else ""
    return GuidelineLine(
        id=one.id,
        title=it.title,
        text=it.text if len(it.text) < 160 else it.text[:159] + "…",
        when=when(it),
        channels=", ".join(names[key] for key in it.channels) or _("All channels"),
        priority={"high": _("High"), "normal": "", "low": _("Low")}[it.priority],
        enabled=it.enabled,
        change=words.get(change.kind, "") if change else "",
        warning=warning,
    )


def when(it: Guideline) -> str:
    """The condition in words."""
    if it.always:
        return _("Always")
    parts = [it.condition] if it.condition else []
    if it.words:
        parts.append(_("words: %(words)s", words=", ".join(it.words[:4])))
    if it.examples:
        parts.append(_("%(count)s examples", count=len(it.examples)) if len(it.examples) > 1 else _("1 example"))
    return " · ".join(parts)


def _tried(asked: Asked) -> Tried | None:
    if asked.matches is None:
        return None
    said = forced(asked.matches)
    named = sections()
    lines = tuple(
        MatchLine(
            one.guideline.title,
            named[one.guideline.section][0],
            one.sure,
            _how(one),
            round(one.score * 100),
            one.guideline.text,
        )
        for one in asked.matches
    )
    return Tried(asked.text, asked.channel, said.guideline.text if said else "", lines)


def _how(match: Match) -> str:
    return _("always") if match.guideline.always else match.how


def _panel(tx: Tx, agent_id: str, asked: Asked) -> GuidelinePanel:
    one = queries.one_of(tx, agent_id, asked.panel) if asked.panel != "new" else None
    values = (
        _values(one.guideline) if one else {**dict.fromkeys(FIELDS, ""), "section": asked.section or "tone", "priority": "normal"}
    )
    channels = frozenset(one.guideline.channels if one else ())
    enabled = one.guideline.enabled if one else True
    if asked.form.refused is not None:
        values = {**values, **{name: str(asked.form.value(name)) for name in FIELDS if name != "channels"}}
        channels = frozenset(asked.form.value("channels", ()))
        enabled = bool(asked.form.value("enabled", True))
    return GuidelinePanel(
        id=one.id if one else "",
        title=one.guideline.title if one else _("Add a guideline"),
        action=f"{HERE}/{asked.panel}",
        values=values,
        channels=channels,
        enabled=enabled,
        form=asked.form,
    )


def _values(it: Guideline) -> dict[str, str]:
    shown = it.model_dump(mode="json")
    return {name: "\n".join(shown[name]) if name in LISTS else str(shown[name]) for name in FIELDS if name != "channels"}


def history_page(tx: Tx, reader: Reader) -> HistoryPage:
    """The versions with what changed from each to the next."""
    found = switched.agents(tx)
    agent = found[0] if found else None
    versions = queries.versions(tx, agent.id) if agent else ()
    older = [one.guidelines for one in versions[1:]] + [()]
    draft = queries.draft_of(tx, agent.id) if agent else ()
    lines = tuple(
        VersionLine(
            number=one.number,
            at=reader.times.stamp(one.at),
            by=one.by_name,
            note=one.note,
            count=len(one.guidelines),
            current=place == 0,
            changes=change_lines(differences(before, one.guidelines)),
        )
        for place, (one, before) in enumerate(zip(versions, older, strict=False))
    )
    return HistoryPage(
        agent=agent.published.name if agent else _("The agent"),
        waiting=change_lines(differences(versions[0].guidelines if versions else (), draft)),
        lines=lines,
        may_change=reader.by.may(Permission.EDIT_AGENT) and reader.by.seat,
    )


def change_lines(changes: Sequence[Difference]) -> tuple[ChangeLine, ...]:
    """Differences in words. Of what is new or gone the text is enough."""
    kinds = {"added": (_("Added"), "good"), "removed": (_("Removed"), "bad"), "changed": (_("Changed"), "info")}
    named = sections()
    lines = []
    for one in changes:
        fields = [field for field in one.fields if one.kind == "changed" or field[0] == "text"]
        told = tuple((_label(name), _shown(before), _shown(after)) for name, before, after in fields)
        lines.append(ChangeLine(*kinds[one.kind], one.title, named[one.section][0], told))
    return tuple(lines)


def _label(name: str) -> str:
    words = {
        "section": _("Section"),
        "title": _("Title"),
        "text": _("Text"),
        "condition": _("Condition"),
        "examples": _("Examples"),
        "counter_examples": _("Counter-examples"),
        "words": _("Words"),
        "channels": _("Channels"),
        "priority": _("Priority"),
        "enabled": _("In use"),
    }
    return words.get(name, name)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value)


__all__ = ["FIELDS", "HERE", "HISTORY", "LISTS", "Asked", "Section", "guidelines_page", "history_page"]
