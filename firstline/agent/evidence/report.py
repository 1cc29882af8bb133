"""What the evidence check found, sentence by sentence. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Decision(StrEnum):
    """What becomes of a draft."""

    KEEP = "keep"
    CUT = "cut"
    REJECT = "reject"


@dataclass(frozen=True)
class Finding:
    """One sentence. ``missing`` are its facts that no evidence states; ``support`` is None where it was not measured."""

    sentence: str
    supported: bool
    missing: tuple[str, ...] = ()
    support: float | None = None
    promise: str | None = None

    @property
    def stands(self) -> bool:
        """Whether the sentence may be said."""
        return self.supported and not self.missing and self.promise is None

    @property
    def objection(self) -> str:
        """What is wrong with it, for whoever drafts again."""
        if self.missing:
            return f"“{self.sentence}”: nothing says {', '.join(self.missing)}"
        if self.promise is not None:
            return f"“{self.sentence}”: promises what only people can do; decide handoff or leave it out"
        return f"“{self.sentence}”: no passage says so"


@dataclass(frozen=True)
class Report:
    """All sentences of a draft, and what becomes of it."""

    findings: tuple[Finding, ...]
    decision: Decision

    @property
    def promises(self) -> tuple[str, ...]:
        """The promises of work by people that were found."""
        return tuple(one.promise for one in self.findings if one.promise is not None)

    def as_json(self) -> dict[str, Any]:
        """For the trace: the decision, and the sentences with what was found in them."""
        return {
            "decision": self.decision.value,
            "sentences": [
                {
                    "text": one.sentence,
                    "supported": one.stands,
                    "support": None if one.support is None else round(one.support, 3),
                    "missing": list(one.missing),
                    "promise": one.promise,
                }
                for one in self.findings
            ],
        }
