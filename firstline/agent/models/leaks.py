"""What of private sources a model is shown, and what its draft may not carry out: their names, pieces of them. Pure (KN2, AN6).

Private content informs an answer and is never cited. A model is shown only the sentences that code would say itself to the
customer's own question, and only where the gate says that they answer it. So a model that obeys whoever asks it to print
everything has nothing to print that the question alone would not have brought.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from firstline.agent.evidence.report import Decision, Finding, Report
from firstline.agent.evidence.support import longest_run
from firstline.agent.models.base import Clarify, Draft, Reply, Segment, Situation, join
from firstline.agent.models.compose import PUBLIC, compose
from firstline.agent.models.instructions import FIELDS, RULES
from firstline.agent.models.intents import read
from firstline.agent.models.lexicon import fold, words_only
from firstline.agent.sentences import spans
from firstline.knowledge.rules import Hit

INTERNAL = "what is internal"
"""What a finding of this module says is missing; the sentence itself is not told to the model again."""
QUOTED = 25
"""Words in a row of a private passage that are a copy and no information."""
COPIED = 7
PIECE = 4
"""Words in a row that are taken from the instructions: in a longer sentence, and where they are nearly all of it."""
TELLING = 8
"""Letters from which on a title names a source by itself."""

_MARK = re.compile(r"data-[0-9a-f]{8}")
_TOLD = tuple(words_only(f"{RULES}\n{FIELDS}").split())


def for_a_model(hits: Sequence[Hit], situation: Situation) -> tuple[Hit, ...]:
    """What a model is shown, and what is evidence for its draft: public passages, and the answer that a private one holds.

    The private one counts only where it fits clearly better than every public one and the gate says that it answers.
    """
    public = tuple(hit for hit in hits if hit.citable)
    best = max((hit.score for hit in public), default=None)
    first = max((hit for hit in hits if not hit.citable), key=lambda hit: hit.score, default=None)
    if first is None or situation.searched.covered < situation.answer_from:
        return public
    if best is not None and first.score <= best + PUBLIC:
        return public
    told = _answering(first, situation)
    return (told, *public) if told is not None else public


def _answering(hit: Hit, situation: Situation) -> Hit | None:
    """The sentences of a private passage that answer what the customer asks, without anything that names the passage."""
    asked = read(situation.text, situation.language).matter or situation.text
    text = join(compose(asked, [hit], situation.language))
    if not text:
        return None
    return replace(hit, text=text, title="", url=None, heading="", question=None, about=None)


def without_private(draft: Draft, hits: Sequence[Hit]) -> tuple[Draft, Report | None]:
    """A draft without sentences that name or copy a private source or the instructions, and what was found, if anything."""
    private = [hit for hit in hits if not hit.citable]
    public = fold(" ".join(f"{hit.title} {hit.text}" for hit in hits if hit.citable))
    if isinstance(draft, Clarify):
        found = [_finding(draft.text)] if _leaks(draft.text, private, public) else []
        options = tuple(one for one in draft.options if not _leaks(one.label, private, public))
        return replace(draft, options=options), Report(tuple(found), Decision.REJECT) if found else None
    if not isinstance(draft, Reply):
        return draft, None
    kept: list[Segment] = []
    findings: list[Finding] = []
    for segment in draft.segments:
        text, bad = _cut(segment.text, private, public)
        findings += bad
        if text:
            kept.append(replace(segment, text=text))
    whole = " ".join(segment.text for segment in kept)
    if not findings and _copies(whole, private):
        findings, kept = [_finding(whole[:200])], []
    if not findings:
        return draft, None
    return replace(draft, segments=tuple(kept)), Report(tuple(findings), Decision.CUT if kept else Decision.REJECT)


def _cut(text: str, private: Sequence[Hit], public: str) -> tuple[str, list[Finding]]:
    left, at = "", 0
    findings = []
    for start, end in spans(text):
        if _leaks(text[start:end], private, public):
            findings.append(_finding(text[start:end]))
            left, at = left + text[at:start], end
    return (left + text[at:]).strip(), findings


def _leaks(text: str, private: Sequence[Hit], public: str) -> bool:
    if _MARK.search(text) or _instructs(text):
        return True
    plain = fold(text)
    for hit in private:
        names = [one for one in (hit.title, hit.heading or "") if len(one) >= TELLING]
        if any(fold(one) in plain and fold(one) not in public for one in names):
            return True
        if hit.url and hit.url.rstrip("/") in text:
            return True
    return _copies(text, private)


def _instructs(text: str) -> bool:
    """Whether a sentence is one of the instructions, or a piece of one."""
    words = words_only(text).split()
    run = longest_run(words, _TOLD)
    return run >= COPIED or (len(words) >= PIECE and run >= 0.8 * len(words))


def _copies(text: str, private: Sequence[Hit]) -> bool:
    words = words_only(text).split()
    return len(words) >= QUOTED and any(longest_run(words, words_only(hit.text).split()) >= QUOTED for hit in private)


def _finding(sentence: str) -> Finding:
    return Finding(sentence, False, (INTERNAL,))
