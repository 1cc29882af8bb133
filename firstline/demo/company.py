"""The shape of the whole demo company."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from firstline.demo.articles import Article
from firstline.demo.people import Company, Customer, Team, Teammate
from firstline.demo.questions import Answerable, Courtesy, PersonRequest, ShortAnswer, Uncovered
from firstline.demo.talks import Talk


@dataclass(frozen=True)
class Questions:
    """What customers write, sorted by what a good agent does with it."""

    answerable: tuple[Answerable, ...]
    uncovered: tuple[Uncovered, ...]
    person: tuple[PersonRequest, ...]
    courtesies: tuple[Courtesy, ...]


@dataclass(frozen=True)
class World:
    """Everything of the demo company. The first teammate is the owner."""

    company: Company
    teams: tuple[Team, ...]
    teammates: tuple[Teammate, ...]
    customers: tuple[Customer, ...]
    articles: tuple[Article, ...]
    short_answers: tuple[ShortAnswer, ...]
    talks: tuple[Talk, ...]
    questions: Questions

    @cached_property
    def by_slug(self) -> Mapping[str, Article]:
        """Articles by their slug."""
        return {one.slug: one for one in self.articles}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """What a citation of an article or short answer is called."""
        return {one.slug: one.title for one in self.articles} | {one.id: one.question for one in self.short_answers}

    @property
    def public_articles(self) -> tuple[Article, ...]:
        """What customers may read."""
        return tuple(one for one in self.articles if one.access == "public")
