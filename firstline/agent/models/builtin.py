"""The built-in answerer: no model, no key, milliseconds. It finds, quotes and composes approved content, asks, hands over (AN3).

In order: a wish for a person is honoured at once; an offer that was accepted too; what did not help is not repeated;
courtesies get a courtesy; a question is answered from content, or asked back once, or handed over (HO2, AN2).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from firstline.agent.brief import language_name, write_brief
from firstline.agent.language import detect
from firstline.agent.models.base import (
    Clarify,
    Draft,
    HandOff,
    Option,
    Part,
    Reason,
    Reply,
    Searched,
    Segment,
    Situation,
    StayQuiet,
    Tools,
)  # fmt: skip
from firstline.agent.models.choosing import chosen
from firstline.agent.models.compose import compose
from firstline.agent.models.following import answering, leans_on
from firstline.agent.models.intents import Reading, read
from firstline.agent.models.lexicon import base
from firstline.agent.models.meaning import Meaning, Remembering
from firstline.agent.models.questions import questions_of
from firstline.agent.models.standing import Standing, standing
from firstline.agent.phrases import recognised, say
from firstline.agent.sentences import sentences
from firstline.knowledge.rules import Hit

PERHAPS = 0.5
"""Share of the probability from which on content is the answer; from here on it is asked whether a topic found is meant."""
ASK_BACK = 1
"""Times in a row that something is asked back before people get the conversation."""
ALIKE = 0.2
"""Two names whose focus differs by less than this share are equally meant."""
TOPICS = 3
NEAR = 0.5
"""Topics that are offered at most, and how much worse than the best one they may fit."""


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
        self._meaning = Remembering(meaning) if meaning is not None else None

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
        if now.asked_which and not reading.matter and (reading.agrees or reading.declines):
            return await self._after_choices(situation, tools, reading, now)
        if reading.social_only or (reading.talk and reading.content_words <= 3) or (reading.upset and reading.content_words < 3):
            return _courtesy(situation, reading, now)
        if reading.not_helped and now.answered and reading.content_words < 3:
            return _hand_off(situation, "not_helped", "The customer said that the answer did not help", "handoff.sorry")
        return await self._answer(situation, tools, reading, now)

    async def _answer(self, situation: Situation, tools: Tools, reading: Reading, now: Standing) -> Draft:
        if now.asked_which:
            offered = await self._offered(situation, tools, now)
            picked_title = chosen(reading.matter, offered, situation.language)
            if picked_title is not None and _is_person(picked_title):
                return _hand_off(situation, "asked_for_person", f"The customer chose “{picked_title}”")
            if picked_title is not None and (picked := await self._picked(situation, tools, picked_title, now)):
                return _reply(situation, reading, [picked])
        answered = await self._each(situation, tools, reading, now)
        given = [one for one in answered if one.segments]
        if not given:
            return _without_answer(situation, reading, now, answered)
        if len(answered) == 1 and not now.asked_which and (names := _equally_meant(answered[0].searched)):
            return _clarify(situation, "clarify.which", "several_topics", "Content fits more than one thing equally well", names)
        return _reply(situation, reading, answered)

    async def _each(self, situation: Situation, tools: Tools, reading: Reading, now: Standing) -> list[_Answered]:
        """Every question of the message with its answer; the message as one where its parts alone find less."""
        questions = questions_of(reading, base(situation.language))
        if len(questions) == 1:
            alone = await self._composed(reading.matter, situation.searched, situation, now)
            return [alone if alone.segments else await self._followed(alone, situation, tools, now)]
        each = [await self._composed(question, await tools.search(question), situation, now) for question in questions]
        unsure = any(not one.segments and one.searched.covered >= PERHAPS * situation.answer_from for one in each)
        if not any(one.segments for one in each) or (unsure and situation.searched.covered >= situation.answer_from):
            return [await self._composed(reading.matter, situation.searched, situation, now)]
        return each

    async def _composed(self, question: str, searched: Searched, situation: Situation, now: Standing) -> _Answered:
        if searched.covered < situation.answer_from or not searched.found.hits:
            return _Answered(question, searched, ())
        return _Answered(question, searched, await self._compose(question, searched.found.hits, situation, now))

    async def _followed(self, alone: _Answered, situation: Situation, tools: Tools, now: Standing) -> _Answered:
        """A question that leans on one before it, asked together with that one; as it was where that finds nothing more."""
        before = leans_on(alone.question, situation.history, situation.language) if now.answered else None
        if before is None:
            return alone
        together = f"{before} {alone.question}"
        searched = await tools.search(together)
        hits = answering(alone.question, searched.found.hits, situation.language)
        if not hits or searched.covered < situation.answer_from:
            return alone
        segments = await self._compose(together, hits, situation, now)
        return _Answered(together, replace(searched, found=replace(searched.found, hits=hits)), segments) if segments else alone

    async def _compose(self, question: str, hits: Sequence[Hit], situation: Situation, now: Standing) -> tuple[Segment, ...]:
        """Compose in a thread where sentences are embedded: that takes tens of milliseconds."""
        if self._meaning is None:
            return compose(question, hits, situation.language, None, now.told)
        return await asyncio.to_thread(compose, question, hits, situation.language, self._meaning, now.told)

    async def _after_choices(self, situation: Situation, tools: Tools, reading: Reading, now: Standing) -> Draft:
        """A plain yes takes the one topic that was offered; of several it is asked which. A plain no takes none of them."""
        if reading.agrees and not reading.declines:
            offered = await self._offered(situation, tools, now)
            topics = [one for one in offered if not _is_person(one)]
            if len(topics) == 1 and (picked := await self._picked(situation, tools, topics[0], now)):
                return _reply(situation, reading, [picked])
            if len(topics) > 1 and now.asked_back <= ASK_BACK:
                why = "The customer agreed, and several things were offered"
                return _clarify(situation, "clarify.which", "several_offered", why, tuple(map(Option, offered)))
        return _hand_off(situation, "cannot_answer", "None of the topics found was meant", "handoff.uncovered")

    async def _offered(self, situation: Situation, tools: Tools, now: Standing) -> tuple[str, ...]:
        """What was offered; where the message does not tell any more, what the same search offers again."""
        if now.offered:
            return now.offered
        question = read(now.question, situation.language).matter
        searched = await tools.search(question) if question else situation.searched
        if not searched.found.hits:
            return ()
        again = _equally_meant(searched) or (*_topics([_Answered(question, searched, ())]), *_person(situation))
        return tuple(option.label for option in again)

    async def _picked(self, situation: Situation, tools: Tools, title: str, now: Standing) -> _Answered | None:
        """The answer from one of the things that were offered; None where content says nothing of it any more."""
        question = read(now.question, situation.language).matter
        for asked in filter(None, (question, title)):
            searched = await tools.search(asked)
            wanted = _folded(title)
            chosen_hits = tuple(hit for hit in searched.found.hits if wanted in (_folded(hit.title), _folded(hit.about or "")))
            if chosen_hits and (segments := await self._compose(asked, chosen_hits, situation, now)):
                return _Answered(asked, replace(searched, found=replace(searched.found, hits=chosen_hits)), segments)
        return None


def _without_answer(situation: Situation, reading: Reading, now: Standing, answered: Sequence[_Answered]) -> Draft:
    """Nothing to quote: ask back once, then hand over. What was told already is not told again."""
    covered = max(one.searched.covered for one in answered)
    told_all = covered >= situation.answer_from and any(one.searched.found.hits for one in answered)
    if told_all and (reading.not_helped or now.asked_back >= ASK_BACK):
        return _hand_off(situation, "not_helped", "All that content says was said, and it did not help", "handoff.sorry")
    if told_all:
        why = "All that content says to this was said already"
        return _clarify(situation, "again.same", "said_already", why, _person(situation))
    if reading.not_helped and now.answered:
        return _hand_off(situation, "not_helped", "The customer said that the answer did not help", "handoff.sorry")
    if now.asked_back >= ASK_BACK:
        why = f"The content does not cover it (probability {covered:.2f}), and asking back did not help"
        return _hand_off(situation, "cannot_answer", why, "handoff.uncovered")
    if covered >= PERHAPS * situation.answer_from and (topics := _topics(answered)):
        why = f"The content may cover it: probability {covered:.2f}, needed {situation.answer_from:.2f}"
        return _clarify(situation, "clarify.near", "perhaps_covered", why, (*topics, *_person(situation)))
    if reading.content_words < 2 and not now.answered:
        return _clarify(situation, "clarify.more", "too_short", "Too few words to look up", ())
    why = f"The content does not cover it: probability {covered:.2f}, needed {situation.answer_from:.2f}"
    return _clarify(situation, "uncovered.first", "not_covered", why, _person(situation))


def _topics(answered: Sequence[_Answered]) -> tuple[Option, ...]:
    """The titles of the public pages that fit best."""
    hits = max(answered, key=lambda one: one.searched.covered).searched.found.hits
    public = [hit for hit in hits if hit.citable and hit.score >= hits[0].score - NEAR]
    return tuple(Option(title) for title in list(dict.fromkeys(hit.title for hit in public))[:TOPICS])


def _reply(situation: Situation, reading: Reading, answered: Sequence[_Answered]) -> Reply:
    """Everything that content says, each question in its own paragraph; then which questions it does not answer."""
    segments: list[Segment] = []
    reasons: list[Reason] = []
    language, personality = situation.language, situation.agent.personality
    if reading.upset:
        segments.append(Segment(say("upset.sorry", language, personality), own=True))
    for one in (given for given in answered if given.segments):
        if lead := _other_language(one, situation):
            segments.append(Segment(lead, own=True, block=bool(segments)))
        said = {segment.text for segment in segments}
        new = [piece for piece in one.segments if piece.text not in said]
        segments += [replace(piece, block=piece.block or (n == 0 and bool(segments))) for n, piece in enumerate(new)]
        reasons.append(Reason("covered", f"Content covers it: probability {one.searched.covered:.2f}, best “{_best(one).title}”"))
    for one in (left for left in answered if not left.segments):
        question = _quoted(sentences(one.question)[-1])
        segments.append(Segment(say("uncovered.part", language, personality, question=question), own=True, block=True))
        reasons.append(Reason("part_not_covered", f"Not covered (probability {one.searched.covered:.2f}): “{question}”"))
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


def _person(situation: Situation) -> tuple[Option, ...]:
    return (Option(say("uncovered.person", situation.language)),)


def _hand_off(situation: Situation, code: str, why: str, phrase: str | None = None) -> HandOff:
    reason = Reason(code, why)
    text = say(phrase, situation.language, situation.agent.personality) if phrase else None
    brief = write_brief(situation.history, situation.new, situation.contact, situation.language, (reason,))
    return HandOff(reasons=(reason,), language=situation.language, reason=reason, brief=brief, text=text)


def _equally_meant(searched: Searched) -> tuple[Option, ...]:
    """The things a question may mean equally well: entries of different names, none of them more in focus."""
    public = [hit for hit in searched.found.hits if hit.citable][:4]
    named = [hit.about for hit in public if hit.about]
    if len(named) < 2 or public[0].about is None or len(set(named[:2])) < 2:
        return ()
    focus = {one.name: one.focus for one in searched.found.names}
    most = max(focus.get(one, 0.0) for one in named)
    alike = [one for one in dict.fromkeys(named) if focus.get(one, 0.0) >= (1 - ALIKE) * most]
    return tuple(Option(name) for name in alike) if len(alike) > 1 else ()


def _is_person(label: str) -> bool:
    """Whether an option is a person, in any language."""
    return recognised("uncovered.person", label)


def _folded(title: str) -> str:
    return " ".join(title.split()).casefold().strip(" .?!")


def _quoted(question: str) -> str:
    plain = " ".join(question.split()).rstrip("?？ .")
    return plain if len(plain) <= 120 else plain[:119].rsplit(" ", 1)[0] + "…"
