"""What can be made to happen from outside: every ``POST /sim/{verb}``."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import BaseModel

from firstline.simulators.meta.connecting import connect
from firstline.simulators.meta.people import People
from firstline.simulators.meta.posting import Post, whatsapp
from firstline.simulators.meta.world import Dislike, Fault, Settings, World

INBOX = "263902037430900"
"""Meta's own inbox, as an app."""


class Said(BaseModel):
    """What a customer, a person of the business, or another app does."""

    kind: str = "whatsapp"
    who: str
    text: str = ""
    id: str = ""
    media: str = ""
    app: str = INBOX


@dataclass(frozen=True)
class Acts:
    """The verbs, by name."""

    world: World
    people: People
    post: Post

    async def act(self, verb: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Let it happen; ids of what came of it.

        :raises LookupError: if there is no such verb, setting or template. :raises ValueError: if something is missing.
        """
        if verb in _WORLD:
            return await _WORLD[verb](self, body)
        if verb not in _PEOPLE:
            raise LookupError(f"There is nothing called {verb}. There are: {', '.join(sorted({*_WORLD, *_PEOPLE}))}.")
        found = _PEOPLE[verb](self.people, Said.model_validate(body))
        return {"id": found} if isinstance(found, str) else {"ok": True}


_PEOPLE: Mapping[str, Callable[[People, Said], str | None]] = {
    "says": lambda people, one: people.says(one.kind, one.who, one.text, id=one.id, media=one.media),
    "taps": lambda people, one: people.taps(one.kind, one.who, one.text),
    "changes-phone": lambda people, one: people.changes_phone(one.who),
    "is-lost": lambda people, one: people.is_lost(one.who),
    "gives-number": lambda people, one: people.gives_number(one.who, one.text),
    "reads": lambda people, one: people.reads(one.kind, one.who),
    "answers": lambda people, one: people.person_answers(one.kind, one.who, one.text),
    "takes": lambda people, one: people.takes(one.kind, one.who, one.app),
    "gives-back": lambda people, one: people.gives_back(one.kind, one.who),
    "leaves": lambda people, one: people.world.gone.add(one.who),
    "is-called": lambda people, one: people.world.names.update({one.who: one.text}),
}


async def _fails(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    acts.world.faults.append(Fault(**body))
    return {"ok": True}


async def _dislikes(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    acts.world.dislikes.append(Dislike(**body))
    return {"ok": True}


async def _passes(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    acts.world.later += float(body["hours"]) * 3600
    return {"ok": True}


async def _set(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.name for one in fields(Settings)}
    for name, value in body.items():
        if name not in known:
            raise LookupError(f"There is no setting {name}.")
        setattr(acts.world.settings, name, value)
    return {"ok": True}


async def _template(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    """A template gets another state at Meta, which tells by webhook unless ``tells`` is false."""
    name, language = str(body["name"]), str(body.get("language", "en"))
    state, reason = str(body["state"]).upper(), str(body.get("reason", "NONE"))
    templates = acts.world.templates
    found = next((one for one in templates if (one["name"], one["language"]) == (name, language)), None)
    if found is None:
        text = str(body.get("text", ""))
        if not text:
            raise LookupError(f"There is no template {name} in {language}; give its text to make one.")
        found = {"name": name, "language": language, "category": "UTILITY", "components": [{"type": "BODY", "text": text}]}
        templates.append(found)
    found |= {"status": state, "rejected_reason": reason}
    if state == "DELETED":
        templates.remove(found)
    if body.get("tells", True):
        told = {"event": state, "message_template_name": name, "message_template_language": language, "reason": reason}
        acts.post.send("whatsapp", whatsapp("message_template_status_update", at=acts.world.now(), **told))
    return {"ok": True}


async def _tells(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    """Meta tells something about the number or the account: any field with its value."""
    value = body.get("value", {})
    if not isinstance(value, dict):
        raise ValueError("value is an object, as Meta's documentation shows it")
    acts.post.send("whatsapp", whatsapp(str(body["field"]), at=acts.world.now(), **value))
    return {"ok": True}


async def _connects(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"connected": await connect(acts.world.settings, str(body["api_key"]), str(body["graph_url"]))}


async def _quiet(acts: Acts, body: Mapping[str, Any]) -> dict[str, Any]:
    await acts.post.quiet()
    return {"ok": True}


_WORLD: Mapping[str, Callable[[Acts, Mapping[str, Any]], Awaitable[dict[str, Any]]]] = {
    "fails": _fails,
    "dislikes": _dislikes,
    "passes": _passes,
    "set": _set,
    "template": _template,
    "tells": _tells,
    "connects": _connects,
    "quiet": _quiet,
}
