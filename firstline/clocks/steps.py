"""What happens when a clock runs out: always something that somebody sees."""

from datetime import datetime

from sqlalchemy import select, update

from firstline.agent import queries as agents
from firstline.agent.brief import language_name
from firstline.agent.handing_over import parting
from firstline.agent.phrases import say
from firstline.agent.turns import abandon
from firstline.clocks.rules import State, Step
from firstline.conversations import closing, handoff, replying
from firstline.conversations.ownership import set_owner
from firstline.conversations.record import locked, write
from firstline.conversations.rules import Conversation, EntryKind, OwnerKind
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.events import emit
from firstline.people.queries import teammate_of, the_account
from firstline.people.rules import Actor
from firstline.people.tables import membership
from firstline.routing.receivers import assigning, receiver_instead, receiver_of_handoff
from firstline.routing.situation import Destination, DestinationKind
from firstline.routing.surroundings import Surroundings

TOO_SLOW = "took_too_long"


def take(tx: Tx, around: Surroundings, conversation_id: str, step: Step, state: State) -> None:
    """Do one step in an open conversation whose row is locked."""
    found = locked(tx, conversation_id)
    match step:
        case Step.HAND_OFF:
            _hand_off(tx, found)
        case Step.TELL:
            _tell(tx, found)
        case Step.REASSIGN:
            _reassign(tx, found)
        case Step.ALERT:
            _alert(tx, found, state.since, first=Step.ALERT not in (state.done or {}))
        case Step.REMIND:
            _remind(tx, found)
        case Step.FOLLOW_UP:
            _follow_up(tx, found, state.since)
        case Step.CLOSE:
            closing.close(tx, found.id, Actor.system(), f"no answer for {_span(tx.now, state.since)}")
        case Step.WAKE:
            _wake(tx, found)


def _hand_off(tx: Tx, found: Conversation) -> None:
    """The agent has not answered in time: people get it, and the customer is told in the same act."""
    if found.owner.id is None or not found.held_by_agent:
        return
    assigning(tx)
    try:
        agent = agents.which(tx, found.owner.id)
    except NotFound:
        receiver = receiver_of_handoff(tx, found, None)
        gone = {"code": "agent_gone", "text": "The agent does not exist any more", "holds": False}
        set_owner(tx, found, receiver.owner, Actor.system(), [gone, *receiver.reasons])
        return
    how = parting(tx, found, agent, "unable", language=found.language or "en", lead=None, loud=True)
    abandon(tx, found.id, "it took too long: people got the conversation")
    handoff.hand_off(
        tx,
        found.id,
        epoch=found.epoch,
        by=Actor.agent(agent.id, agent.published.name),
        reason={"code": TOO_SLOW, "text": "The agent did not answer in time"},
        brief={"wants": found.subject, "language": language_name(found.language) if found.language else ""},
        destination=how.receiver.owner,
        destination_reasons=how.receiver.reasons,
        message=how.message,
        workspace=how.workspace,
    )


def _tell(tx: Tx, found: Conversation) -> None:
    """The customer still waits for the same people, told or not."""
    text = say("waiting.people", found.language or _language(tx))
    replying.automatic(tx, found, text, Actor.system(), {"clock": Step.TELL.value})
    tx.execute(update(conversation).where(conversation.c.id == found.id).values(waiting_since=found.waiting_since))


def _reassign(tx: Tx, found: Conversation) -> None:
    """Somebody else of the owner's main team gets it. Without anybody else it waits in the team's queue if its owner is away;
    an owner who is there keeps it, and managers are alerted next."""
    owner = teammate_of(tx, found.owner.id or "")
    main = select(membership.c.team_id).where(membership.c.teammate_id == owner.id, membership.c.main)
    if (team_id := tx.scalar(main)) is None:
        return
    assigning(tx)
    receiver = receiver_instead(tx, found, Destination(DestinationKind.TEAMS, (str(team_id),)), of=owner.id)
    if not receiver.available and owner.available:
        return
    late = {"code": "not_accepted", "text": f"{owner.name} did not answer in time", "holds": False}
    set_owner(tx, found, receiver.owner, Actor.system(), [late, *receiver.reasons])


def _alert(tx: Tx, found: Conversation, since: datetime, *, first: bool) -> None:
    text = f"The customer has waited for people for {_span(tx.now, since)}"
    write(tx, found.id, EntryKind.ALERT, Actor.system(), text, {"clock": Step.ALERT.value})
    owner = {"owner": found.owner.kind.value, "id": found.owner.id}
    emit(tx, "conversation.overdue", found.id, since=since.isoformat(), first=first, **owner)


def _remind(tx: Tx, found: Conversation) -> None:
    by = Actor.system()
    if found.owner.kind is OwnerKind.AGENT and found.owner.id is not None:
        by = Actor.agent(found.owner.id)
    replying.automatic(tx, found, say("waiting.customer", found.language or _language(tx)), by, {"clock": Step.REMIND.value})


def _follow_up(tx: Tx, found: Conversation, since: datetime) -> None:
    text = f"The customer has not answered for {_span(tx.now, since)}"
    write(tx, found.id, EntryKind.ALERT, Actor.system(), text, {"clock": Step.FOLLOW_UP.value})
    emit(tx, "conversation.quiet", found.id, since=since.isoformat(), owner=found.owner.kind.value, id=found.owner.id)


def _wake(tx: Tx, found: Conversation) -> None:
    write(
        tx,
        found.id,
        EntryKind.ALERT,
        Actor.system(),
        "The time it was put off to has come",
        {"clock": Step.WAKE.value},
        changes={"snoozed_until": None},
    )
    emit(tx, "conversation.woken", found.id)


def _language(tx: Tx) -> str:
    languages = the_account(tx).languages
    return languages[0] if languages else "en"


def _span(now: datetime, since: datetime) -> str:
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    if hours < 6:
        return f"{hours} h {rest} min" if rest else "1 hour" if hours == 1 else f"{hours} hours"
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
