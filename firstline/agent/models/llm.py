"""Thinks with the models an agent was given, one after the other; the built-in answerer is always the last (AN3, AN4).

On the common path a model is asked once. It is not asked at all where code decides anyway: a wish for a person, a courtesy,
an accepted offer. Time, money and trouble of providers are watched here, so that the customer never waits for them.
"""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import structlog

from firstline.agent.connections import queries
from firstline.agent.connections.calling import Came, Failed, Question, Trouble, ask
from firstline.agent.connections.queries import Connection, Thinking
from firstline.agent.connections.rules import Choice, cost, may_spend
from firstline.agent.connections.shelf import Built
from firstline.agent.models.base import Call, Draft, Part, Reason, Situation, Thinker, Tools
from firstline.agent.models.circuit import CLOSED, Circuit, failed, trying
from firstline.agent.models.drafting import draft_of
from firstline.agent.models.intents import read
from firstline.agent.models.masking import NOTHING, Mask, mask_of
from firstline.agent.models.output import SCHEMA, Unreadable, read_output
from firstline.agent.models.prompt import write_prompt
from firstline.agent.models.standing import standing
from firstline.kit.database import Database
from firstline.kit.secrets import Keyring

log = structlog.get_logger(__name__)

FIRST = 0.6
"""Share of the time that the first of two models gets."""
LEAST = 0.8
"""Seconds below which no model is asked any more."""
LASTING = (Trouble.KEY, Trouble.MONEY, Trouble.MISSING)
"""Trouble that does not pass by itself."""
UNREAD = "Your last output could not be read. Answer with one JSON object in the form described, and nothing else."


class _Gave(Exception):
    """A model gave nothing usable; the message is for the trace."""


class Models:
    """Thinks with models, and without them where they cannot."""

    name = "models"

    def __init__(self, builtin: Thinker, database: Database, keyring: Keyring) -> None:
        self._builtin = builtin
        self._database = database
        self._built = Built(keyring)
        self._circuits: dict[str, Circuit] = {}
        self._text_only: set[tuple[str, str]] = set()

    async def think(self, situation: Situation, tools: Tools) -> AsyncIterator[Part]:
        """Think; the last part carries the draft and says who drafted it."""
        calls: list[Call] = []
        reasons: list[str] = []
        thinking = Thinking(Choice(), (), ()) if _decided_by_code(situation) else await self._thinking(situation)
        if thinking.connections and not situation.without_model:
            verdict = may_spend(thinking.standings)
            reasons += [f"The model was not asked: {reason}" for reason in verdict.reasons]
            until = time.perf_counter() + situation.seconds
            for place, connection in enumerate(thinking.connections if verdict.allowed else ()):
                share = FIRST if place + 1 < len(thinking.connections) else 1.0
                left = (until - time.perf_counter()) * share
                try:
                    draft = await self._one(connection, place, thinking, situation, tools, left, calls)
                except _Gave as gave:
                    reasons.append(f"{connection.settings.label}: {gave}")
                    continue
                yield Part(draft=_explained(draft, reasons), thinker=connection.settings.id, again=True, calls=tuple(calls))
                return
        async for part in self._builtin.think(situation, tools):
            if part.draft is None:
                yield part
            else:
                yield Part(draft=_explained(part.draft, reasons), thinker=self._builtin.name, calls=tuple(calls))

    async def _thinking(self, situation: Situation) -> Thinking:
        if not situation.agent_id:
            return Thinking(Choice(), (), ())
        return await self._database.tx(queries.thinking_of, situation.agent_id)

    async def _one(
        self,
        connection: Connection,
        place: int,
        thinking: Thinking,
        situation: Situation,
        tools: Tools,
        seconds: float,
        calls: list[Call],
    ) -> Draft:
        """What one model drafts.

        :raises _Gave: if it cannot be asked, or gave nothing usable.
        """
        mask = mask_of(situation) if thinking.choice.mask else NOTHING
        step = f"model.{place}" + (".again" if situation.objections else "")
        until = time.perf_counter() + seconds
        form = self._form(connection)
        prompt = write_prompt(situation, form=not form)
        question = self._question(connection, mask.hide(prompt.system), mask.hide(prompt.user), form, seconds)
        try:
            text = await self._said(connection, step, question, situation, tools, calls)
        except Failed as trouble:
            if trouble.trouble is not Trouble.REFUSED or not form:
                raise _Gave(trouble.message) from None
            self._text_only.add((connection.id, connection.changed_at.isoformat()))
            prompt = write_prompt(situation, form=True)
            left = until - time.perf_counter()
            question = self._question(connection, mask.hide(prompt.system), mask.hide(prompt.user), False, left)
            text = await self._second(connection, f"{step}.text", question, situation, tools, calls)
        try:
            said = read_output(text)
        except Unreadable:
            again = replace(question, user=f"{question.user}\n\n{UNREAD}", seconds=until - time.perf_counter())
            text = await self._second(connection, f"{step}.repair", again, situation, tools, calls)
            try:
                said = read_output(text)
            except Unreadable as error:
                raise _Gave(f"wrote nothing usable, twice: {error}") from None
        draft = draft_of(mask.shown(said), prompt, situation)
        if draft is None:
            raise _Gave(f"decided “{said.decision}” where the customer waits for an answer")
        return draft

    async def _second(
        self, connection: Connection, step: str, question: Question, situation: Situation, tools: Tools, calls: list[Call]
    ) -> str:
        try:
            return await self._said(connection, step, question, situation, tools, calls)
        except Failed as trouble:
            raise _Gave(trouble.message) from None

    async def _said(
        self, connection: Connection, step: str, question: Question, situation: Situation, tools: Tools, calls: list[Call]
    ) -> str:
        """What a model says, or said before a crash: a call that was paid is not paid again.

        :raises Failed: if the call failed now or then. :raises _Gave: if the provider is left alone for a while.
        """
        if (kept := await tools.recall(step)) is not None:
            calls.append(Call(connection.settings.id, "kept", 0))
            if kept.get("trouble"):
                raise Failed(Trouble(kept["trouble"]), str(kept.get("message", "")))
            return str(kept.get("text", ""))
        if question.seconds < LEAST:
            raise _Gave("no time was left")
        provider = f"{connection.settings.provider} {connection.settings.base_url or ''} {connection.changed_at}"
        now = self._database.clock.now()
        circuit = self._circuits.get(provider, CLOSED)
        if circuit.open(now):
            raise _Gave(f"is left alone for a while, because: {circuit.why}")
        self._circuits[provider] = trying(circuit, now)
        try:
            came = await ask(self._built.model(connection), question)
        except Failed as trouble:
            lasting = trouble.trouble in LASTING
            counts = trouble.trouble is not Trouble.REFUSED
            after = failed(circuit, self._database.clock.now(), trouble.message, lasting=lasting) if counts else circuit
            self._circuits[provider] = after
            message = self._built.without_key(connection, trouble.message)
            log.warning("model.failed", model=connection.settings.id, trouble=trouble.trouble.value)
            await self._keep(connection, step, situation, tools, trouble.came, calls, trouble.trouble, message)
            raise Failed(trouble.trouble, message, came=trouble.came) from None
        except BaseException:
            self._circuits[provider] = circuit
            raise
        self._circuits[provider] = CLOSED
        await self._keep(connection, step, situation, tools, came, calls)
        return came.text

    async def _keep(
        self,
        connection: Connection,
        step: str,
        situation: Situation,
        tools: Tools,
        came: Came | None,
        calls: list[Call],
        trouble: Trouble | None = None,
        message: str = "",
    ) -> None:
        outcome = trouble.value if trouble else "ok"
        read, written = (came.input_tokens, came.output_tokens) if came else (0, 0)
        micros = cost(connection.settings, read, written)
        ms, first = (came.ms, came.first_ms) if came else (0, 0)
        call = Call(connection.settings.id, outcome, ms, first, read, written, micros, message)
        calls.append(call)
        use = {"connection_id": connection.id, "agent_id": situation.agent_id, **asdict(call)}
        data: dict[str, Any] = {"model": connection.settings.id, "use": use}
        data |= {"trouble": trouble.value, "message": message} if trouble else {"text": came.text if came else ""}
        await tools.keep(step, data, ms)

    def _form(self, connection: Connection) -> bool:
        """Whether the provider is to hold the model to the form."""
        wanted = connection.settings.output
        known = (connection.id, connection.changed_at.isoformat()) in self._text_only
        return wanted == "schema" or (wanted == "auto" and not known)

    @staticmethod
    def _question(connection: Connection, system: str, user: str, form: bool, seconds: float) -> Question:
        chosen = connection.settings
        schema: Mapping[str, Any] | None = SCHEMA if form else None
        return Question(system, user, schema, chosen.max_tokens, chosen.temperature, min(seconds, chosen.seconds))


def _decided_by_code(situation: Situation) -> bool:
    """Whether there is nothing for a model to decide: a person is wanted or accepted, or only courtesies were said."""
    reading, now = read(situation.text, situation.language), standing(situation.history)
    if not situation.text or reading.asks_person or reading.social_only:
        return True
    return now.offered_person and reading.agrees and not reading.matter


def _explained(draft: Draft, reasons: list[str]) -> Draft:
    """The draft with why other models did not think."""
    if not reasons:
        return draft
    return replace(draft, reasons=(*draft.reasons, *(Reason("model_not_used", reason[:300]) for reason in reasons)))


__all__ = ["Mask", "Models"]
