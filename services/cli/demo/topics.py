"""Every topic of the demo."""

from __future__ import annotations

from services.cli.demo import topics_forest, topics_people, topics_visitors, topics_wood
from services.cli.demo.topic import Topic

TOPICS: tuple[Topic, ...] = (
    *topics_visitors.TOPICS,
    *topics_forest.TOPICS,
    *topics_wood.TOPICS,
    *topics_people.TOPICS,
)
