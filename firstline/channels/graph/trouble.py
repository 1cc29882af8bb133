"""Errors of the Graph API: what they say, and what follows from the answer to a send. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.channels.graph.reading import mapping, number, word
from firstline.channels.graph.usage import usage_in


@dataclass(frozen=True)
class Trouble:
    """One error as Meta writes it."""

    code: int
    subcode: int = 0
    message: str = ""
    details: str = ""
    status: int = 0
    """Of the HTTP answer; 0 where it came by webhook."""
    transient: bool = False
    told: bool = True
    """False for an answer without an error object: a proxy's page, an empty body."""

    @property
    def sentence(self) -> str:
        """For people: what Meta says and its number."""
        said = self.details or self.message or f"Meta answered {self.status}"
        name = f"{self.code}/{self.subcode}" if self.subcode else str(self.code)
        return f"{said.strip().rstrip('.')} (Meta error {name})." if self.told else f"{said}."


def trouble_of(error: Any, status: int = 0) -> Trouble:
    """An error object, of an answer (``{"error": …}``) or of a webhook's ``errors``."""
    whole = mapping(error)
    one = mapping(whole.get("error")) or whole
    code = number(one.get("code"))
    if code is None:
        return Trouble(0, status=status, told=False)
    data = mapping(one.get("error_data"))
    details = word(data.get("details"), 400) or word(one.get("error_user_msg"), 400)
    message = word(one.get("message"), 400) or word(one.get("title"), 400)
    return Trouble(
        code, number(one.get("error_subcode")) or 0, message, details, status, one.get("is_transient") is True, told=True
    )


def regained_in(headers: Mapping[str, str], default: float) -> float:
    """Seconds until Meta lets us send again, by its usage headers (minutes) or ``Retry-After`` (seconds)."""
    if (after := number(headers.get("retry-after"))) is not None:
        return float(min(max(after, 1), 3600))
    minutes = usage_in(headers).minutes
    return float(min(minutes * 60, 3600)) if minutes else default
