"""Messages that are only files: no thinker sees those, so the agent says so and asks for words, then leaves them to people."""

from firstline.agent.consider import Considered, Matter, handed
from firstline.agent.models.base import Clarify, Option, Reason
from firstline.agent.models.standing import UNSEEN
from firstline.agent.phrases import recognised, say
from firstline.people.rules import ActorKind

GESTURE = "sticker"
"""A kind of file that says something by itself and asks nothing."""


def unseen(matter: Matter) -> Considered | None:
    """What is said to files without a word; None where there are words, no files, or nothing but stickers."""
    files = [kind for kind in matter.files if kind != GESTURE]
    if matter.text or not files:
        return None
    kinds = ", ".join(dict.fromkeys(files))
    if _asked(matter):
        return handed(matter, Reason("only_files", f"The customer sent files again, which the agent cannot see: {kinds}"))
    language = matter.language
    draft = Clarify(
        reasons=(Reason("only_files", f"The message has no words, only files that the agent cannot see: {kinds}"),),
        language=language,
        text=say(UNSEEN, language, matter.profile.personality),
        options=(Option(say("uncovered.person", language)),),
    )
    return Considered(draft, (), 0.0, None, "code")


def _asked(matter: Matter) -> bool:
    """Whether the agent asked for words the last time it spoke."""
    ours = [said.text for said in matter.history if said.by is ActorKind.AGENT]
    return bool(ours) and recognised(UNSEEN, ours[-1])
