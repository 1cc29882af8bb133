"""A website that is not ours, with styles that would ruin whatever they reached."""

from html import escape

from fastapi.responses import HTMLResponse

from tests.widget.serving import Served

_PAGE = """<!doctype html>
<html lang="{lang}" dir="{dir}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Trail 4</title>
    <style>
      :root {{ font-size: 10px; color-scheme: light dark; }}
      body {{ font: 1.6rem/1.5 serif; margin: 0 auto; padding: 2rem; max-width: 80rem; }}
      button, textarea, p, h2, div, section {{ letter-spacing: 0.05em; text-transform: uppercase; color: crimson; }}
      button {{ font-size: 40px; border: 6px dotted lime; }}
    </style>
  </head>
  <body>
    <h1>Trail 4</h1>
    <p>A light steel frame, 12 gears and room for 45 mm tyres.</p>
    <button id="buy">Add to basket</button>
    <script src="/widget.js" {attributes} async></script>
    {body}
  </body>
</html>"""


def host_page(served: Served) -> None:
    """Add the page: ``/`` has the one script tag, ``/?tag=element`` the element, ``/?strict=1`` a strict policy,
    ``/?identity=…`` says who is signed in."""

    @served.app.get("/")
    async def page(
        lang: str = "en", direction: str = "ltr", tag: str = "script", theme: str = "", strict: bool = False, identity: str = ""
    ) -> HTMLResponse:
        themed = f'theme="{theme}"' if theme in ("light", "dark") else ""
        element = f'<firstline-chat account="{served.account}" server="{served.url}" {themed}></firstline-chat>'
        named = f'data-identity="{escape(identity)}"' if identity else ""
        attributes = f'data-account="{served.account}" {named}' if tag == "script" else ""
        known = "rtl" if direction == "rtl" else "ltr"
        text = _PAGE.format(
            lang=lang if lang.isalpha() else "en", dir=known, attributes=attributes, body="" if tag == "script" else element
        )
        policy = {"Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'"} if strict else {}
        return HTMLResponse(text, headers=policy)
