"""The brief that a handoff carries (HO7), written from the conversation without a model. Pure.

Statements are short, in the customer's words where they are the customer's. Required fields are never empty.
"""

from collections.abc import Sequence

from babel import Locale, UnknownLocaleError

from firstline.agent.facts.reading import Fact, Kind, facts
from firstline.agent.models.base import Brief, KnownContact, Reason, Said
from firstline.agent.models.intents import Reading, asks_for_person, clauses, read
from firstline.agent.promises import promise_in
from firstline.agent.sentences import sentences
from firstline.people.rules import ActorKind

REQUIRED = ("wants", "language", "mood")
LONGEST = 280
"""Characters of one statement."""
MOST = 6
"""Statements of one list."""

_TELLING = {
    Kind.CODE: "Code or order",
    Kind.EMAIL: "Email address",
    Kind.PHONE: "Phone",
    Kind.LINK: "Link",
    Kind.MONEY: "Amount",
    Kind.DATE: "Date",
}


def write_brief(
    history: Sequence[Said], new: Sequence[Said], contact: KnownContact, language: str, reasons: Sequence[Reason]
) -> Brief:
    """Write the brief of a conversation that is handed over.

    :param reasons: why, used where the customer never said what they want.
    """
    said = (*history, *new)
    theirs = [one for one in said if one.by is ActorKind.CONTACT]
    readings = [read(one.text, language) for one in theirs]
    return Brief(
        wants=_wants(readings, reasons),
        known=_known(theirs, contact),
        tried=_tried(said, language),
        promised=_promised(said, language),
        open_questions=_open(said, language),
        language=language_name(language),
        mood=_mood(readings),
    )


def missing_fields(brief: Brief) -> tuple[str, ...]:
    """The required fields that are empty."""
    return tuple(name for name in REQUIRED if not getattr(brief, name).strip())


def language_name(language: str, in_language: str = "en") -> str:
    """The name of a language, such as *German*; its code where it has none."""
    try:
        name = Locale.parse(language.replace("-", "_")).get_language_name(in_language)
    except (UnknownLocaleError, ValueError):
        name = None
    return name or language


def _wants(readings: Sequence[Reading], reasons: Sequence[Reason]) -> str:
    """The last matters the customer raised, without the call for a person; the latest comes last."""
    matters = [matter for one in readings if (matter := matter_of(one))]
    if matters:
        kept = matters[-1]
        for earlier in reversed(matters[:-1]):
            if len(kept) + len(earlier) > LONGEST or len(kept) > 60:
                break
            kept = f"{earlier} {kept}"
        return _short(kept)
    if any(one.asks_person for one in readings):
        return "To talk to a person; the matter was not said."
    return _short(reasons[0].text) if reasons else "Not said."


def matter_of(reading: Reading) -> str:
    """What a message is about: without courtesies and without the sentences that only ask for a person."""
    if not reading.matter or reading.talk or (reading.not_helped and reading.content_words < 3):
        return ""
    left = [one for one in clauses(reading.matter) if not asks_for_person(one)]
    text = "".join(left).strip(" ,;:-–\n")
    return text if sum(letter.isalpha() for letter in text) > 3 else ""


def _known(theirs: Sequence[Said], contact: KnownContact) -> tuple[str, ...]:
    stated = [contact.name and f"Name: {contact.name}", contact.email and f"Email: {contact.email}"]
    stated += [f"{label}: {value}" for label, value in contact.facts.items()]
    told: dict[str, str] = {}
    for one in theirs:
        for fact in facts(one.text):
            if label := _label(fact):
                told.setdefault(f"{label}: {fact.written}", "")
    return tuple(one for one in (*stated, *told) if one)[: 2 * MOST]


def _label(fact: Fact) -> str | None:
    if fact.kind is Kind.NUMBER and fact.written.isdigit() and len(fact.written) >= 4:
        return "Number"
    return _TELLING.get(fact.kind)


def _tried(said: Sequence[Said], language: str) -> tuple[str, ...]:
    """What the agent answered, with the sources it named."""
    tried = []
    question = ""
    for one in said:
        if one.by is ActorKind.CONTACT:
            question = matter_of(read(one.text, language)) or question
        elif one.by is ActorKind.AGENT and one.cited:
            sources = ", ".join(dict.fromkeys(one.cited))
            tried.append(_short(f"Answered “{_short(question, 120)}” from {sources}" if question else f"Answered from {sources}"))
    return tuple(dict.fromkeys(tried))[-MOST:]


def _promised(said: Sequence[Said], language: str) -> tuple[str, ...]:
    """What was promised to the customer, by whoever spoke for the company."""
    return tuple(
        _short(sentence)
        for one in said
        if one.by in (ActorKind.AGENT, ActorKind.TEAMMATE)
        for sentence in sentences(one.text)
        if promise_in(sentence, language)
    )[-MOST:]


def _open(said: Sequence[Said], language: str) -> tuple[str, ...]:
    """Questions without an answer: the customer's since the last sourced answer, and the agent's own last one."""
    since = max((place for place, one in enumerate(said) if one.cited or one.by is ActorKind.TEAMMATE), default=-1)
    asked = [matter_of(read(one.text, language)) for one in said[since + 1 :] if one.by is ActorKind.CONTACT]
    ours = [one for one in said if one.by in (ActorKind.AGENT, ActorKind.TEAMMATE)][-1:]
    mine = [sentence for one in ours if one.cited for sentence in sentences(one.text) if sentence.endswith("?")]
    return tuple(_short(one) for one in dict.fromkeys((*mine, *asked)) if one)[-MOST:]


def _mood(readings: Sequence[Reading]) -> str:
    recent = readings[-3:]
    moods = []
    if any(one.upset for one in recent):
        moods.append("annoyed")
    elif any(one.not_helped for one in recent):
        moods.append("not helped so far")
    elif any(one.kind for one in recent):
        moods.append("friendly")
    if any(one.urgent for one in recent):
        moods.append("pressed for time")
    return ", ".join(moods) or "neutral"


def _short(text: str, limit: int = LONGEST) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= limit else plain[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
