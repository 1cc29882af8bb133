"""What a message is about, learned from a few examples."""

import numpy as np
import pytest

from firstline.agent.conditions import Conditions, Topics
from firstline.agent.conditions.fitting import binary, softmax
from firstline.agent.models.meaning import Meaning, Remembering
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.models import MODEL, TOKENIZER
from firstline.settings import Settings

EXAMPLES = {
    "refund": ["I want my money back", "can you refund my order", "when do I get the refund"],
    "delivery": ["where is my parcel", "my order has not come", "how long does shipping take"],
    "repair": ["my brake is broken", "I need the chain fixed", "can you repair a flat tyre"],
}
NONE = ["what is the capital of Peru", "tell me a joke", "who won the match", "play some music", "what time is it in Tokyo"]


@pytest.fixture(scope="module")
def meaning() -> Meaning:
    """The product's own model."""
    models = Settings().models.expanduser()
    return Remembering(OnnxEmbedder(models / MODEL, models / TOKENIZER))


@pytest.mark.promise("ID2")
@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("please give me my money back", "refund"),
        ("the package still hasn't arrived", "delivery"),
        ("my wheel is bent, could you mend it", "repair"),
    ],
)
def test_a_topic_is_told_from_three_examples(meaning: Meaning, text: str, topic: str) -> None:
    judged = Topics.learn(EXAMPLES, meaning, NONE).judge(text)
    assert judged.topic == topic
    assert judged.lead > 0


@pytest.mark.promise("ID2")
def test_what_has_no_topic_is_far_from_all_of_them(meaning: Meaning) -> None:
    topics = Topics.learn(EXAMPLES, meaning, NONE)
    assert topics.judge("who is the president of France").lead < 0 < topics.judge("refund please").lead


@pytest.mark.promise("ID2")
def test_several_conditions_may_hold_at_once_and_none_may(meaning: Meaning) -> None:
    conditions = Conditions.learn(EXAMPLES, meaning, NONE)
    both = conditions.judge("my brake is broken and where is my parcel")
    assert min(both["repair"], both["delivery"]) > both["refund"]
    assert max(conditions.judge("tell me something about Peru").values()) < 0.5


@pytest.mark.promise("ID2")
def test_counter_examples_count_against_their_own_condition_only(meaning: Meaning) -> None:
    against = {"refund": ["how does a refund work in general"]}
    plain = Conditions.learn(EXAMPLES, meaning, NONE).judge("how do refunds work in general")
    told = Conditions.learn(EXAMPLES, meaning, NONE, against).judge("how do refunds work in general")
    assert told["refund"] < plain["refund"]


def test_one_condition_alone_with_nothing_against_it_never_holds(meaning: Meaning) -> None:
    assert Conditions.learn({"refund": EXAMPLES["refund"]}, meaning).judge("refund")["refund"] < 1e-6


def test_one_topic_without_anything_to_tell_it_from_is_refused(meaning: Meaning) -> None:
    with pytest.raises(ValueError, match="two topics"):
        Topics.learn({"refund": EXAMPLES["refund"]}, meaning)


@pytest.mark.parametrize("text", ["", "   ", "🙂", "\x00", "a" * 100_000, "返金してください"])
def test_any_text_is_judged(meaning: Meaning, text: str) -> None:
    judged = Topics.learn(EXAMPLES, meaning, NONE).judge(text)
    assert 0 <= judged.probability <= 1


def test_the_regressions_find_where_their_slope_is_nothing() -> None:
    dice = np.random.default_rng(1)
    rows = np.hstack([dice.normal(size=(60, 4)), np.ones((60, 1))]).astype(np.float32)
    labels = (rows[:, 0] > 0).astype(np.int64) + (rows[:, 1] > 0.5)
    p = np.exp(rows @ softmax(rows, labels, 3, 1.0))
    p /= p.sum(1, keepdims=True)
    assert np.abs(p.mean(0) - np.bincount(labels, minlength=3) / 60).max() < 1e-3
    weights = binary(rows, labels > 0, 1.0)
    assert ((rows @ weights > 0) == (labels > 0)).mean() > 0.8
