"""Customer agent › Overview."""

from starlette.responses import Response

from firstline.console.overview import overview
from firstline.console.shell import Visiting, console_router

router = console_router()


@router.get("/customer-agent")
async def page(visit: Visiting) -> Response:
    """The checklist and the figures."""
    return await visit.page("screens/overview.html", overview, here="/customer-agent")
