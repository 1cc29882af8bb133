"""Reading conversations back from Meta: the Conversations API of pages and of Instagram accounts.

Meta allows two requests a second, gives conversations by their last message, the newest first, and on Instagram tells the
content of a conversation's 20 latest messages only (Messenger Platform, *Conversations API*).
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from firstline.channels.abilities import Heard, Thread
from firstline.channels.base import RawRequest
from firstline.channels.graph.client import Graph, Refusal
from firstline.channels.graph.reading import items, mapping, moment, word
from firstline.channels.graph.trouble import regained_in
from firstline.channels.messenger.events import Page
from firstline.channels.messenger.history import REST, event_of, heard
from firstline.channels.messenger.outcomes import raised
from firstline.channels.metering import metered, pause_after
from firstline.channels.rereading.rules import READ

PAUSE = 0.5
"""Seconds before each request."""
MOST_CONVERSATIONS = 2_000
MOST_MESSAGES = 200
"""Of one conversation."""
LISTED, AT_ONCE = 100, 20
FIELDS = "id,created_time,from,to,message,attachments,shares{link,name},reply_to,is_unsupported"
PLAIN = "id,created_time,from,to,message,attachments"
"""What every version knows; asked for where one of the others is refused."""

Rest = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Conversations:
    """One account's conversations."""

    graph: Graph
    page: Page
    rest: Rest

    async def went_on(self, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Ids of the conversations with a message since, and when the last was; the one that ended first comes first.

        :raises Retry: later. :raises Rejected: Meta refuses. :raises Broken: mend the account.
        """
        found: dict[str, datetime] = {}
        query = {"platform": self.page.config.platform.value, "fields": "id,updated_time", "limit": str(LISTED)}
        try:
            async for one in self._all(f"{self.page.config.page_id}/{REST}", query, MOST_CONVERSATIONS):
                updated, name = _time(one.get("updated_time"), since), word(one.get("id"), 200)
                if updated < since:
                    break
                if name:
                    found.setdefault(name, updated)
        except Refusal as no:
            raise _meaning(no) from None
        return sorted(found.items(), key=lambda one: one[1])

    async def named(self, who: str) -> str:
        """The id of the conversation with a customer; empty if there is none.

        :raises Retry: later. :raises Rejected: Meta refuses. :raises Broken: mend the account.
        """
        query = {"platform": self.page.config.platform.value, "user_id": who, "fields": "id", "limit": "1"}
        try:
            found = [one async for one in self._all(f"{self.page.config.page_id}/{REST}", query, 1)]
        except Refusal as no:
            raise _meaning(no) from None
        return word(found[0].get("id"), 200) if found else ""

    async def thread(self, name: str, since: datetime) -> Thread:
        """What was said in a conversation since.

        :raises Retry: later. :raises Rejected: Meta refuses. :raises Broken: mend the account.
        """
        try:
            found = await self._messages(name, FIELDS, since)
        except Refusal as no:
            if no.trouble.code != 100:
                raise _meaning(no) from None
            try:
                found = await self._messages(name, PLAIN, since)
            except Refusal as again:
                raise _meaning(again) from None
        readable = [one for one in found[:MOST_MESSAGES] if one.get("from")][::-1]
        known, who = self._heard(readable, since)
        request = RawRequest(READ, REST, body=json.dumps({"id": name, "messages": readable}).encode())
        return Thread(self.page.person({"id": who}) if who else None, known, request, cut=len(readable) < len(found))

    async def held_elsewhere(self, who: str) -> bool:
        """Whether another app has the thread with a customer; where Meta does not tell, nobody else has it."""
        if not self.page.config.app_id:
            return False
        await self.rest(PAUSE)
        try:
            answer = await self.graph.ask("GET", f"{self.page.config.page_id}/thread_owner", query={"recipient": who})
        except Refusal:
            return False
        owner = next((mapping(mapping(one).get("thread_owner")) for one in items(answer.get("data"))), {})
        return word(mapping(owner).get("app_id"), 40) not in ("", self.page.config.app_id)

    async def _messages(self, name: str, fields: str, since: datetime) -> list[dict[str, Any]]:
        """The messages, the newest first; of older ones Instagram gives the id and the time only."""
        found = []
        async for one in self._all(f"{name}/messages", {"fields": fields, "limit": str(AT_ONCE)}, MOST_MESSAGES + 1):
            if _time(one.get("created_time"), since) < since.replace(microsecond=0):
                break
            found.append(dict(one))
        return found

    def _heard(self, messages: Sequence[Any], since: datetime) -> tuple[tuple[Heard, ...], str]:
        """What the messages are, and who the customer is; broken ones are named too, and become dead letters."""
        known, who = [], ""
        for one in messages:
            try:
                event = event_of(self.page, one)
                known.append(heard(self.page, one))
            except ValueError:
                known.append(Heard(word(one.get("id"), 400) or "?", _time(one.get("created_time"), since)))
                continue
            side = "recipient" if event["message"].get("is_echo") else "sender"
            who = who or str(event[side]["id"])
        return tuple(known), who

    async def _all(self, path: str, query: Mapping[str, str], most: int) -> AsyncIterator[Mapping[str, Any]]:
        """The items of a list, page by page."""
        after, left, pause = "", most, PAUSE
        while left > 0:
            await self.rest(pause)
            with metered() as meter:
                answer = await self.graph.ask("GET", path, query={**query, **({"after": after} if after else {})})
            pause = max(PAUSE, pause_after(meter.percent))
            for one in list(items(answer.get("data")))[:left]:
                left -= 1
                yield mapping(one)
            paging = mapping(answer.get("paging"))
            following = word(mapping(paging.get("cursors")).get("after"), 2000)
            if not paging.get("next") or not following or following == after:
                return
            after = following


def in_hands_of_another(request: RawRequest) -> RawRequest:
    """The same delivery, where another app has the thread: what it holds is stored and not answered."""
    return replace(request, body=json.dumps({**json.loads(request.body), "is_owner": False}).encode())


def _time(value: Any, default: datetime) -> datetime:
    try:
        return moment(value)
    except ValueError:
        return default


def _meaning(no: Refusal) -> Exception:
    return raised(no.trouble, 1, regained_in(no.headers, 60.0))
