"""What customers and teammates read about an action. Pure."""

from collections.abc import Mapping
from typing import Any

from firstline.agent.actions import templates
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.inputs import Input, InputType
from firstline.agent.phrases import say


def asking(one: Input, language: str, personality: str, *, again: bool) -> str:
    """The question for an input."""
    question = one.ask or say("action.ask_many" if one.many else "action.ask", language, personality, input=one.called)
    if one.type is InputType.CHOICE:
        question += "".join(f"\n{number}. {choice}" for number, choice in enumerate(one.choices, 1))
    return f"{say('action.again', language, personality)} {question}" if again else question


def confirming(definition: Definition, values: Mapping[str, Any], language: str, personality: str) -> str:
    """What will be done, and whether that is right."""
    return say("action.confirm", language, personality, title=definition.title, values=named(definition, values))


def named(definition: Definition, values: Mapping[str, Any]) -> str:
    """The values by their labels."""
    told = [f"{one.called}: {templates.as_fact(values[one.name]) or '–'}" for one in definition.inputs if one.name in values]
    return ", ".join(told)


def told(definition: Definition, facts: Mapping[str, str], values: Mapping[str, Any], language: str, personality: str) -> str:
    """What the customer is told once it is done: the company's sentence, else the facts as a list, else that it is done."""
    if definition.tell:
        return templates.sentence(definition.tell, {**values, **facts})
    done = say("action.done", language, personality, title=definition.title)
    return "\n".join([done, *(f"- {label}: {fact}" for label, fact in facts.items())])
