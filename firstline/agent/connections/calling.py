"""One streamed call of a model, within its time, and what became of it. The only code that talks to model providers."""

import asyncio
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from firstline.agent.connections.building import NotInstalled

if TYPE_CHECKING:
    from pydantic_ai.models import Model, StreamedResponse

MOST = 200_000
"""Characters of one answer; a model that goes on and on is cut off."""
SAYS = 300


class Trouble(StrEnum):
    """Why a call failed."""

    KEY = "key"
    MONEY = "money"
    BUSY = "busy"
    DOWN = "down"
    SLOW = "slow"
    REFUSED = "refused"
    GARBLED = "garbled"
    MISSING = "missing"


@dataclass(frozen=True)
class Question:
    """What a model is asked. ``schema`` is the form its answer is held to, where the provider can."""

    system: str
    user: str
    schema: Mapping[str, Any] | None
    max_tokens: int
    temperature: float | None
    seconds: float


@dataclass(frozen=True)
class Came:
    """What a model said. ``pieces`` is how many parts it came in, ``first_ms`` when the first was there."""

    text: str
    input_tokens: int
    output_tokens: int
    ms: int
    first_ms: int
    pieces: int


class Failed(Exception):
    """A call that gave nothing usable: the kind of trouble, a sentence for people, and what was read and written until then."""

    def __init__(self, trouble: Trouble, message: str, *, came: Came | None = None) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message
        self.came = came


class _Stream:
    """What has come so far."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.began = time.perf_counter()
        self.text = ""
        self.first_ms = 0
        self.pieces = 0

    def add(self, piece: str) -> None:
        if not piece:
            return
        if not self.pieces:
            self.first_ms = self._ms()
        self.pieces += 1
        self.text += piece

    def came(self, input_tokens: int, output_tokens: int) -> Came:
        """As an answer; tokens that the provider does not tell are estimated at four characters each."""
        read = input_tokens or (len(self.question.system) + len(self.question.user)) // 4
        written = output_tokens or -(-len(self.text) // 4)
        return Came(self.text, read, written, self._ms(), self.first_ms, self.pieces)

    def _ms(self) -> int:
        return round((time.perf_counter() - self.began) * 1000)


async def ask(model: "Model", question: Question) -> Came:
    """Ask once; the SDK's own repetitions are off, because another model or the built-in answerer is the better second try.

    :raises Failed: saying why, also when the time is up in the middle of the answer.
    """
    from pydantic_ai.exceptions import AgentRunError, UserError

    stream = _Stream(question)
    try:
        async with asyncio.timeout(question.seconds):
            return await _read(model, question, stream)
    except TimeoutError:
        said = stream.came(0, 0)
        how = f"after {said.pieces} parts of an answer" if said.pieces else "and said nothing"
        raise Failed(Trouble.SLOW, f"It took longer than {question.seconds:.0f} seconds {how}.", came=said) from None
    except Failed:
        raise
    except NotInstalled as error:
        raise Failed(Trouble.MISSING, str(error)) from None
    except (AgentRunError, UserError) as error:
        raise _told(error, stream) from None
    except Exception as error:
        raise Failed(Trouble.GARBLED, f"Its answer could not be read: {_short(error)}", came=stream.came(0, 0)) from error


async def _read(model: "Model", question: Question, stream: _Stream) -> Came:
    from pydantic_ai.direct import model_request_stream
    from pydantic_ai.messages import ModelRequest, PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta, UserPromptPart

    messages = [ModelRequest(parts=[UserPromptPart(question.user)], instructions=question.system)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        async with model_request_stream(
            model, messages, model_settings=_settings(question), model_request_parameters=_parameters(question)
        ) as response:
            async for event in response:
                if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                    stream.add(event.part.content)
                elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                    stream.add(event.delta.content_delta)
                if len(stream.text) > MOST:
                    raise Failed(Trouble.GARBLED, f"It wrote more than {MOST:,} characters.", came=stream.came(0, 0))
            return _finished(response, stream)


def _finished(response: "StreamedResponse", stream: _Stream) -> Came:
    usage = response.usage
    came = stream.came(usage.input_tokens, usage.output_tokens)
    if response.finish_reason == "content_filter":
        raise Failed(Trouble.REFUSED, "The provider's content filter stopped the answer.", came=came)
    if not came.text.strip():
        raise Failed(Trouble.GARBLED, "It ended without a word.", came=came)
    return came


def _settings(question: Question) -> Any:
    from pydantic_ai.settings import ModelSettings

    chosen = ModelSettings(max_tokens=question.max_tokens, timeout=question.seconds, max_retries=0)
    if question.temperature is not None:
        chosen["temperature"] = question.temperature
    return chosen


def _parameters(question: Question) -> Any:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition

    if question.schema is None:
        return ModelRequestParameters()
    form = OutputObjectDefinition(json_schema=dict(question.schema), name="turn", strict=True)
    return ModelRequestParameters(output_mode="native", output_object=form, allow_text_output=True)


def _told(error: Exception, stream: _Stream) -> Failed:
    """The provider's trouble in plain words."""
    from pydantic_ai import exceptions as of

    came = stream.came(0, 0) if stream.pieces else None
    status = getattr(error, "status_code", None)
    if isinstance(error, of.ModelAuthenticationError) or status in (401, 403):
        return Failed(Trouble.KEY, f"The provider refused the key: {_short(error)}", came=came)
    if isinstance(error, of.ModelQuotaExceededError) or status == 402:
        return Failed(Trouble.MONEY, f"The provider's account has no money left: {_short(error)}", came=came)
    if isinstance(error, of.ModelRateLimitError) or status == 429:
        broke = "quota" in str(error).lower() or "billing" in str(error).lower()
        kind = Trouble.MONEY if broke else Trouble.BUSY
        return Failed(kind, f"The provider takes no more now: {_short(error)}", came=came)
    if isinstance(error, of.ModelTimeoutError | of.ModelRequestTimeout):
        return Failed(Trouble.SLOW, f"It did not answer in time: {_short(error)}", came=came)
    if isinstance(error, of.ModelConnectionError):
        return Failed(Trouble.DOWN, f"It cannot be reached: {_short(error)}", came=came)
    if status is not None and status < 500:
        return Failed(Trouble.REFUSED, f"The provider refused the request ({status}): {_short(error)}", came=came)
    if status is not None or isinstance(error, of.ModelServerError | of.ModelUnavailableError):
        return Failed(Trouble.DOWN, f"The provider failed: {_short(error)}", came=came)
    if isinstance(error, of.ModelRequestRejectedError | of.UserError):
        return Failed(Trouble.REFUSED, f"The request was refused: {_short(error)}", came=came)
    if isinstance(error, of.ModelAPIError):
        return Failed(Trouble.DOWN, f"The provider failed: {_short(error)}", came=came)
    return Failed(Trouble.GARBLED, f"Its answer could not be read: {_short(error)}", came=came)


def _short(error: Exception) -> str:
    text = " ".join((str(error) or type(error).__name__).split())
    return text if len(text) <= SAYS else text[:SAYS] + "…"
