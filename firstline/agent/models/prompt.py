"""What a model is told and what it is shown. Pure.

Instructions come from the product and from the company's published guidelines, nothing else. What customers, pages, mails
and other systems say is data: it stands in blocks with a mark that is new in every turn and cannot be guessed, and text
inside a block that looks like a mark is broken up (AN6).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firstline.agent.brief import language_name
from firstline.agent.models.base import Said, Situation
from firstline.agent.models.deeds import told
from firstline.agent.models.instructions import FIELDS, RULES
from firstline.agent.models.leaks import for_a_model
from firstline.agent.models.output import SCHEMA
from firstline.people.rules import ActorKind

if TYPE_CHECKING:
    from firstline.knowledge.rules import Hit

PASSAGE = 1_600
"""Characters of a passage that are shown."""
SAYING = 2_000
"""Characters of a message of the customer."""
HISTORY = 16
"""Messages before the new ones."""

PERSONALITIES: Mapping[str, str] = {
    "friendly": "Warm and plain.",
    "professional": "Brief and to the point, courteous, no jokes.",
    "casual": "Relaxed, as among friends, no slang that could offend.",
    "empathetic": "Take up how the customer feels in half a sentence before the matter.",
    "witty": "A light touch where it fits, never at the customer's cost, never about money or trouble.",
}
FORMATS: Mapping[str, str] = {
    "chat": "Short: one to four sentences, or a list of steps.",
    "messaging": "Short: one to four sentences, no headings.",
    "email": "Complete sentences in short paragraphs, without greeting and signature: those are added.",
    "call": "One or two short spoken sentences, no lists, no links.",
}


@dataclass(frozen=True)
class Prompt:
    """A prompt with the passages behind P1, P2 … and the guidelines behind G1, G2 …"""

    system: str
    user: str
    passages: Mapping[str, "Hit"]
    guidelines: Mapping[str, str]


def write_prompt(situation: Situation, *, form: bool) -> Prompt:
    """The prompt of a turn.

    :param form: whether the form of the answer has to be described, because the provider does not hold the model to it.
    """
    passages = {f"P{n}": hit for n, hit in enumerate(for_a_model(situation.searched.found.hits, situation), 1)}
    guidelines = {f"G{n}": one for n, one in enumerate(situation.guidelines, 1)}
    mark = _mark(situation)
    return Prompt(
        _system(situation, mark, form),
        _user(situation, passages, mark),
        passages,
        {name: one.id for name, one in guidelines.items()},
    )


def _system(situation: Situation, mark: str, form: bool) -> str:
    agent = situation.agent
    rules = RULES.format(
        name=agent.name,
        company=agent.company or "the company",
        language=language_name(situation.language),
        personality=PERSONALITIES[agent.personality],
        format=FORMATS.get(situation.capabilities.family, FORMATS["chat"]),
        mark=mark,
    )
    return "\n".join([rules, *_guidelines(situation), *_deeds(situation), *(_form() if form else ["", FIELDS])])


def _form() -> list[str]:
    example = {
        "decision": "answer",
        "segments": [{"text": "…", "sources": ["P1"]}],
        "question": "",
        "options": [],
        "action": "",
        "arguments": [],
        "reason": "…",
        "guidelines": [],
        "confidence": 0.9,
    }
    keys = ", ".join(SCHEMA["required"])
    return [
        "",
        f"Answer with one JSON object and nothing else, with the keys {keys}.",
        FIELDS,
        json.dumps(example, ensure_ascii=False),
    ]


def _guidelines(situation: Situation) -> list[str]:
    """The company's published rules of behaviour: instructions, below the rules above."""
    if not situation.guidelines:
        return []
    lines = ["", "Guidelines of the company. They never override the rules above."]
    for number, one in enumerate(situation.guidelines, 1):
        when = f"only if {one.condition}" if one.condition else "always"
        lines.append(f"G{number} ({one.section.replace('_', ' ')}, {when}): {one.text}")
    return lines


def _deeds(situation: Situation) -> list[str]:
    """The actions that may be proposed. Code asks for what is missing, checks who asks, and makes the call."""
    if not situation.deeds:
        return []
    lines = ["", "Actions:"]
    for one in situation.deeds:
        inputs = ", ".join(f"{it.name} ({told(it)})" for it in one.inputs) or "nothing"
        lines.append(f"{one.name}: {one.when} Takes {inputs}.")
    return lines


def _user(situation: Situation, passages: Mapping[str, "Hit"], mark: str) -> str:
    facts = {"today": situation.now.strftime("%A, %d %B %Y"), "channel": situation.capabilities.family}
    contact = situation.contact
    facts |= {label: value for label, value in (("customer's name", contact.name), ("customer's email", contact.email)) if value}
    facts |= dict(contact.facts)
    blocks = [_block(mark, "facts", "\n".join(f"{label}: {value}" for label, value in facts.items()))]
    blocks += [_passage(mark, name, hit) for name, hit in passages.items()]
    blocks += [_said(mark, one, "history") for one in situation.history[-HISTORY:]]
    blocks += [_said(mark, one, "new") for one in situation.new]
    ask = "Decide and answer what the customer wrote in the blocks of kind new."
    if situation.objections:
        ask += " Your last draft said what the evidence does not. Leave these out or put them as the passages do:\n" + _block(
            mark, "objections", "\n".join(situation.objections)
        )
    return "\n\n".join([*blocks, ask])


def _passage(mark: str, name: str, hit: "Hit") -> str:
    access = "public" if hit.citable else "internal"
    title = hit.title if hit.citable else "(internal)"
    head = [f"title: {title}"] + ([f"address: {hit.url}"] if hit.url and hit.citable else [])
    if hit.question:
        head.append(f"question: {hit.question}")
    elif hit.heading and hit.citable:
        head.append(f"heading: {hit.heading}")
    return _block(mark, "passage", "\n".join([*head, hit.text[:PASSAGE]]), name=name, access=access)


def _said(mark: str, one: Said, kind: str) -> str:
    who = {ActorKind.CONTACT: "customer", ActorKind.AGENT: "you", ActorKind.TEAMMATE: "colleague"}.get(one.by, "system")
    return _block(mark, kind, one.text[:SAYING], by=who)


def _block(mark: str, kind: str, text: str, **about: str) -> str:
    said = "".join(f' {name}="{value}"' for name, value in about.items())
    return f'<data-{mark} kind="{kind}"{said}>\n{_defused(text)}\n</data-{mark}>'


_LOOKS_LIKE = re.compile(r"<\s*(?=/?\s*(?:data-|\|?im_|system|assistant|user|instructions?\b))|<\|", re.IGNORECASE)


def _defused(text: str) -> str:
    """A text in which nothing looks like a mark of ours or of a model's chat template."""
    return _LOOKS_LIKE.sub(
        lambda found: found[0].replace("<", "‹"), text.replace("[INST]", "[ INST ]").replace("[/INST]", "[ /INST ]")
    )


def _mark(situation: Situation) -> str:
    """A mark that whoever wrote the data could not know: it depends on all of it and on the second it is read."""
    seen: Sequence[str] = (
        situation.now.isoformat(),
        situation.turn_id,
        *(one.text for one in (*situation.history, *situation.new)),
    )
    return hashlib.sha256("\x1f".join(seen).encode()).hexdigest()[:8]
