"""A form as it comes back: what was entered, and what was wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firstline.kit.errors import Refused


@dataclass(frozen=True)
class Form:
    """Entered values and the refusal. ``fields`` are those that can show an error beside them."""

    values: Mapping[str, Any] = field(default_factory=dict)
    refused: Refused | None = None
    fields: Sequence[str] = ()

    def value(self, name: str, otherwise: Any = "") -> Any:
        """What was entered, or what stands there when nothing was."""
        return self.values.get(name, otherwise)

    def error(self, name: str) -> str:
        """What is wrong with a field."""
        return self.refused.message if self.refused is not None and self.refused.field == name else ""

    @property
    def general(self) -> str:
        """What is wrong with no single field of the form."""
        if self.refused is None or self.refused.field in self.fields:
            return ""
        return self.refused.message


BLANK = Form()
