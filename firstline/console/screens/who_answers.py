"""Customer agent › Deploy › Who answers?"""

from functools import partial

from starlette.responses import Response

from firstline.console.shell import Visiting, console_router
from firstline.console.who_answers import HERE, Question, screen
from firstline.routing.api import Around

router = console_router()


@router.get(HERE)
async def who_answers(visit: Visiting, around: Around, channel: str = "", at: str = "") -> Response:
    """The next fourteen days, and the answer to a question."""
    kinds = visit.request.app.state.channels
    load = partial(screen, kinds=kinds, around=around, asked=Question(channel[:80], at[:80]))
    return await visit.page("screens/who-answers.html", load, here=HERE)
