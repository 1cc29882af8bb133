"""The built-in answerer: no model, no key, milliseconds. It finds, quotes and composes approved content, asks, hands over (AN3).

In order: a wish for a person is honoured at once; an offer that was accepted too; what did not help is not repeated;
courtesies get a courtesy; a question is answered from content, or asked back once, or handed over (HO2, AN2).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from firstline.agent.brief import language_name, write_brief
from firstline.agent.language import detect
from firstline.agent.models.base import (
    Clarify, Draft, HandOff, Option, Part, Reason, Reply, Searched, Segment, Situation, StayQuiet, Tools,
)  # fmt: skip
from firstline.agent.models.compose import Meaning, compose
from firstline.agent.models.intents import Reading, read
from firstline.agent.models.lexicon import base
from firstline.agent.models.questions import questions_of
from firstline.agent.models.standing import Standing, standing
from firstline.agent.phrases import say
from firstline.knowledge.rules import Hit

ANSWER = 0.5
"""Probability of the gate from which on content is given as the answer."""
SURE = 0.8
"""From here on even a single word is answered."""
PERHAPS = 0.25
"""From here on the nearest content is offered to choose from, by its titles: nothing is stated."""
NEAR = 3
"""Titles that are offered."""
ASK_BACK = 1
"""Times in a row that something is asked back before people get the conversation."""
ALIKE = 0.2
"""Two names whose focus differs by less than this share are equally meant."""


@dataclass(frozen=True)
class _Answered:
    """One question with what the content says to it; no segments where it says nothing."""

    question: str
    searched: Searched
    segments: tuple[Segment, ...]


class Builtin:
    """Thinks without a model. With ``meaning`` (an embedder) sentences are chosen by meaning too, not by words alone."""

    name = "built-in"

    def __init__(self, meaning: Meaning | None = None) -> None:
        self._meaning = meaning

    async def think(self, situation: Situation, tools: Tools) -> AsyncIterator[Part]:
        """Think; one part with the draft."""
        yield Part(draft=await self._draft(situation, tools))

    async def _draft(self, situation: Situation, tools: Tools) -> Draft:
        reading, now = read(situation.text, situation.language), standing(situation.history)
        if not situation.text:
            return StayQuiet(reasons=(Reason("nothing_said", "There is no text to answer"),), language=situation.language)
        if reading.asks_person:
            return _hand_off(situation, "asked_for_person", f"The customer asked for a person: “{reading.asks_person}”")
        if now.offered_person and reading.agrees and not reading.matter:
            return _hand_off(situation, "accepted_offer", "The customer accepted the offer of a person")
        if reading.social_only or reading.talk or (reading.upset and reading.content_words < 3):
            return _courtesy(situation, reading, now)
        if reading.not_helped and now.answered and reading.content_words < 3:
            return _hand_off(situation, "not_helped", "The customer said that the answer did not help", "handoff.sorry")
        return await self._answer(situation, tools, reading, now)

    async def _answer(self, situation: Situation, tools: Tools, reading: Reading, now: Standing) -> Draft:
        if now.asked_near and (chosen := self._chosen(situation, reading, now)):
            return chosen
        answered = [await self._one(question, situation, tools, now) for question in await self._questions(situation, reading, now)]
        given = [one for one in answered if one.segments]
        if not given:
            return self._without_answer(situation, reading, now, answered)
        if len(answered) == 1 and (which := _which(answered[0].searched)) and not now.asked_which:
            return _clarify(situation, "clarify.which", "several_topics", "Content fits more than one thing equally well", which)
        if reading.not_helped and now.answered and all(_known_already(one.segments, now) for one in given):
            return _hand_off(situation, "not_helped", "The customer said that the answer did not help", "handoff.sorry")
        return _reply(situation, reading, answered)

    async def _questions(self, situation: Situation, reading: Reading, now: Standing) -> tuple[str, ...]:
        """What is asked; after *which of these?* the choice belongs to the question before it."""
        if now.asked_which and reading.content_words <= 6 and now.question:
            return (f"{read(now.question, situation.language).matter} {_chosen_option(reading.matter, now)}",)
        return questions_of(reading, base(situation.language))

    async def _one(self, question: str, situation: Situation, tools: Tools, now: Standing) -> _Answered:
        whole = situation.searched
        searched = whole if _same(question, whole.question) else await tools.search(question)
        if searched.covered < ANSWER or not searched.found.hits:
            return _Answered(question, searched, ())
        segments = compose(question, searched.found.hits, situation.language, self._meaning, now.told)
        return _Answered(question, searched, segments)

    def _chosen(self, situation: Situation, reading: Reading, now: Standing) -> Reply | None:
        """What the page says whose title the customer chose, to the question that was asked before."""
        title = _chosen_option(reading.matter, now)
        hits = tuple(hit for hit in situation.searched.found.hits if _same(hit.title, title))
        if not hits:
            return None
        asked = now.question or title
        segments = compose(asked, hits, situation.language, self._meaning, now.told)
        if not segments:
            return None
        reason = Reason("chosen", f"The customer chose “{hits[0].title}”")
        return Reply(reasons=(reason,), confidence=ANSWER, language=situation.language, segments=tuple(segments))

    def _without_answer(
        self, situation: Situation, reading: Reading, now: Standing, answered: Sequence[_Answered]
    ) -> Draft:
        """Nothing to quote: ask back once, then hand over. What was told already is not told again."""
        covered = max(one.searched.covered for one in answered)
        if covered >= ANSWER and any(one.searched.found.hits for one in answered):
            if reading.not_helped or now.asked_back >= ASK_BACK:
                return _hand_off(situation, "not_helped", "All that content says was said, and it did not help", "handoff.sorry")
            return _clarify(situation, "again.same", "said_already", "All that content says to this was said already", _person(situation))
        if now.asked_back >= ASK_BACK:
            why = f"The content does not cover it (probability {covered:.2f}), and a question back did not help"
            return _hand_off(situation, "cannot_answer", why, "handoff.uncovered")
        if reading.content_words < 2 and not now.answered:
            return _clarify(situation, "clarify.more", "too_short", "Too few words to look up", ())
        why = f"The content does not cover it: probability {covered:.2f}, needed {ANSWER:.2f}"
        if covered >= PERHAPS and (near := _near(answered)):
            return _clarify(situation, "clarify.near", "perhaps_covered", why, (*near, *_person(situation)))
        return _clarify(situation, "uncovered.first", "not_covered", why, _person(situation))


def _reply(situation: Situation, reading: Reading, answered: Sequence[_Answered]) -> Reply:
    """Everything that content says, each question in its own paragraph, and which questions it does not answer."""
    segments: list[Segment] = []
    reasons: list[Reason] = []
    language, personality = situation.language, situation.agent.personality
    if reading.upset:
        segments.append(Segment(say("upset.sorry", language, personality), own=True))
    for one in answered:
        if not one.segments:
            text = say("uncovered.part", language, personality, question=_quoted(one.question))
            segments.append(Segment(text, own=True, block=True))
            reasons.append(Reason("part_not_covered", f"Not covered (probability {one.searched.covered:.2f}): “{_quoted(one.question)}”"))
            continue
        if lead := _other_language(one, situation):
            segments.append(Segment(lead, own=True, block=bool(segments)))
        new = [piece for piece in one.segments if piece not in segments]
        segments += [Segment(piece.text, piece.passages, piece.cites, block=piece.block or (n == 0 and bool(segments))) for n, piece in enumerate(new)]
        reasons.append(Reason("covered", f"Content covers it: probability {one.searched.covered:.2f}, best “{_best(one).title}”"))
    confidence = min(one.searched.covered for one in answered if one.segments)
    return Reply(reasons=tuple(reasons), confidence=confidence, language=language, segments=tuple(segments))


def _best(one: _Answered) -> Hit:
    return one.searched.found.hits[0]


def _other_language(one: _Answered, situation: Situation) -> str | None:
    """A lead-in where content is in another language than the conversation."""
    mine = base(situation.language)
    found = detect(_best(one).text, (), mine)
    if found.how == "kept" or found.probability < 0.9 or found.language == mine:
        return None
    return say("content.language", mine, situation.agent.personality, named=language_name(found.language, mine))


def _courtesy(situation: Situation, reading: Reading, now: Standing) -> Draft:
    """An answer to thanks, greetings, small talk, a yes or no without a question, and anger without a matter."""
    if reading.upset and not reading.thanks:
        if now.offered_person or now.asked_back >= ASK_BACK or reading.not_helped:
            return _hand_off(situation, "upset", "The customer is annoyed, and an offer was made already", "handoff.sorry")
        return _clarify(situation, "upset.offer", "upset", "The customer is annoyed and asks nothing", _person(situation))
    written = situation.capabilities.family == "email"
    if written and (reading.thanks or reading.leaves) and not reading.talk:
        return StayQuiet(reasons=(Reason("courtesy", "Thanks by email need no answer"),), language=situation.language)
    key = _courtesy_key(reading, now)
    text = say(key, situation.language, situation.agent.personality, self=_self(situation))
    reason = Reason("courtesy", f"A courtesy was answered with one ({key})")
    return Reply(reasons=(reason,), language=situation.language, segments=(Segment(text, own=True),))


def _courtesy_key(reading: Reading, now: Standing) -> str:
    if reading.talk == "who":
        return "about.who"
    if reading.talk == "how":
        return "courtesy.how"
    if reading.talk == "what":
        return "about.can"
    if reading.leaves:
        return "courtesy.goodbye"
    if reading.thanks:
        return "courtesy.thanks"
    if reading.declines:
        return "courtesy.declined"
    if reading.greets:
        return "greet.again" if now.greeted else "greet.hello"
    return "courtesy.go_on"


def _self(situation: Situation) -> str:
    agent = situation.agent
    key = "greet.self_of" if agent.company else "greet.self"
    return say(key, situation.language, agent.personality, name=agent.name, company=agent.company)


def _clarify(situation: Situation, key: str, code: str, why: str, options: tuple[Option, ...]) -> Clarify:
    text = say(key, situation.language, situation.agent.personality)
    covered = situation.searched.covered
    return Clarify(reasons=(Reason(code, why),), confidence=covered, language=situation.language, text=text, options=options)


def _near(answered: Sequence[_Answered]) -> tuple[Option, ...]:
    """The titles of the nearest pages that may be named."""
    hits = [hit for one in answered for hit in one.searched.found.hits if hit.citable and hit.title]
    return tuple(Option(title) for title in list(dict.fromkeys(hit.title for hit in hits))[:NEAR])


def _person(situation: Situation) -> tuple[Option, ...]:
    return (Option(say("uncovered.person", situation.language)),)


def _hand_off(situation: Situation, code: str, why: str, phrase: str | None = None) -> HandOff:
    reason = Reason(code, why)
    text = say(phrase, situation.language, situation.agent.personality) if phrase else None
    brief = write_brief(situation.history, situation.new, situation.contact, situation.language, (reason,))
    return HandOff(reasons=(reason,), language=situation.language, reason=reason, brief=brief, text=text)


def _which(searched: Searched) -> tuple[Option, ...]:
    """The things a question may mean equally well: entries of different names, none of them more in focus."""
    first, second = (*searched.found.hits[:2], None, None)[:2]
    if first is None or second is None or not first.about or not second.about or first.about == second.about:
        return ()
    focus = {one.name: one.focus for one in searched.found.names}
    one, other = focus.get(first.about, 0.0), focus.get(second.about, 0.0)
    if abs(one - other) > ALIKE * max(one, other):
        return ()
    named = dict.fromkeys(hit.about for hit in searched.found.hits[:4] if hit.about and abs(focus.get(hit.about, 0.0) - one) <= ALIKE * max(one, 1e-9))
    return tuple(Option(name) for name in named)


def _chosen_option(matter: str, now: Standing) -> str:
    """The option that a number or a word stands for; otherwise the words themselves."""
    if matter.strip(" .)#").isdigit() and now.told:
        for line in now.told[-1].splitlines():
            number, _, label = line.partition(". ")
            if number.strip() == matter.strip(" .)#"):
                return label.strip()
    return matter


def _known_already(segments: Sequence[Segment], now: Standing) -> bool:
    return all(any(" ".join(one.text.split()) in " ".join(said.split()) for said in now.told) for one in segments)


def _same(question: str, other: str) -> bool:
    return " ".join(question.split()).casefold() == " ".join(other.split()).casefold()


def _quoted(question: str) -> str:
    plain = " ".join(question.split()).rstrip("?？ .")
    return plain if len(plain) <= 120 else plain[:119].rsplit(" ", 1)[0] + "…"
