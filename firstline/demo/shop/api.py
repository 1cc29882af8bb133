"""The demo shop over HTTP."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from firstline.channels import accounts
from firstline.demo.shop import basket
from firstline.demo.shop.catalogue import read_catalogue
from firstline.demo.shop.pages import Pages
from firstline.demo.world import read_world
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound

STYLES = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def first_chat(tx: Tx) -> str | None:
    """The chat of the website: the live chat account that was connected first."""
    found = accounts.connected(tx, "live_chat")
    return found[0].id if found else None


def router(chat: Callable[[], Awaitable[str | None]]) -> APIRouter:
    """The pages of the shop; ``chat`` tells the channel account whose widget they carry, None for pages without one."""
    pages = Pages(read_world(), read_catalogue())
    styles = {path.name: path.read_bytes() for path in STYLES.glob("*.css")}
    routes = APIRouter(prefix="/demo", include_in_schema=False)

    async def show(request: Request, template: str, here: str, *, status: int = 200, **more: Any) -> Response:
        theme = request.query_params.get("theme", "")
        frame = {
            "here": here,
            "account": await chat(),
            "theme": theme if theme in ("light", "dark") else "",
            "in_basket": basket.read(request.cookies.get(basket.COOKIE, ""), pages.catalogue),
        }
        return HTMLResponse(pages.show(template, frame, **more), status, HEADERS)

    @routes.get("/static/{name}")
    async def style(name: str) -> Response:
        if name not in styles:
            raise NotFound(f"There is no file {name[:60]}.")
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return Response(styles[name], media_type="text/css", headers=headers)

    @routes.get("")
    @routes.get("/{page}")
    async def product(request: Request, page: str = "") -> Response:
        found = pages.catalogue.by_page.get(page)
        if found is not None:
            return await show(request, "product.html", found.family, product=found)
        if page in ("parts", "workshop", "basket"):
            return await show(request, f"{page}.html", page.capitalize())
        if page == "help":
            return await show(request, "help.html", "Help", categories=pages.by_category())
        return await show(request, "missing.html", "", status=404)

    @routes.get("/help/{slug}")
    async def article(request: Request, slug: str) -> Response:
        found = pages.articles.get(slug)
        if found is None:
            return await show(request, "missing.html", "Help", status=404)
        return await show(request, "article.html", "Help", article=found, body=pages.body(found), beside=pages.beside(found))

    @routes.post("/basket")
    async def add(request: Request, product: Annotated[str, Form()], size: Annotated[str, Form()] = "0") -> Response:
        chosen = basket.choose(product, size, pages.catalogue)
        if chosen is None:
            raise Invalid("There is no such article. Choose one on its page.", field="product")
        present = basket.read(request.cookies.get(basket.COOKIE, ""), pages.catalogue)
        return _kept("/demo/basket", basket.write([*present, chosen]))

    @routes.post("/basket/empty")
    async def empty() -> Response:
        return _kept("/demo/basket", "")

    return routes


def _kept(then: str, cookie: str) -> Response:
    answer = RedirectResponse(then, 303)
    answer.set_cookie(basket.COOKIE, cookie, max_age=86_400, path="/demo", httponly=True, samesite="lax")
    return answer
