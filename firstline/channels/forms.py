"""In which form a file goes out: as it is, converted if the provider refuses it so, at last as a link (decision 0033). Pure."""

from enum import StrEnum


class Form(StrEnum):
    """The forms, in the order in which they are tried."""

    AS_IT_IS = ""
    CONVERTED = "converted"
    LINK = "link"


def form_after(form: Form, kind: str) -> Form | None:
    """What is tried when a file of a kind was refused in a form; None after the last one. Only pictures can be converted."""
    if form is Form.LINK:
        return None
    return Form.CONVERTED if form is Form.AS_IT_IS and kind == "image" else Form.LINK


def part_name(entry_id: str, part: int, form: Form) -> str:
    """Our own name of a part in a form: sent with it where the provider takes one, expected back in echo and status.

    Each form has its own, so that late news of one do not pass for news of the next.
    """
    return (entry_id if part == 0 else f"{entry_id}.{part}") + (f"~{form.value}" if form is not Form.AS_IT_IS else "")
