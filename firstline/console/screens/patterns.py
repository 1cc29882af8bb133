"""The pattern book: every part in every state. Needs nobody to be signed in and shows no data."""

import re

from starlette.responses import Response

from firstline.console.shell import Visiting, console_router
from firstline.console.view.samples import Samples

router = console_router()


@router.get("/patterns")
async def patterns(visit: Visiting) -> Response:
    """The page that screenshots and the accessibility check look at first."""
    sprite = visit.console.assets.files["icons.svg"].body.decode()
    icons = tuple(name for name in re.findall(r'symbol id="([a-z]+)"', sprite) if name != "logo")
    return await visit.plain("screens/patterns.html", Samples(icons=icons))
