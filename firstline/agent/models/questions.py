"""Several questions in one message, taken apart. Pure."""

import re

from firstline.agent.models.intents import Reading
from firstline.agent.models.lexicon import Words, words_of, words_only
from firstline.agent.sentences import sentences

MOST = 3
"""Questions of one message that are answered one by one; a longer list is taken as one question."""

SHORT = 4
"""Words up to which a question with one word of content leans on the one before it (*and who pays?*)."""

_ASKING = {
    "en": r"how|what|which|when|where|who|why|can|could|do|does|is|are|will|may|should|would|am",
    "de": r"wie|was|welche[rsnm]?|wann|wo|wer|warum|kann|können|darf|ist|sind|gibt|muss|habt|haben|wohin|woher",
    "fr": r"comment|quel(?:le|s|les)?|quand|où|qui|pourquoi|combien|est-ce|puis-je|peut-on|y a-t-il|dois-je",
    "es": r"cómo|como|qué|que|cuál|cuándo|dónde|quién|por qué|cuánto|cuánta|puedo|hay|es|tienen|se puede",
    "it": r"come|che|cosa|quale|quando|dove|chi|perché|quanto|quanta|posso|c'è|si può|avete|è",
    "nl": r"hoe|wat|welke?|wanneer|waar|wie|waarom|kan|mag|is|zijn|hebben|moet|doen",
    "pt": r"como|que|qual|quando|onde|quem|por que|porque|quanto|quanta|posso|há|tem|é|pode",
    "pl": r"jak|co|jaki|jaka|jakie|kiedy|gdzie|kto|dlaczego|ile|czy|można",
}


def questions_of(reading: Reading, language: str) -> tuple[str, ...]:
    """The questions of a message: one, or two to three where each can stand for itself.

    What is said before the first question belongs to each of them.
    """
    words = words_of(language)
    asked: list[str] = []
    before: list[str] = []
    after: list[str] = []
    for sentence in sentences(reading.matter):
        for part in _parted(sentence, words.language, words.joiners):
            if not _asks(part, words.language):
                (after if asked else before).append(part)
            elif asked and _leans(part, words):
                asked[-1] = f"{asked[-1]} {part}"
            else:
                asked.append(part)
    if not 2 <= len(asked) <= MOST:
        return (reading.matter,)
    if after:
        asked[-1] = " ".join([asked[-1], *after])
    return tuple(" ".join([*before, one]) for one in asked)


def _leans(part: str, words: Words) -> bool:
    """Whether a question means nothing without the one before it: *and who pays?*, *can you do it today?*"""
    telling = [word for word in words_only(part).split() if word not in words.stop and word not in MEASURES]
    pointing = any(word in _POINTING for word in words_only(part).split())
    return len(telling) <= (2 if pointing else 1 if len(part.split()) <= SHORT else 0)


MEASURES = frozenset(
    """long much many often far soon fast lange viel viele oft weit combien longtemps cuanto tiempo quanto tempo veel
    vaak""".split()  # noqa: SIM905
)
_POINTING = frozenset(
    """it that this they them those these he she one es das dies diese sie er cela ca ce il elle eso esto lo la questo quello
    dat dit het isso isto to ten ta""".split()  # noqa: SIM905
)


def _asks(part: str, language: str) -> bool:
    if part.rstrip().endswith(("?", "？", "؟")):
        return True
    asking = _ASKING.get(language, _ASKING["en"])
    return re.match(rf"(?:{asking})\b", part.lower()) is not None


def _parted(sentence: str, language: str, joiners: tuple[str, ...]) -> list[str]:
    """A sentence cut before *and how*, *and can*: a joiner followed by a word that asks."""
    asking = _ASKING.get(language)
    if asking is None or not joiners:
        return [sentence]
    joined = "|".join(re.escape(one) for one in joiners)
    parts = re.split(rf",?\s+(?:{joined})\s+(?=(?:{asking})\b)", sentence, flags=re.IGNORECASE)
    last = parts[-1].rstrip()
    mark = last[-1] if last and last[-1] in "?？" else ""
    if len(parts) == 1 or not _asks(parts[0] + mark, language) or any(len(part.split()) < 3 for part in parts):
        return [sentence]
    return [part if part.rstrip().endswith(("?", "？")) else part + mark for part in parts]
