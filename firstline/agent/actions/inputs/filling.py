"""What a call has of its inputs: right, missing, wrong. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

from firstline.agent.actions.inputs import Filled, Input, Value, Wrong
from firstline.agent.actions.inputs.values import value_of


def fill(
    inputs: Sequence[Input], given: Mapping[str, object], contact: Mapping[str, str | None], today: date | None = None
) -> Filled:
    """Check what was given; inputs of the contact are taken from the contact, whatever was given for them.

    :param today: the day that *tomorrow* and *next Friday* are counted from; None where only whole dates are right.
    """
    values: dict[str, Value] = {}
    missing: list[Input] = []
    wrong: list[Wrong] = []
    for one in inputs:
        raw = contact.get(one.of_contact) if one.of_contact else given.get(one.name)
        if raw is None or (_is_blank(raw) and not (one.empty and not one.of_contact)):
            if one.required:
                missing.append(one)
            continue
        try:
            values[one.name] = value_of(one, raw, today)
        except ValueError as error:
            wrong.append(Wrong(one, str(error)))
    return Filled(values, tuple(missing), tuple(wrong))


def _is_blank(raw: object) -> bool:
    return (isinstance(raw, str) and not raw.strip()) or (isinstance(raw, list | tuple) and not raw)
