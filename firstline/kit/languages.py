"""The language model of py3langid, read once a process and shared: about a second and 75 MB.

Two thirds of that second unpack a file, beside which Python runs other code, so a process that will need it reads it while it
imports the rest of the product.
"""

import threading
from collections.abc import Sequence
from copy import copy
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

_reading = threading.Lock()


@lru_cache(maxsize=1)
def _read() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _full() -> LanguageIdentifier:
    """The whole model; who asks while it is being read waits, and does not read it once more."""
    with _reading:
        return _read()


@lru_cache(maxsize=1)
def known_languages() -> frozenset[str]:
    """The languages it can tell, by ISO 639-1 code."""
    return frozenset(_full().labels)


@lru_cache(maxsize=32)
def identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """The model limited to some languages; ``classify(text)`` gives a language and its probability."""
    limited = copy(_full())
    limited.set_languages([one for one in languages if one in known_languages()])
    return limited


def classified(text: str, languages: Sequence[str]) -> tuple[str, float]:
    """The likeliest of these languages for a text, with its probability."""
    return _classified(text, tuple(languages))


@lru_cache(maxsize=1024)
def _classified(text: str, languages: tuple[str, ...]) -> tuple[str, float]:
    """Remembered: the same passages are asked about in every turn that finds them."""
    language, probability = identifier(languages).classify(text)
    return str(language), float(probability)
