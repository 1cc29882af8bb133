"""Actions in a preview: the draft that a dry run leads to. Nothing is called, nothing is written (TE1, AC3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from firstline.agent.access import Permissions
from firstline.agent.actions import rehearsing
from firstline.agent.actions.acting import Chooser, of_contact
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.rehearsing import Rehearsed, Stage, summary
from firstline.agent.actions.steps import Approval, GiveUp, Run
from firstline.agent.consider import Considered, Matter, handed
from firstline.agent.models.base import Act, Clarify, Draft, Reason, Reply, Said, Segment
from firstline.contacts.rules import Contact
from firstline.people.rules import ActorKind


@dataclass(frozen=True)
class Rehearsal:
    """The actions of an agent, for one turn of a preview."""

    actions: Mapping[str, Definition]
    contact: Contact | None
    access: Permissions
    identified: bool
    chooser: Chooser | None = None

    def heard(self, matter: Matter) -> Considered | None:
        """What the newest message leads to, where it begins an action or goes on with one."""
        if not self.actions:
            return None
        found = rehearsing.rehearse(self._stage(matter), turns_of(matter.history, matter.own_words))
        return self._considered(matter, found) if found is not None else None

    def proposed(self, matter: Matter, draft: Act) -> Considered:
        """What the proposal of a model leads to."""
        chosen = next((id_ for id_, one in self.actions.items() if one.name == draft.action), None)
        if chosen is None:
            return handed(matter, Reason("unable", f"It asked for the action “{draft.action}”, which it does not have"))
        return self._considered(matter, rehearsing.proposed(self._stage(matter), chosen, draft.arguments))

    def _stage(self, matter: Matter) -> Stage:
        return Stage(
            self.actions,
            self.chooser.best if self.chooser is not None else lambda text, definitions: None,
            of_contact(self.contact, self.access) if self.contact is not None else {},
            self.identified,
            matter.language,
            matter.profile.personality,
            matter.now,
        )

    def _considered(self, matter: Matter, found: Rehearsed) -> Considered:
        definition = next(one for one in self.actions.values() if one.name == found.told["action"])
        if isinstance(found.step, GiveUp):
            considered = handed(matter, Reason(found.step.code, found.step.why))
            considered.action = found.told
            return considered
        draft = _draft(found, definition, matter.language)
        return Considered(draft, (), 0.0, None, "actions", action=found.told)


def _draft(found: Rehearsed, definition: Definition, language: str) -> Draft:
    reasons = (Reason("action", summary(found.told, definition)),)
    if isinstance(found.step, Run):
        return Act(reasons=reasons, language=language, action=definition.name, arguments=dict(found.step.values))
    if isinstance(found.step, Approval) or found.step is None:
        return Reply(reasons=reasons, language=language, segments=(Segment(found.text, own=True),))
    return Clarify(reasons=reasons, language=language, text=found.text)


def turns_of(history: Sequence[Said], newest: str) -> list[tuple[str, str]]:
    """What the customer wrote themselves and what was said to it, in pairs; the newest has no answer yet."""
    turns: list[tuple[str, str]] = []
    for by_customer, group in groupby(history, lambda one: one.by is ActorKind.CONTACT):
        text = "\n".join(one.words.strip() if by_customer else one.text.strip() for one in group)
        if by_customer:
            turns.append((text, ""))
        elif turns:
            turns[-1] = (turns[-1][0], text)
    return [*turns, (newest, "")]
