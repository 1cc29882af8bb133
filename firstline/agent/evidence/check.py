"""The check of a draft against its evidence: every fact must be stated there, every statement supported, nothing promised.

Hard rule beside the score: a number, price, date, link, address, phone, code or name that no evidence states blocks its
sentence. Supported means likely enough by :mod:`.support`; where reply and passages are in different languages the words
cannot be compared, and only the facts are checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from firstline.agent.brief import write_brief
from firstline.agent.evidence.altered import altered
from firstline.agent.evidence.report import Decision, Finding, Report
from firstline.agent.evidence.support import TokenVectors, longest_run, support
from firstline.agent.facts.known import Known, holds, known
from firstline.agent.facts.names import names
from firstline.agent.facts.reading import Fact, Kind
from firstline.agent.language import detect
from firstline.agent.models.base import Clarify, Draft, HandOff, Option, Reason, Reply, Segment, Situation
from firstline.agent.models.intents import content_words
from firstline.agent.models.lexicon import base, fold, words_of, words_only
from firstline.agent.phrases import say
from firstline.agent.promises import promise_in
from firstline.agent.sentences import sentences, spans
from firstline.knowledge.rules import Hit
from firstline.people.rules import ActorKind

UNSUPPORTED = 0.194
"""Probability below which a statement counts as unsupported: on BEGIN 3 % of the grounded replies, 72 % of the others."""

STATES = 3
"""Content words from which on a sentence states something that needs support."""

ECHOED = 2_000
"""Characters of each message that names and codes may be taken from."""

COURTEOUS = frozenset(
    """happy glad pleased sorry thank thanks welcome help assist helping assisting hello hi dear sure certainly course hope
    gladly gern gerne freue freut leid danke dank hilfe helfen hallo selbstverständlich natürlich bitte merci bonjour plaisir
    desole aider volontiers gracias hola gusto siento ayudar claro encantado grazie ciao piacere aiutare dispiace volentieri
    graag bedankt spijt helpen obrigado obrigada ola prazer ajudar lamento dziekuje prosze pomoc milo przykro
    chetnie""".split()  # noqa: SIM905
)
"""Words of courtesy, folded: they state nothing."""

SHORT = 5
MOSTLY = 0.75
"""A statement of so few content words has no run of words to compare: this share of them found is enough."""

QUOTED = 0.8
"""Share of a sentence that one run of words in a passage makes up, from which on it is a quotation."""


@dataclass(frozen=True)
class Evidence:
    """What a draft may say: ``passages`` carry statements, ``data`` (contact, agent, action results) facts, ``echo`` names."""

    passages: tuple[str, ...]
    data: tuple[str, ...] = ()
    echo: tuple[str, ...] = ()
    language: str = "en"

    def known(self) -> tuple[Known, ...]:
        """The facts of passages and data."""
        return tuple(known(one) for one in (*self.passages, *self.data))


def evidence_for(hits: Sequence[Hit], situation: Situation, results: Sequence[str] = ()) -> Evidence:
    """The evidence of a turn. :param results: what actions returned, as text."""
    contact = situation.contact
    # A name is whatever its bearer wrote; one that states something (a link, a price) states it of nothing we know.
    name = contact.name if contact.name and not known(contact.name).facts else None
    data = (name, contact.email, *contact.facts.values(), situation.agent.name, situation.agent.company, *results)
    told = (*situation.history, *situation.new)
    return Evidence(
        passages=tuple(_written(hit) for hit in hits),
        data=tuple(one for one in data if one),
        echo=tuple(said.text[:ECHOED] for said in told if said.by in (ActorKind.CONTACT, ActorKind.TEAMMATE)),
        language=situation.language,
    )


def _written(hit: Hit) -> str:
    """All that a passage says, its title and address among it."""
    return "\n".join(part for part in (hit.title, hit.heading, hit.question, hit.url, hit.about, hit.text) if part)


def examine(sentence: str, evidence: Evidence, vectors: TokenVectors | None = None) -> Finding:
    """Check one sentence. A whole sentence of a passage stands as it is: nothing else could be found out about it."""
    if any(sentence in _whole(passage) for passage in evidence.passages):
        return Finding(sentence, True, (), 1.0, None)
    missing = _missing(sentence, evidence)
    measured = None if missing else _supported(sentence, evidence, vectors)
    promise = promise_in(sentence, evidence.language)
    if promise is not None and _quoted(sentence, evidence.passages):
        promise = None
    enough = measured is None or measured >= UNSUPPORTED
    return Finding(sentence, enough, tuple(dict.fromkeys(fact.written for fact in missing)), measured, promise)


@lru_cache(maxsize=2048)
def _whole(passage: str) -> frozenset[str]:
    """The sentences of a passage; a part of one could say the opposite."""
    return frozenset(sentences(passage))


def _missing(sentence: str, evidence: Evidence) -> list[Fact]:
    """The facts of a sentence that no evidence states. Names and codes may also be those that the customer used."""
    there = evidence.known()
    stated = [fact for fact in known(sentence).facts if not fact.soft]
    named = [*names(_without_facts(sentence), base(evidence.language)), *altered(sentence, there)]
    missing = [fact for fact in (*stated, *named) if not holds(fact, there)]
    return [fact for fact in missing if fact.kind not in (Kind.NAME, Kind.CODE) or not holds(fact, map(known, evidence.echo))]


def _without_facts(sentence: str) -> str:
    for fact in known(sentence).facts:
        sentence = sentence[: fact.start] + " " * len(fact.written) + sentence[fact.start + len(fact.written) :]
    return sentence


def _supported(sentence: str, evidence: Evidence, vectors: TokenVectors | None) -> float | None:
    """How likely passages or data support what a sentence states beside its facts, courtesies and names.

    None where it states nothing, or where it cannot be told because the languages differ.
    """
    if sentence.rstrip().endswith(("?", "？", ":", "：")):
        return None
    statement = _statement(sentence, evidence)
    telling = content_words(statement, words_of(evidence.language))
    if telling < STATES:
        return None
    theirs = detect(" ".join(evidence.passages), (), evidence.language).language if evidence.passages else evidence.language
    if theirs != detect(sentence, (), evidence.language).language:
        return None
    texts = (*evidence.passages, " ".join(evidence.data)) if evidence.data else evidence.passages
    measured = support(statement, texts, theirs, vectors)
    return max(measured.probability, measured.cov if telling <= SHORT and measured.cov >= MOSTLY else 0.0)


def _statement(sentence: str, evidence: Evidence) -> str:
    """A sentence without what is checked elsewhere or needs no support: facts, known names, courtesies."""
    plain = _without_facts(sentence)
    held = {one.written for one in names(plain, base(evidence.language))}
    words = (word for word in plain.split() if word.strip(".,;:!()\"“”'’") not in held)
    return " ".join(word for word in words if fold(word.strip(".,;:!()")) not in COURTEOUS)


def _quoted(sentence: str, passages: Sequence[str]) -> bool:
    words = words_only(sentence).split()
    return any(longest_run(words, words_only(passage).split()) >= QUOTED * len(words) for passage in passages)


def check(
    draft: Draft, hits: Sequence[Hit], situation: Situation, *, results: Sequence[str] = (), vectors: TokenVectors | None = None
) -> tuple[Draft, Report | None]:
    """Check a draft and cut what does not stand. What is left of nothing becomes one question back, or a handoff.

    :returns: the draft that may be committed, and the report; None where there was nothing to check.
    """
    evidence = evidence_for(hits, situation, results)
    if isinstance(draft, Reply):
        return _check_reply(draft, evidence, situation, vectors)
    if isinstance(draft, HandOff) and draft.text:
        report = _report(draft.text, evidence, vectors, facts_only=True)
        return (draft if report.decision is Decision.KEEP else replace(draft, text=None)), report
    if isinstance(draft, Clarify):
        report = _report(draft.text, evidence, vectors, facts_only=True)
        return (draft if report.decision is Decision.KEEP else _ask(situation, report)), report
    return draft, None


def with_options_that_stand(draft: Draft, hits: Sequence[Hit], situation: Situation) -> Draft:
    """A model's question with those choices that name nothing which the evidence does not."""
    if not isinstance(draft, Clarify):
        return draft
    evidence = evidence_for(hits, situation)
    return replace(draft, options=tuple(one for one in draft.options if not _missing(one.label, evidence)))


def _report(text: str, evidence: Evidence, vectors: TokenVectors | None, *, facts_only: bool = False) -> Report:
    found = tuple(examine(text[start:end], evidence, vectors) for start, end in spans(text))
    if facts_only:
        found = tuple(replace(one, supported=True) for one in found)
    return Report(found, Decision.KEEP if all(one.stands for one in found) else Decision.REJECT)


def _check_reply(
    draft: Reply, evidence: Evidence, situation: Situation, vectors: TokenVectors | None
) -> tuple[Draft, Report | None]:
    findings: list[Finding] = []
    kept: list[Segment] = []
    for segment in draft.segments:
        if segment.own:
            kept.append(segment)
            continue
        found = [(examine(segment.text[start:end], evidence, vectors), start, end) for start, end in spans(segment.text)]
        findings += [one for one, _, _ in found]
        if text := _without(segment.text, [(start, end) for one, start, end in found if not one.stands]):
            kept.append(replace(segment, text=text))
    if not findings:
        return draft, None
    if all(one.stands for one in findings):
        return draft, Report(tuple(findings), Decision.KEEP)
    content_left = any(not segment.own for segment in kept)
    report = Report(tuple(findings), Decision.CUT if content_left else Decision.REJECT)
    if not content_left:
        return (_hand_off(situation, report) if report.promises else _ask(situation, report)), report
    reason = Reason("sentences_cut", f"Left out because the content does not say so: {_listed(report)}")
    return replace(draft, segments=tuple(kept), reasons=(*draft.reasons, reason)), report


def _without(text: str, cut: Sequence[tuple[int, int]]) -> str:
    """A text without some of its sentences; a lead-in that ends with a colon goes with what it led to."""
    left, at = "", 0
    for start, end in cut:
        left, at = left + text[at:start], end
    left = (left + text[at:]).strip()
    lines = [" ".join(line.split(" ")).rstrip() for line in left.split("\n")]
    left = "\n".join(line for line in lines if line.strip(" -*•0123456789.)"))
    return "" if left.endswith(":") else left


def _listed(report: Report) -> str:
    bad = [one for one in report.findings if not one.stands]
    return "; ".join(f"“{one.sentence[:120]}”" + (f" ({', '.join(one.missing)})" if one.missing else "") for one in bad[:4])


def _ask(situation: Situation, report: Report) -> Draft:
    """Nothing is left: ask once, and hand over when that was done already."""
    asked = any(said.by is ActorKind.AGENT for said in situation.history[-2:])
    if asked:
        return _hand_off(situation, report)
    reason = Reason("not_in_evidence", f"The draft said what the content does not: {_listed(report)}")
    language = situation.language
    return Clarify(
        reasons=(reason,),
        confidence=0.0,
        language=language,
        text=say("uncovered.first", language, situation.agent.personality),
        options=(Option(say("uncovered.person", language)),),
    )


def _hand_off(situation: Situation, report: Report) -> HandOff:
    if report.promises:
        reason = Reason("promised", f"The draft promised what only people can do: “{report.promises[0]}”")
    else:
        reason = Reason("cannot_answer", f"The draft said what the content does not: {_listed(report)}")
    brief = write_brief(situation.history, situation.new, situation.contact, situation.language, (reason,))
    return HandOff(reasons=(reason,), confidence=0.0, language=situation.language, reason=reason, brief=brief)
