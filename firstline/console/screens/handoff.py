"""Customer agent › Train › Human handoff: when people take over, who, what follows, what the customer is told (HO1, HO3, HO4)."""

from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.agent import commands
from firstline.agent.handoff import OUTCOMES, HandoffSettings
from firstline.agent.handoff_topics import TOPICS
from firstline.agent.phrases import say
from firstline.console import switched
from firstline.console.entered import destination_in, text
from firstline.console.languages import language_name, languages
from firstline.console.names import names
from firstline.console.receivers import receivers
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.agent import HandoffPage, OutcomeMessage
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Refused
from firstline.people.rules import Actor
from firstline.routing import destinations

router = console_router()
HERE = "/customer-agent/handoff"
PLACES = 2
"""Empty places for topics on the page."""
FIELDS = (
    *("destination", "off_destination", "words", "messages"),
    *(f"topics.{n}.{part}" for n in range(TOPICS) for part in ("about", "examples")),
)


def handoff_page(tx: Tx, reader: Reader, language: str = "") -> HandoffPage:
    """The settings of the first agent, with the messages of one language."""
    found, known = switched.agents(tx), names(tx)
    agent = found[0] if found else None
    chosen = agent.handoff if agent else HandoffSettings()
    offered = _languages(reader, chosen)
    language = language if language in dict(offered) else offered[0][0]
    return HandoffPage(
        agent_id=agent.id if agent else "",
        agent=agent.published.name if agent else _("The agent"),
        destination=receivers("destination", chosen.destination, known, none=_("The deployment’s fallback assignment")),
        off_destination=receivers(
            "off_destination", chosen.off_destination, known, none=_("The deployment’s fallback assignment")
        ),
        words="\n".join(chosen.words),
        topics=_topics([(one.about, "\n".join(one.examples)) for one in chosen.topics]),
        when_available=chosen.when_available,
        when_away=chosen.when_away,
        outcomes=_outcomes(),
        language=language,
        languages=tuple((name, f"{HERE}?language={code}#told", None, code == language) for code, name in offered),
        messages=tuple(_message(outcome, chosen, language) for outcome in OUTCOMES),
        message_always=chosen.message_always,
    )


def _topics(known: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The topics with their examples, one a line, and places for more."""
    return (*known, *[("", "")] * min(PLACES, TOPICS - len(known)))


def _outcomes() -> tuple[tuple[str, str, str], ...]:
    return (
        ("now", _("A person takes over"), _("The conversation goes on where it is.")),
        ("later", _("Answered later"), _("It moves to the help desk and waits there for an answer.")),
        ("keep", _("The agent keeps it"), _("It leaves a note and goes on. Whoever asks for a person still gets one.")),
    )


def _languages(reader: Reader, chosen: HandoffSettings) -> tuple[tuple[str, str], ...]:
    """The account's languages and those that have words of their own; every language where the account names none."""
    own = [tag for outcome in chosen.messages.values() for tag in outcome]
    codes = dict.fromkeys([*reader.account.languages, *own])
    return tuple((code, language_name(code)) for code in codes) or languages()[:8]


def _message(outcome: str, chosen: HandoffSettings, language: str) -> OutcomeMessage:
    labels = {"now": _("A person takes over"), "later": _("Answered later"), "keep": _("The agent keeps it")}
    own = {str(key): texts for key, texts in chosen.messages.items()}
    return OutcomeMessage(
        f"message_{outcome}", labels[outcome], own.get(outcome, {}).get(language, ""), say(f"handoff.{outcome}", language)
    )


@router.get(HERE)
async def handoff(visit: Visiting) -> Response:
    """The page."""
    language = visit.request.query_params.get("language", "")
    return await visit.page("screens/handoff.html", lambda tx, reader: handoff_page(tx, reader, language), here=HERE)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Keep the settings; they hold from the next handoff on."""
    form = await visit.request.form()

    def change(tx: Tx, by: Actor) -> None:
        found = switched.agents(tx)
        if not found:
            raise Conflict(_("Create the agent first, under Define › Identity."))
        values = entered(form, found[0].handoff)
        for name in ("destination", "off_destination"):
            destinations.checked(tx, values[name], name)
        commands.set_handoff(tx, found[0].id, values, by=by)

    try:
        await visit.do(change)
    except Forbidden:
        raise
    except Refused as refused:
        again = Form(entered(form, HandoffSettings()), refused, FIELDS)
        return await visit.page(
            "screens/handoff.html",
            lambda tx, reader: _again(tx, reader, again, text(form, "language")),
            here=HERE,
            status=refused.status,
        )
    return visit.to(f"{HERE}?language={text(form, 'language')}", Toast(_("Saved. It holds from the next handoff on.")))


def entered(form: FormData, before: HandoffSettings) -> dict[str, Any]:
    """What the form holds; messages in other languages than the form's stay as they were."""
    language = text(form, "language") or "en"
    kept: dict[str, dict[str, str]] = {outcome: dict(before.messages.get(outcome, {})) for outcome in OUTCOMES}
    for outcome in OUTCOMES:
        kept[outcome][language] = text(form, f"message_{outcome}").strip()
    return {
        "destination": destination_in(form, "destination"),
        "off_destination": destination_in(form, "off_destination"),
        "words": [line.strip() for line in text(form, "words").splitlines() if line.strip()],
        "topics": [
            {"about": about, "examples": [line.strip() for line in examples.splitlines() if line.strip()]}
            for about, examples in _entered_topics(form)
        ],
        "when_available": text(form, "when_available", "now"),
        "when_away": text(form, "when_away", "later"),
        "messages": kept,
        "message_always": text(form, "message_always") == "on",
    }


def _entered_topics(form: FormData) -> list[tuple[str, str]]:
    """Topics as they were entered; a place that was left or made empty is none."""
    told = [(text(form, f"topic_{n}").strip(), text(form, f"topic_{n}_examples").strip()) for n in range(TOPICS)]
    return [(about, examples) for about, examples in told if about or examples]


def _again(tx: Tx, reader: Reader, form: Form, language: str) -> HandoffPage:
    page, known = handoff_page(tx, reader, language), names(tx)
    messages = form.value("messages", {})
    return replace(
        page,
        destination=receivers("destination", form.value("destination"), known, none=page.destination.kinds[0][1]),
        off_destination=receivers("off_destination", form.value("off_destination"), known, none=page.off_destination.kinds[0][1]),
        words="\n".join(form.value("words", ())),
        topics=_topics([(one["about"], "\n".join(one["examples"])) for one in form.value("topics", ())]),
        when_available=form.value("when_available"),
        when_away=form.value("when_away"),
        messages=tuple(
            replace(one, text=messages.get(one.name.removeprefix("message_"), {}).get(page.language, "")) for one in page.messages
        ),
        message_always=form.value("message_always"),
        form=form,
    )
