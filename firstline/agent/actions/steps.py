"""What a call needs next, in this order: inputs, a known customer, a code, the customer's word, a teammate's approval. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from firstline.agent.actions.definition import Definition, Protection
from firstline.agent.actions.gate import Verdict
from firstline.agent.actions.inputs import Filled, Input, Value

ASKS = 3
"""Times that one input is asked for before people get the conversation."""


@dataclass(frozen=True)
class Ask:
    """Ask the customer for an input; ``again`` when the last answer was not right."""

    input: Input
    again: bool = False


@dataclass(frozen=True)
class Confirm:
    """Show the customer what will be done, and ask."""

    values: Mapping[str, Value]


@dataclass(frozen=True)
class SendCode:
    """Send a one-time code to the address on file, and ask for it."""


@dataclass(frozen=True)
class Approval:
    """Ask teammates to approve this call."""

    values: Mapping[str, Value]


@dataclass(frozen=True)
class Run:
    """Make the call."""

    values: Mapping[str, Value]


@dataclass(frozen=True)
class GiveUp:
    """People take over: ``code`` and why."""

    code: str
    why: str


Step = Ask | Confirm | SendCode | Approval | Run | GiveUp


def next_step(
    definition: Definition,
    filled: Filled,
    verdict: Verdict,
    *,
    asking: str | None,
    asked: int,
    confirmed: bool,
    on_file: bool,
    by_model: bool = False,
) -> Step:
    """The next step of a call. What a model proposed is confirmed first: nobody gets a code because a page said so.

    :param asking: the input that was asked for last, ``asked`` times in a row.
    :param on_file: whether there is an address that a code can be sent to.
    """
    needs = [*(one.input for one in filled.wrong), *filled.missing]
    if unknown := next((one for one in needs if one.of_contact), None):
        return GiveUp("action_unknown_customer", f"{definition.title}: the contact has no {unknown.of_contact}")
    if needs:
        ask = needs[0]
        if ask.name == asking and asked >= ASKS:
            return GiveUp("action_inputs", f"{definition.title}: {ask.called} was asked for {asked} times")
        return Ask(ask, again=ask.name == asking)
    if verdict == "unknown_customer":
        return GiveUp("action_unknown_customer", f"{definition.title}: the channel does not know who the customer is")
    if by_model and definition.needs_word(by_model=True) and not confirmed:
        return Confirm(filled.values)
    if verdict == "needs_code":
        return SendCode() if on_file else GiveUp("action_no_address", f"{definition.title}: no address is on file")
    if definition.confirm and not confirmed:
        return Confirm(filled.values)
    if verdict == "needs_approval" and definition.protection is Protection.APPROVE:
        return Approval(filled.values)
    return Run(filled.values)
