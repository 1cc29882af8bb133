"""The page of events: found where the source emits them, with what follows from ``wiring.py``."""

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import firstline
from docs.generate.markdown import code, first_sentence, page, table
from firstline import wiring

MEANINGS = {
    "account.set_up": "The installation was set up; its first owner can sign in.",
    "agent.changed": "The draft of an agent's identity, its handoff settings or its model changed.",
    "agent.created": "An agent was created.",
    "agent.published": "An agent's draft became what customers meet.",
    "agent.removed": "An agent was removed.",
    "business_hours.changed": "The company's business hours changed.",
    "capacity.changed": "How many open conversations a teammate may have changed.",
    "channel_account.changed": "Settings, secrets, routing or state of a channel account changed.",
    "channel_account.connected": "A channel account was connected.",
    "channel_account.needs_attention": "A channel account stopped working; once for each trouble, with cause and cure.",
    "channel_account.recovered": "A channel account that needed attention works again.",
    "channel_account.removed": "A channel account was disconnected.",
    "clock_policy.changed": "How long waits last in a channel family changed.",
    "comment.written": "A teammate left a comment.",
    "contact.changed": "What is known of a contact changed.",
    "contact.created": "A contact was recognised for the first time, or entered by hand.",
    "contact.erased": "A contact was erased everywhere; the report is kept.",
    "contact.merge_suggested": "Two contacts may be one person; a teammate decides.",
    "contact.merged": "Two contacts were made one.",
    "contact.unmerged": "A merge was undone: there are two contacts again.",
    "conversation.assigned": "A conversation got another owner; the owner epoch rose.",
    "conversation.closed": "A conversation was closed.",
    "conversation.control_returned": "Another program gave the word with a customer back; what they said meanwhile is answered.",
    "conversation.created": "A conversation began.",
    "conversation.handed_off": "The agent gave a conversation to people.",
    "action.approval_wanted": "A call waits for a teammate's approval.",
    "action.changed": "An action of an agent was created, changed or removed.",
    "action.decided": "A teammate approved or declined a call.",
    "action.settled": "A teammate said whether a call of unknown outcome was done; `done` says which.",
    "action.ended": "A call of an action came to its end: done, failed, unknown, declined or expired.",
    "gaps.closed": "Open questions of a topic were resolved with a short answer, or dismissed.",
    "gate.fitted": "The gate that decides whether content holds an answer was fitted to the company's own questions.",
    "conversation.handoff_kept": "The agent could not help and keeps the conversation, as the settings want.",
    "conversation.overdue": "A customer has waited too long for people.",
    "conversation.quiet": "A customer has not answered people for long.",
    "conversation.snoozed": "A conversation was put off until a time.",
    "conversation.woken": "The time a conversation was put off to has come, or it was taken back before.",
    "conversation.reopened": "A closed conversation is open again.",
    "conversation.routed": "It was decided who gets a conversation that nobody owned; the reasons are stored with it.",
    "credits.entered": "The ledger got an entry.",
    "credits.warned": "A threshold of the credits was reached for the first time in the period, or the agent was out of credits.",
    "credits.period_opened": "A new period of the allowance began.",
    "custom_channel.registered": "A custom channel was registered.",
    "dead_letter.discarded": "A teammate put a delivery aside that could not be understood.",
    "dead_letter.replayed": "A delivery was put through the present parser again.",
    "dead_letter.written": "A delivery, or a part of one, could not be understood or applied; it is kept.",
    "deployment.changed": "Hours, fallback, coverage or agent of a deployment changed.",
    "deployment.created": "An agent was deployed on a channel account.",
    "deployment.removed": "A deployment was removed.",
    "feedback.given": "A customer rated an answer, or took the rating back.",
    "guidelines.changed": "The draft of an agent's guidelines changed.",
    "guidelines.published": "An agent's guidelines became what customers meet, as a new version.",
    "message.changed": "A customer reacted to a message, changed it or took it back, or a file of it came.",
    "message.delivery_changed": "An outgoing message got further, or failed.",
    "message.files_awaited": "A message came with files that are still at the provider.",
    "message.released": "A customer's message that had only been kept is to be answered: it was moved out of the spam folder.",
    "message.received": "A customer wrote.",
    "message.retried": "A teammate had a failed message sent once more.",
    "message.undelivered": "A message of the agent, or of the product, failed.",
    "message.written": "The agent, a teammate or the product itself wrote to the customer.",
    "model_connection.changed": "A language model was connected, changed or disconnected.",
    "model_limit.changed": "How much may be spent on language models in a month changed.",
    "model_spend.warned": "Three quarters, or all, of what may be spent on language models this month was spent.",
    "message.written_outside": "A person of the business wrote to the customer in another tool.",
    "source.added": "A source was added.",
    "source.changed": "State, title, access or schedule of a source changed.",
    "source.deleted": "A source was deleted with all that was read from it.",
    "source.progress": "Reading a source got further.",
    "teammate.added": "A teammate was added.",
    "teammate.availability_changed": "A teammate became available or went away.",
    "teammate.plan_changed": "A teammate's working hours or absence changed.",
    "teammate.changed": "Name, role, seat or password of a teammate changed, or a deactivated one is back.",
    "teammate.deactivated": "A teammate was deactivated.",
    "teammate.signed_out": "A teammate was signed out of one browser or all but one.",
    "usage.changed": "Price, allowance, reset day or warnings changed.",
    "usage.switched": "The customer agent was switched on or off.",
}
"""One sentence for each kind; a test fails when one is missing or left over."""

INTRODUCTION = """Everything that happens is a row in the event log, written in the transaction of the change
([decision 0004](../decisions/0004-event-order.md)). An event has a kind, a subject (the id of what it is about), its
data, and a time. The console and the widget read the log. An event carries little: whoever reads it looks at the
tables for the rest."""

FOLLOWING = """Listed in `firstline/wiring.py`. A follower runs in the transaction of the event; the jobs that it
defers run after the commit, once for what waits with the same key ([decision 0002](../decisions/0002-jobs.md))."""


def write() -> str:
    """The page.

    :raises LookupError: if a kind has no sentence, or a sentence has no kind.
    """
    found = emitted()
    if missing := sorted(found.keys() - MEANINGS.keys()):
        raise LookupError(f"Give these events a sentence in docs/generate/events.py: {', '.join(missing)}.")
    if gone := sorted(MEANINGS.keys() - found.keys()):
        raise LookupError(f"Nothing emits these events any more; remove them from docs/generate/events.py: {', '.join(gone)}.")
    rows = [
        (code(kind), MEANINGS[kind], ", ".join(code(name) for name in sorted(found[kind])) or "–", _follows(kind))
        for kind in sorted(found)
    ]
    events = table(("kind", "means", "data", "what follows"), rows)
    return page(
        "Events", INTRODUCTION, events, "## What follows", FOLLOWING, table(("follower", "what it does", "jobs"), _followers())
    )


def emitted() -> dict[str, set[str]]:
    """The kinds that the source emits, each with the names of its data."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(Path(firstline.__path__[0]).rglob("*.py")):
        for call in _emits(ast.parse(path.read_text("utf-8"))):
            kind = call.args[1]
            if not isinstance(kind, ast.Constant) or not isinstance(kind.value, str):
                raise LookupError(f"{path.name}:{call.lineno} emits an event whose kind is not written out.")
            found[kind.value] |= {keyword.arg for keyword in call.keywords if keyword.arg}
    return found


def _emits(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "emit":
            yield node


def _follows(kind: str) -> str:
    return ", ".join(code(follower.__name__) for follower in wiring.FOLLOWS.get(kind, ())) or "–"


def _followers() -> Iterator[tuple[str, str, str]]:
    """Each follower once: its name, its sentence without the mark of its stop, and the jobs that it defers."""
    every = {follower.__name__: follower for followers in wiring.FOLLOWS.values() for follower in followers}
    for name, follower in sorted(every.items()):
        jobs = sorted({code(job) for job in _deferred(ast.parse(inspect.getsource(follower)))})
        yield code(name), first_sentence(follower.__doc__).lstrip("①②③④⑤⑥ "), ", ".join(jobs) or "–"


def _deferred(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "defer":
            yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))
