"""Customer agent › Train › Knowledge: sources with their progress, and adding them (KN1–KN3)."""

from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from firstline.agent import queries as agents
from firstline.console.entered import text, texts
from firstline.console.shell import Visiting, console_router
from firstline.console.sources import HERE, Asked, knowledge_page, source_list, source_page
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.knowledge import AddPanel
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Invalid, NotFound, Refused
from firstline.knowledge import commands
from firstline.knowledge.commands import Use
from firstline.knowledge.reading.formats import LISTED
from firstline.knowledge.rules import MAX_PAGES, Access, Schedule
from firstline.knowledge.uploads import upload_of
from firstline.people.rules import Actor

router = console_router()
FIELDS = ("url", "max_pages", "file", "title", "text", "access", "schedule")


@router.get(HERE)
async def knowledge(
    visit: Visiting, words: str = "", kind: str = "", state: str = "", access: str = "", after: str = ""
) -> Response:
    """The table."""
    asked = Asked(words, kind, state, access, after)
    return await visit.page("screens/knowledge.html", partial(knowledge_page, asked=asked), here=HERE)


@router.get(f"{HERE}/list")
async def list_part(
    visit: Visiting, words: str = "", kind: str = "", state: str = "", access: str = "", after: str = ""
) -> Response:
    """The table alone, while sources are read."""
    asked = Asked(words, kind, state, access, after)
    return await visit.part("knowledge/list.html", partial(source_list, asked=asked))


def add_panel(kind: str, most_mb: int, form: Form = BLANK) -> AddPanel:
    """The panel for a kind of source.

    :raises NotFound: if there is no such kind.
    """
    titles = {"site": _("Add a site"), "url": _("Add a web page"), "file": _("Add a file"), "text": _("Add a text")}
    if kind not in titles:
        raise NotFound(_("There is no source of kind “%(kind)s”.", kind=kind[:40]))
    values = {"max_pages": str(MAX_PAGES), "access": "public", "schedule": "weekly" if kind in ("site", "url") else "never"}
    return AddPanel(kind, titles[kind], f"{HERE}/add/{kind}", HERE, values, LISTED, most_mb, form)


async def _with_panel(visit: Visiting, kind: str, form: Form = BLANK) -> Response:
    panel = add_panel(kind, visit.request.app.state.settings.max_upload_mb, form)
    load = partial(knowledge_page, asked=Asked(), panel=panel)
    return await visit.page("screens/knowledge.html", load, here=HERE, status=form.refused.status if form.refused else 200)


@router.get(HERE + "/add/{kind}")
async def add(visit: Visiting, kind: str) -> Response:
    """The panel for a new source."""
    return await _with_panel(visit, kind)


@router.post(HERE + "/add/file")
async def add_file(visit: Visiting) -> Response:
    """Take a file in; it is read as a job."""
    most = visit.request.app.state.settings.max_upload_mb
    values: dict[str, str] = {}
    try:
        await visit.do(lambda tx, by: by.require_agent_editor())
        upload = await upload_of(visit.request, most)
        values = dict(upload.fields)
        use = _use(values)
        kind = upload.content_type
        await visit.do(
            lambda tx, by: commands.add_file(tx, upload.name, upload.body, by=by, content_type=kind, most_mb=most, use=use)
        )
    except Forbidden:
        raise
    except Refused as refused:
        return await _with_panel(visit, "file", Form(values, refused, FIELDS))
    return visit.to(HERE, Toast(_("Reading has begun")))


@router.post(HERE + "/add/{kind}")
async def add_other(visit: Visiting, kind: str) -> Response:
    """Add a site, a web page or a text; it is read as a job."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in FIELDS}
    try:
        await visit.do(_adding(kind, values))
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        return await _with_panel(visit, kind, Form(values, refused, FIELDS))
    return visit.to(HERE, Toast(_("Reading has begun")))


def _adding(kind: str, values: dict[str, str]) -> Callable[[Tx, Actor], str]:
    def act(tx: Tx, by: Actor) -> str:
        use = _use(values)
        if kind == "site":
            pages = values["max_pages"] or str(MAX_PAGES)
            if not (pages.isascii() and pages.isdigit() and len(pages) < 9):
                raise Invalid(_("“%(pages)s” is no number of pages.", pages=pages[:40]), field="max_pages")
            return commands.add_site(tx, _address(values["url"]), by=by, max_pages=int(pages), use=use)
        if kind == "url":
            return commands.add_url(tx, _address(values["url"]), by=by, use=use)
        if kind == "text":
            return commands.add_text(tx, values["title"], values["text"], by=by, url=values["url"] or None, use=use)
        raise NotFound(_("There is no source of kind “%(kind)s”.", kind=kind[:40]))

    return act


def _address(entered: str) -> str:
    """People leave the scheme out."""
    return entered if "://" in entered or not entered else f"https://{entered}"


def _use(values: dict[str, str]) -> Use:
    access, schedule = values.get("access", ""), values.get("schedule", "")
    return Use(
        Access(access) if access in set(Access) else Access.PUBLIC,
        schedule=Schedule(schedule) if schedule in set(Schedule) else Schedule.NEVER,
    )


@router.get(HERE + "/{source_id}")
async def one_source(visit: Visiting, source_id: str, after: str = "", page: str = "") -> Response:
    """A source with its pages."""
    load = partial(source_page, source_id=source_id, after=after, page_id=page)
    return await visit.page("screens/source.html", load, here=HERE)


@router.post(HERE + "/{source_id}/sync")
async def sync(visit: Visiting, source_id: str) -> Response:
    """Read it again; only what changed is read anew."""
    await visit.do(lambda tx, by: commands.sync(tx, source_id, by=by))
    return visit.done(Toast(_("Reading has begun")), otherwise=HERE)


@router.post(HERE + "/{source_id}/access")
async def access(visit: Visiting, source_id: str) -> Response:
    """Make it public or private."""
    private = text(await visit.request.form(), "access") == "private"
    wanted = Access.PRIVATE if private else Access.PUBLIC
    await visit.do(lambda tx, by: commands.change(tx, source_id, by=by, access=wanted))
    told = _("Private: it informs answers and is never cited.") if private else _("Public: answers cite it.")
    return visit.done(Toast(told), otherwise=HERE)


@router.post(HERE + "/{source_id}/agents")
async def used_by(visit: Visiting, source_id: str) -> Response:
    """Which agents may use it; none named means all (ID3)."""
    named = texts(await visit.request.form(), "agents")

    def change(tx: Tx, by: Actor) -> None:
        known = {one.id for one in agents.agents(tx)}
        commands.change(tx, source_id, by=by, agents=[id_ for id_ in named if id_ in known])

    await visit.do(change)
    return visit.to(f"{HERE}/{source_id}", Toast(_("Saved. It holds from the next answer on.")))


@router.post(HERE + "/{source_id}/delete")
async def delete(visit: Visiting, source_id: str) -> Response:
    """Delete it with everything that was read of it."""
    await visit.do(lambda tx, by: commands.delete(tx, source_id, by=by))
    return visit.to(HERE, Toast(_("Source deleted")))
