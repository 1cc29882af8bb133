"""Messages without words: only files, or words that the provider lost. The agent asks once, then leaves them to people."""

from firstline.agent.consider import Considered, Matter, handed
from firstline.agent.models.base import Clarify, Option, Reason
from firstline.agent.models.standing import LOST, UNSEEN
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


def lost(matter: Matter) -> Considered | None:
    """What is said where the provider tells that the customer wrote, and not what; None where it told the words."""
    if not matter.lost:
        return None
    language = matter.language
    if any(recognised(LOST, said.text) for said in matter.history if said.by is ActorKind.AGENT):
        return handed(
            matter, Reason("words_lost", "Words of the customer did not come through again after they were asked for them")
        )
    reason = Reason("words_lost", "The provider says that the customer wrote, and not what: they have to send it again")
    draft = Clarify(reasons=(reason,), language=language, text=say(LOST, language, matter.profile.personality))
    return Considered(draft, (), 0.0, None, "code")


def _asked(matter: Matter) -> bool:
    """Whether the agent asked for words the last time it spoke."""
    ours = [said.text for said in matter.history if said.by is ActorKind.AGENT]
    return bool(ours) and recognised(UNSEEN, ours[-1])
