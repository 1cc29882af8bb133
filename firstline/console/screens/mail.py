"""Settings › Account › Mail: the product's own mail to teammates, and what became of it."""

from starlette.responses import Response

from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.governance import MailPage, NoticeLine
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.people import notices
from firstline.people.rules import Permission

router = console_router()
HERE = "/settings/mail"


@router.get(HERE)
async def page(visit: Visiting) -> Response:
    """The newest notices."""
    settings = visit.request.app.state.settings

    def load(tx: Tx, reader: Reader) -> MailPage:
        reader.by.require(Permission.MANAGE_TEAMMATES)
        states = {
            "waiting": (_("On its way"), "info"),
            "sent": (_("Sent"), "good"),
            "held": (_("Not sent"), "warn"),
            "failed": (_("Failed"), "bad"),
        }
        lines = []
        for row in notices.recent(tx):
            state, tone = states.get(row.state, (row.state, ""))
            again = row.state in ("held", "failed") and row.words is not None
            made = reader.times.stamp(row.created_at)
            lines.append(NoticeLine(row.id, row.subject, row.address, state, tone, row.problem, made, again))
        server = f"{settings.smtp_host}:{settings.smtp_port}" if settings.smtp_host else ""
        return MailPage(server, settings.smtp_from or settings.smtp_user or "", tuple(lines))

    return await visit.page("screens/mail.html", load, here=HERE)


@router.post(HERE + "/test")
async def send_test(visit: Visiting) -> Response:
    """Send a mail to whoever asks."""
    await visit.do(lambda tx, by: notices.send_test(tx, by=by))
    return visit.to(HERE, Toast(_("A test is on its way to you. Its state is below.")))


@router.post(HERE + "/{notice_id}/send-again")
async def send_again(visit: Visiting, notice_id: str) -> Response:
    """Try once more."""
    await visit.do(lambda tx, by: notices.send_again(tx, notice_id, by=by))
    return visit.to(HERE, Toast(_("Trying again")))
