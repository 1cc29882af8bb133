"""The test of a connection: does it answer, how fast, does it stream, does it keep to the form (AN4)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from firstline.agent.connections import commands, queries, spending
from firstline.agent.connections.calling import Came, Failed, Question, Trouble, ask
from firstline.agent.connections.queries import Connection
from firstline.agent.connections.rules import Spent, cost
from firstline.agent.connections.shelf import Built
from firstline.kit.database import Database, Tx
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people.rules import Actor

LONGEST = 30.0
_FORM: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["decision", "text"],
    "properties": {
        "decision": {"type": "string", "enum": ["answer", "handoff"]},
        "text": {"type": "string"},
    },
}
_SYSTEM = 'Answer with one JSON object: {"decision": "answer", "text": "…"}. Nothing else.'
_USER = (
    "A customer asks whether the shop is open on Sunday. The page says: We are open Monday to Saturday. Answer in one sentence."
)


@dataclass(frozen=True)
class Found:
    """What the test found. ``form`` is *schema* where the provider holds the model to the form, *text* where the model
    keeps to it when asked, *none* where it does not."""

    works: bool
    message: str
    said: str = ""
    ms: int = 0
    first_ms: int = 0
    streams: bool = False
    form: str = "none"
    input_tokens: int = 0
    output_tokens: int = 0
    micros: int = 0


class Trial:
    """Tests connections."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._built = Built(keyring)

    async def run(self, connection_id: str, *, by: Actor) -> dict[str, Any]:
        """Test a connection, keep what was found, count what it cost.

        :raises Forbidden: without the permission or a seat. :raises NotFound: if there is no such connection.
        """
        by.require_agent_editor()
        connection = await self._database.tx(queries.which, connection_id)
        found, spent = await self._try(connection)

        def keep(tx: Tx) -> None:
            commands.note_check(tx, connection_id, asdict(found), by=by)
            if spent.tokens:
                key = f"{new_id('tst')}/test"
                spending.record(tx, spending.Use(key, connection_id, queries.ACCOUNT, None, "test", spent, found.ms))

        await self._database.tx(keep)
        return asdict(found)

    async def _try(self, connection: Connection) -> tuple[Found, Spent]:
        spent = Spent()
        refused = ""
        for schema in (_FORM, None):
            try:
                model = self._built.model(connection)
                seconds = min(LONGEST, connection.settings.seconds)
                came = await ask(model, Question(_SYSTEM, _USER, schema, 200, connection.settings.temperature, seconds))
            except Failed as failed:
                message = self._built.without_key(connection, failed.message)
                if failed.came:
                    spent += _spent(connection, failed.came)
                if failed.trouble is Trouble.REFUSED and schema is not None:
                    refused = message
                    continue
                return Found(False, _advice(failed.trouble, message)), spent
            except Exception as error:
                return Found(False, str(error) or type(error).__name__), spent
            spent += _spent(connection, came)
            return _found(connection, came, "schema" if schema is not None else "text", refused), spent
        return Found(False, refused), spent


def _spent(connection: Connection, came: Came) -> Spent:
    return Spent(came.input_tokens, came.output_tokens, cost(connection.settings, came.input_tokens, came.output_tokens))


def _found(connection: Connection, came: Came, form: str, refused: str) -> Found:
    kept = _keeps_form(came.text)
    spent = _spent(connection, came)
    if kept and form == "schema":
        message = "It works, and keeps to the form of an answer."
    elif kept:
        message = f"It works. The provider does not enforce the form ({refused}), the model keeps to it when asked."
    else:
        message = "It answers, but not in the form that was asked for. Expect the built-in answerer to step in often."
    return Found(
        True,
        message,
        came.text[:500],
        came.ms,
        came.first_ms,
        came.pieces > 1,
        form if kept else "none",
        came.input_tokens,
        came.output_tokens,
        spent.micros,
    )


def _keeps_form(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("decision") in ("answer", "handoff") and isinstance(found.get("text"), str)


def _advice(trouble: Trouble, message: str) -> str:
    """What to do about it."""
    what = {
        Trouble.KEY: "Check the key, and whether it may use this model.",
        Trouble.MONEY: "Add money at the provider, or choose another one.",
        Trouble.BUSY: "Wait a minute, or raise the rate limit at the provider.",
        Trouble.DOWN: "Check the address and whether the server runs.",
        Trouble.SLOW: "Give it more time, or choose a faster model.",
        Trouble.REFUSED: "Check the model's name.",
    }.get(trouble, "")
    return f"{message} {what}".strip()
