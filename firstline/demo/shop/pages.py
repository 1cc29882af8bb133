"""Pages of the demo shop as HTML: Jinja templates, and Markdown of the help centre with HTML switched off."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from firstline.demo.articles import Article
from firstline.demo.company import World
from firstline.demo.shop.catalogue import Catalogue, euros

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders pages; the articles' HTML is made once."""

    def __init__(self, world: World, catalogue: Catalogue) -> None:
        self.world = world
        self.catalogue = catalogue
        self.articles = {one.slug: one for one in world.public_articles}
        markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._bodies = {slug: Markup(markdown.render(one.body)) for slug, one in self.articles.items()}
        self._jinja = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._jinja.filters["euros"] = euros

    def show(self, template: str, frame: Mapping[str, Any], **more: Any) -> str:
        """One page inside the shop's frame."""
        return self._jinja.get_template(template).render(
            {"catalogue": self.catalogue, "company": self.world.company, "articles": self.articles, **frame, **more}
        )

    def body(self, article: Article) -> Markup:
        """An article's text as HTML."""
        return self._bodies[article.slug]

    def by_category(self) -> dict[str, list[Article]]:
        """Public articles under their categories, in the order of :data:`CATEGORIES`, by title."""
        found: dict[str, list[Article]] = {name: [] for name in CATEGORIES}
        for one in self.articles.values():
            found.setdefault(one.category, []).append(one)
        return {name: sorted(inside, key=lambda one: one.title) for name, inside in found.items() if inside}

    def beside(self, article: Article) -> list[Article]:
        """Other articles of the same category."""
        return [one for one in self.by_category()[article.category] if one is not article]


CATEGORIES = (
    "Orders",
    "Delivery",
    "Returns",
    "Warranty",
    "Workshop",
    "Care",
    "Choosing a bike",
    "E-bikes",
    "Parts",
    "Leasing",
    "Payment and invoices",
    "Account",
    "Theft and insurance",
    "Visit and contact",
    "Privacy",
)
"""The order of the help centre; categories that are not named come last."""
