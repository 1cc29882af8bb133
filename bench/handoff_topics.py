"""How often is a handoff topic recognised, and how often in messages that do not have it? By the product's own rule.

``clinc150``: every fifteenth intent as a topic, its name and six (or three) messages of its train part as examples; recognised is
counted on its messages of the validation part, false alarms on all others there, near neighbours among them. Three topics that
support teams list, in words of ours, on public traffic that has none of them: ``clinc150``, the turns of ``dstc11_sk``, the
questions of ``stackfaq``.
"""

import json
import random
from collections import defaultdict
from typing import Any

from bench.data import lines, present
from bench.figures import share
from bench.stage import embedder
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.handoff_topics import Topic, topic_in
from firstline.agent.models.meaning import Remembering

EVERY = 15
NONE = "oos"

LISTED = (
    Topic(
        about="Legal threats",
        examples=(
            "I will take you to court over this",
            "You will hear from my lawyer",
            "I'm going to report you to the consumer protection agency",
            "This is fraud and I will sue you",
        ),
    ),
    Topic(
        about="Refunds over 100 euros",
        examples=("I want my 250 euros back", "refund the €180 you charged me", "When do I get my 300 euros refunded?"),
    ),
    Topic(
        about="Deleting personal data",
        examples=(
            "Delete everything you know about me",
            "I want you to erase my personal data",
            "Remove my data under the GDPR",
        ),
    ),
)
"""Topics as the settings screen suggests them."""


def main() -> None:
    """Print the figures as JSON."""
    matcher = Matcher(Remembering(embedder(), most=20_000))
    result: dict[str, Any] = {"bench": "handoff_topics"}
    if present("clinc150"):
        result["clinc150"] = {f"{number}_examples": _clinc(matcher, number) for number in (3, 6)}
    result["listed_topics_on_traffic_without_them"] = {name: _alarms(matcher, texts) for name, texts in _traffic().items()}
    print(json.dumps(result, indent=1))


def _clinc(matcher: Matcher, number: int) -> dict[str, Any]:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for line in lines("clinc150/train_small.jsonl"):
        by_intent[line["intent"]].append(line["text"])
    dice = random.Random(1)
    names = [name for name in sorted(by_intent) if name != NONE][::EVERY]
    topics = {name: Topic(about=name.replace("_", " "), examples=tuple(dice.sample(by_intent[name], number))) for name in names}
    asked = [(line["text"], line["intent"]) for line in lines("clinc150/val.jsonl")]
    recognised, alarms, stopped = [], [], []
    for text, intent in asked:
        found = {name for name, topic in topics.items() if topic_in(matcher, text, [topic], "chat") is not None}
        if intent in topics:
            recognised.append(intent in found)
        alarms += [name in found for name in names if name != intent]
        stopped.append(bool(found - {intent}))
    return {
        "topics": len(names),
        "recognised": share(recognised),
        "false_alarms_a_topic_and_message": share(alarms),
        "messages_handed_over_for_a_topic_they_do_not_have": share(stopped),
    }


def _alarms(matcher: Matcher, texts: list[str]) -> dict[str, Any]:
    found = [topic_in(matcher, text, LISTED, "chat") for text in texts]
    said = [f"{topic[0].about}: {text[:100]}" for topic, text in zip(found, texts, strict=True) if topic is not None]
    return {"false_alarms": share([one is not None for one in found]), "which": said[:10]}


def _traffic() -> dict[str, list[str]]:
    """Messages of public sets; none of them is about these topics."""
    traffic = {}
    if present("clinc150"):
        traffic["clinc150"] = [one["text"] for one in lines("clinc150/val.jsonl")]
    if present("dstc11_sk"):
        traffic["dstc11_sk"] = [one["text"] for one in lines("dstc11_sk/queries.jsonl")]
    if present("stackfaq"):
        traffic["stackfaq"] = [one["text"] for one in lines("stackfaq/queries.jsonl")]
    return traffic


if __name__ == "__main__":
    main()
