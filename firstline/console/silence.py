"""After how long of the customer's silence an agent reminds and closes: from its settings to a form, and back (ID4, IN8)."""

from typing import Any

from starlette.datastructures import FormData

from firstline.agent.queries import Agent
from firstline.clocks.queries import policy_of
from firstline.console import durations
from firstline.console.entered import text
from firstline.console.view.settings_of_agent import SilenceLine
from firstline.console.words import _
from firstline.kit.database import Tx

FAMILIES = ("chat", "messaging", "email")
NEVER = "never"


def silence_line(tx: Tx, agent: Agent | None, family: str) -> SilenceLine:
    """The fields of one family."""
    usual = policy_of(tx, family)
    own = {str(one): silence for one, silence in agent.channels.silence.items()}.get(family) if agent else None
    remind = own.remind if own else None
    return SilenceLine(
        family=family,
        remind=NEVER if remind == 0 else durations.shown(remind),
        close=durations.shown(own.close if own else None),
        usual_remind=durations.shown(usual.remind) or _("never"),
        usual_close=durations.shown(usual.close),
    )


def silence_fields(form: FormData) -> dict[str, str]:
    """What was entered, by the names of the fields."""
    return {name: text(form, name) for family in FAMILIES for name in (f"remind_{family}", f"close_{family}")}


def silence_in(form: FormData) -> dict[str, Any]:
    """The settings that a form describes; a family of which nothing is said goes by Waiting times.

    :raises Invalid: naming the field that is no time.
    """
    found: dict[str, Any] = {}
    for family in FAMILIES:
        written = text(form, f"remind_{family}").strip()
        remind = 0 if written.lower() == NEVER else durations.read(written, f"remind_{family}")
        close = durations.read(text(form, f"close_{family}"), f"close_{family}")
        if remind is not None or close is not None:
            found[family] = {"remind": remind, "close": close}
    return found
