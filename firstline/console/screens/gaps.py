"""Customer agent › Analyze › Knowledge gaps: what the content did not answer in the last 30 days (KN5)."""

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.console import switched
from firstline.console.entered import text
from firstline.console.names import Names, names
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.gaps import Asked, GapsPage, ResolvePanel, TopicLine
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, NotFound, Refused
from firstline.knowledge.gaps import commands, queries
from firstline.knowledge.gaps.queries import Topic

router = console_router()
HERE = "/customer-agent/gaps"
FIELDS = ("question", "answer")
SHOWN = 5
"""Questions of a topic that are listed."""


def gaps_page(tx: Tx, reader: Reader, topic_id: str = "", form: Form = BLANK) -> GapsPage:
    """The topics, with the panel of one of them.

    :raises NotFound: if the topic is not there any more.
    """
    found, known = switched.agents(tx), names(tx)
    topics = queries.topics(tx, reader.by)
    counts = queries.counts(tx)
    lines = tuple(_line(topic, reader, known) for topic in topics)
    chosen = next((topic for topic in topics if topic.id == topic_id), None)
    if topic_id and chosen is None:
        raise NotFound(_("Somebody has closed this topic already."))
    return GapsPage(
        found[0].published.name if found else _("The agent"),
        lines,
        sum(len(topic.gaps) for topic in topics),
        counts.get("resolved", 0),
        counts.get("answered", 0),
        _panel(tx, chosen, reader, known, form) if chosen else None,
    )


def _asked(topic: Topic, reader: Reader) -> tuple[Asked, ...]:
    return tuple(
        Asked(one.question, f"/inbox/all/{one.conversation_id}", reader.times.clock(one.at)) for one in topic.gaps[:SHOWN]
    )


def _answered_by(topic: Topic, known: Names) -> str:
    return known.person("teammate", topic.suggestion.teammate_id).name if topic.suggestion else ""


def _line(topic: Topic, reader: Reader, known: Names) -> TopicLine:
    ids = ",".join(one.id for one in topic.gaps)
    last = reader.times.clock(topic.last)
    return TopicLine(topic.id, topic.question, ids, len(topic.gaps), last, _asked(topic, reader), _answered_by(topic, known))


def _panel(tx: Tx, topic: Topic, reader: Reader, known: Names, form: Form) -> ResolvePanel:
    suggestion, kept = topic.suggestion, queries.impersonal_questions(tx, [one.id for one in topic.gaps])
    return ResolvePanel(
        f"{HERE}/{topic.id}",
        ",".join(one.id for one in topic.gaps),
        kept.get(topic.id, topic.question),
        suggestion.text if suggestion else "",
        _asked(topic, reader),
        _answered_by(topic, known),
        f"/inbox/all/{suggestion.conversation_id}" if suggestion else "",
        tuple(dict.fromkeys(kept.values()))[:SHOWN],
        form,
    )


@router.get(HERE)
async def gaps(visit: Visiting) -> Response:
    """The page."""
    return await visit.page("screens/gaps.html", gaps_page, here=HERE)


@router.post(f"{HERE}/dismiss")
async def dismiss(visit: Visiting) -> Response:
    """Take a topic off the list; the toast offers the way back."""
    ids = _ids(await visit.request.form())
    await visit.do(lambda tx, by: commands.dismiss(tx, ids, by=by))
    return visit.to(HERE, Toast(_("Topic dismissed"), undo=f"{HERE}/reopen?ids={','.join(ids)}"))


@router.post(f"{HERE}/reopen")
async def reopen(visit: Visiting, ids: str = "") -> Response:
    """Put it back."""
    await visit.do(lambda tx, by: commands.reopen(tx, ids.split(","), by=by))
    return visit.to(HERE)


@router.get(HERE + "/{topic_id}")
async def panel(visit: Visiting, topic_id: str) -> Response:
    """The short answer that would close a topic."""
    return await visit.page("screens/gaps.html", lambda tx, reader: gaps_page(tx, reader, topic_id), here=HERE)


@router.post(HERE + "/{topic_id}")
async def resolve(visit: Visiting, topic_id: str) -> Response:
    """Create and resolve."""
    entered = await visit.request.form()
    values, keep = {name: text(entered, name) for name in FIELDS}, text(entered, "keep") == "on"
    try:
        await visit.do(lambda tx, by: commands.resolve(tx, _ids(entered), values["question"], values["answer"], by=by, keep=keep))
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        form = Form(values | {"keep": "on" if keep else ""}, refused, FIELDS)
        return await visit.page(
            "screens/gaps.html", lambda tx, reader: gaps_page(tx, reader, topic_id, form), here=HERE, status=refused.status
        )
    return visit.to(HERE, Toast(_("Short answer created, topic resolved")))


def _ids(form: FormData) -> list[str]:
    return [one for one in text(form, "ids").split(",") if one]
