"""Commands that ask: the agent, and who would answer."""

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstline.cli.environment import Data, Failed, Json, migrated, parts_of, settings_of

if TYPE_CHECKING:
    from firstline.app import Parts


def ask(
    question: Annotated[str, typer.Argument(help="What a customer asks.")],
    agent: Annotated[str | None, typer.Option(help="Id of the agent.", show_default="the first one")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Ask the identity that is being edited.")] = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Ask the agent a question, as its preview does. Nothing is sent, nothing is charged."""
    from firstline.cli.fetching import fetch_missing

    settings = settings_of(data)
    with parts_of(settings) as parts:
        chosen = agent or first_agent(parts)
        fetch_missing(settings)
        answer = asyncio.run(_asked(parts, chosen, question, draft))
    print(json.dumps(answer, ensure_ascii=False, indent=2, default=_written) if as_json else "\n".join(_told(answer)))


async def _asked(parts: "Parts", agent_id: str, question: str, draft: bool) -> dict[str, Any]:
    from firstline.agent.preview import Line

    return await parts.preview.ask(agent_id, [Line("customer", question)], draft=draft)


def first_agent(parts: "Parts") -> str:
    """The agent that was made first.

    :raises Failed: if there is none.
    """
    from firstline.agent.queries import agents

    found = parts.database.run(agents)
    if not found:
        raise Failed(
            "There is no agent yet. Create one in the console (Customer agent › Define › Identity), or start with --demo."
        )
    return found[0].id


def _told(answer: dict[str, Any]) -> list[str]:
    """The answer for people."""
    lines = [answer["text"] or "(it says nothing)", ""]
    lines += [f"[{n}] {one['title']}  {one['url'] or ''}".rstrip() for n, one in enumerate(answer["citations"], 1)]
    lines += [f"{answer['decision']}, confidence {answer['confidence']:.2f}, {answer['ms']} ms"]
    lines += [f"· {reason['text']}" for reason in answer["reasons"]]
    return lines + _rehearsed(answer["trace"].get("action"))


def _rehearsed(told: dict[str, Any] | None) -> list[str]:
    """What the dry run of an action came to."""
    if told is None:
        return []
    lines = [f"· {told['title']}: protection {told['protection']}, gate {told['gate']}; nothing was called"]
    lines += [f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in told["arguments"].items()]
    lines += [f"  wrong: {why}" for why in told["wrong"]]
    if told["missing"]:
        lines.append(f"  missing: {', '.join(told['missing'])}")
    if told.get("request"):
        lines.append(f"  would send {told['request']}" + (f" {told['body']}" if told.get("body") else ""))
    return lines


def explain(
    channel_account: Annotated[str, typer.Option(help="Id of the channel account.")],
    at: Annotated[
        str | None, typer.Option(help="When, such as 2026-12-24T18:30; wall-clock time where the hours are.", show_default="now")
    ] = None,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Say who would get a new conversation, and why."""
    from firstline.agent.surroundings import SURROUNDINGS
    from firstline.routing.explaining import explain as explained

    with migrated(settings_of(data)) as database:
        explanation = database.run(explained, SURROUNDINGS, channel_account, instant(at))
    found = explanation.to_json()
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2, default=_written))
        return
    print(f"{explanation.who()} at {_written(found['at'])}")
    print("\n".join(f"· {reason['text']}" for reason in found["reasons"]))
    if found["next_change"]:
        print(f"The hours change at {_written(found['next_change'])}")


def instant(written: str | None) -> datetime | None:
    """A time as people write it.

    :raises Failed: if it is none.
    """
    try:
        return datetime.fromisoformat(written) if written else None
    except ValueError:
        raise Failed(f"“{written}” is no time. Write it as 2026-12-24T18:30, or with an offset: 2026-12-24T18:30+01:00") from None


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
