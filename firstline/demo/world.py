"""The demo company as one checked object: what its help centre says, who works there, who wrote, what people ask."""

from pathlib import Path

from firstline.demo.articles import read_articles
from firstline.demo.checks import problems_of
from firstline.demo.company import Questions, World
from firstline.demo.people import Company, Customer, Team, Teammate
from firstline.demo.questions import Answerable, Courtesy, PersonRequest, ShortAnswer, Uncovered
from firstline.demo.reading import BadWorld, read_table, take
from firstline.demo.talks import Talk

__all__ = ["BadWorld", "World", "read_world"]

FOLDER = Path(__file__).parent


def read_world(folder: Path = FOLDER) -> World:
    """Read and check the demo company.

    :raises BadWorld: naming every file and entry that cannot be right.
    """
    people = read_table(folder / "people.toml")
    answers = read_table(folder / "short_answers.toml")
    asked = read_table(folder / "questions.toml")
    talks = read_table(folder / "conversations.toml")
    world = World(
        company=take(people, "company", Company),
        teams=take(people, "team", tuple[Team, ...]),
        teammates=take(people, "teammate", tuple[Teammate, ...]),
        customers=take(people, "customer", tuple[Customer, ...]),
        articles=read_articles(folder / "help_centre"),
        short_answers=take(answers, "answer", tuple[ShortAnswer, ...]),
        talks=take(talks, "conversation", tuple[Talk, ...]),
        questions=Questions(
            take(asked, "answerable", tuple[Answerable, ...]),
            take(asked, "uncovered", tuple[Uncovered, ...]),
            take(asked, "person", tuple[PersonRequest, ...]),
            take(asked, "smalltalk", tuple[Courtesy, ...]),
        ),
    )
    for table in (people, answers, asked, talks):
        table.nothing_left()
    if problems := problems_of(world):
        raise BadWorld("\n".join(problems))
    return world
