"""A mail as it came: in a frame that runs nothing, and loads nothing from elsewhere unless somebody asks."""

from starlette.responses import HTMLResponse, Response

from firstline.channels import accounts
from firstline.channels.originals import Original, original
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.letter import LetterView
from firstline.conversations import queries
from firstline.conversations.rules import Entry
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound

router = console_router()

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Of the frame: a mail's own style is shown, within a document of its own that has no origin and no scripts."""


def _found(
    tx: Tx, reader: Reader, visit: Visiting, conversation_id: str, entry_id: str, *, images: bool
) -> tuple[Entry, Original]:
    talk = queries.which(tx, conversation_id, reader.by)
    found = queries.one_entry(tx, entry_id)
    if found.conversation_id != conversation_id:
        raise NotFound(f"There is no message {entry_id} in this conversation.")
    state = visit.request.app.state
    _name, kind = accounts.names(tx).get(talk.channel_account_id, ("", ""))
    return found, original(tx, state.channels, kind, state.keyring, entry_id, with_remote=images)


@router.get("/conversations/{conversation_id}/mail/{entry_id}")
async def letter(visit: Visiting, conversation_id: str, entry_id: str, images: bool = False) -> Response:
    """The page of the whole mail behind a message."""
    here = f"/conversations/{conversation_id}/mail/{entry_id}"

    def load(tx: Tx, reader: Reader) -> LetterView:
        found, shown = _found(tx, reader, visit, conversation_id, entry_id, images=images)
        return LetterView(
            title=shown.subject,
            sender=shown.sender,
            copies=", ".join(shown.copies),
            at=reader.times.clock(found.at),
            warnings=shown.warnings,
            frame=f"{here}/frame" + ("?images=1" if images else ""),
            back=f"/inbox/all/{conversation_id}",
            show_images=f"{here}?images=1" if shown.remote and not images else "",
        )

    return await visit.page("screens/letter.html", load, here="/inbox/all")


@router.get("/conversations/{conversation_id}/mail/{entry_id}/frame")
async def frame(visit: Visiting, conversation_id: str, entry_id: str, images: bool = False) -> Response:
    """The document in the frame."""

    def load(tx: Tx, reader: Reader) -> str:
        return _found(tx, reader, visit, conversation_id, entry_id, images=images)[1].html

    body = await visit.read(load)
    return HTMLResponse(
        _DOCUMENT.format(body=body),
        headers={
            "Content-Security-Policy": POLICY,
            "X-Frame-Options": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        },
    )


_DOCUMENT = (
    '<!doctype html><html><head><meta charset="utf-8"><style>html{{color-scheme:light;background:#fff}}'
    "body{{font:15px/1.5 system-ui,sans-serif;color:#1a1a1a;margin:16px;overflow-wrap:break-word}}"
    "img{{max-width:100%;height:auto}}"
    "</style></head><body>{body}</body></html>"
)
