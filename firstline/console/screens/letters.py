"""Settings › Channels › Dead letters: deliveries that could not be understood, to be tried again or put aside."""

from functools import partial

from starlette.responses import Response

from firstline.channels import accounts
from firstline.channels.intake import letters
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.channel_log import LetterLine, LettersPage
from firstline.console.view.common import Toast
from firstline.console.words import _
from firstline.kit.database import Tx

router = console_router()
HERE = "/settings/dead-letters"
PAGE = 50
EXCERPT = 2_000


def letters_page(tx: Tx, reader: Reader, before: str, account: str = "") -> LettersPage:
    """A page of those nobody has dealt with, newest first."""
    names = accounts.names(tx)
    found = letters.waiting(tx, reader.by, account_id=account or None, before=before or None, limit=PAGE + 1)
    lines = tuple(
        LetterLine(
            id=one.id,
            account=names.get(one.account_id, ("", ""))[0],
            detail=one.detail,
            excerpt=one.part[:EXCERPT].decode("utf-8", "replace"),
            at=reader.times.moment(one.at),
            attempts=one.attempts,
        )
        for one in found[:PAGE]
    )
    older = f"{HERE}?before={found[PAGE - 1].id}&account={account}" if len(found) > PAGE else ""
    return LettersPage(lines, older, names.get(account, ("", ""))[0])


@router.get(HERE)
async def dead_letters(visit: Visiting, before: str = "", account: str = "") -> Response:
    """The table, of one account or all."""
    return await visit.page("screens/letters.html", partial(letters_page, before=before, account=account), here=HERE)


@router.post(HERE + "/{letter_id}/replay")
async def replay(visit: Visiting, letter_id: str) -> Response:
    """Through the present parser again; what was applied before is not applied twice."""
    by = await visit.do(lambda tx, by: by)
    wrong = await visit.request.app.state.replaying.again(letter_id, by)
    if wrong:
        return visit.to(HERE, Toast(_("Still not understood: %(why)s", why=wrong[0]), tone="bad"))
    return visit.to(HERE, Toast(_("Taken in.")))


@router.post(HERE + "/{letter_id}/discard")
async def discard(visit: Visiting, letter_id: str) -> Response:
    """Put it aside; the toast offers the way back."""
    await visit.do(lambda tx, by: letters.discard(tx, letter_id, by))
    return visit.to(HERE, Toast(_("Put aside"), undo=f"{HERE}/{letter_id}/restore"))


@router.post(HERE + "/{letter_id}/restore")
async def restore(visit: Visiting, letter_id: str) -> Response:
    """Bring it back."""
    await visit.do(lambda tx, by: letters.restore(tx, letter_id, by))
    return visit.to(HERE, Toast(_("Back in the list")))
