"""A question that leans on one asked before: *and on Sundays?*, *what about the Pro plan?*, *how much does it cost?* Pure.

Alone such a question finds nothing, and what was said before must not make it covered. So it is asked together with the last
whole question, and only content that has the follow-up's own words may answer it.
"""

import re
from collections.abc import Sequence

from firstline.agent.models.base import Said
from firstline.agent.models.intents import read
from firstline.agent.models.lexicon import base, words_of, words_only
from firstline.agent.models.questions import MEASURES
from firstline.knowledge.rules import Hit
from firstline.knowledge.words import STOP, stem
from firstline.people.rules import ActorKind

MOST = 4
"""Telling words up to which a message can lean on another one; a longer one stands for itself."""
EARLIER = 6
"""Customer's messages that are looked back at."""

_OPENS = {
    "en": r"and|or|what about|how about|what if|also|same for|is (?:that|it) the same",
    "de": r"und|oder|was ist mit|wie ist (?:es|das) (?:mit|bei|in|fur)|wie sieht (?:es|das)|gilt das|auch",
    "fr": r"et|ou|qu'en est-il|meme chose|c'est pareil",
    "es": r"y|o|que (?:pasa|hay) (?:con|de)|lo mismo|tambien",
    "it": r"e|o|che ne e|lo stesso|anche|invece",
    "nl": r"en|of|hoe zit (?:het|dat)|geldt dat|ook",
    "pt": r"e|ou|e quanto|o mesmo|tambem",
    "pl": r"a|i|lub|a co z|to samo|takze",
}

_POINTS = {
    "en": "it that this they them those these",
    "de": "es dies dieses damit dafur davon",
    "fr": "cela ca",
    "es": "eso esto",
    "it": "questo quello cio",
    "nl": "dat dit",
    "pt": "isso isto",
    "pl": "to tego",
}
"""Words that stand for a thing named before, folded."""


def leans_on(text: str, history: Sequence[Said], language: str) -> str | None:
    """The customer's last whole question, if this message leans on it; None if it stands for itself."""
    if not _leans(text, language):
        return None
    asked = [said.text for said in history if said.by is ActorKind.CONTACT][-EARLIER:]
    for before in reversed(asked):
        matter = read(before, language).matter
        if len(_telling(words_only(matter), language)) >= 2 and not _leans(matter, language):
            return matter
    return None


def _leans(text: str, language: str) -> bool:
    plain = words_only(text)
    if len(_telling(plain, language)) > MOST:
        return False
    opens = _OPENS.get(base(language), _OPENS["en"])
    return re.match(rf"(?:{opens})(?:\s|\Z)", plain) is not None or any(word in _pointing(language) for word in plain.split())


def answering(text: str, hits: Sequence[Hit], language: str) -> tuple[Hit, ...]:
    """The passages that have the follow-up's own words; all of them where it has none."""
    wanted = {stem(word, language) for word in _telling(words_only(text), language) if word not in MEASURES}
    if not wanted:
        return tuple(hits)
    having = {hit.passage_id: _has(wanted, hit, language) for hit in hits}
    most = max(having.values(), default=0)
    return tuple(hit for hit in hits if most and having[hit.passage_id] == most)


def _has(wanted: set[str], hit: Hit, language: str) -> int:
    written = " ".join(part for part in (hit.title, hit.heading, hit.question, hit.about, hit.text) if part)
    return len(wanted & {stem(word, language) for word in words_only(written).split()})


def _telling(plain: str, language: str) -> list[str]:
    opening = _OPENS.get(base(language), _OPENS["en"])
    plain = re.sub(rf"\A(?:{opening})(?:\s|\Z)", "", plain)
    nothing = words_of(language).stop | STOP | _pointing(language)
    return [word for word in plain.split() if word not in nothing]


def _pointing(language: str) -> frozenset[str]:
    return frozenset(_POINTS.get(base(language), _POINTS["en"]).split())
