"""Every topic of the demo."""

from __future__ import annotations

from services.cli.demo import topics_forest, topics_people, topics_visitors
from services.cli.demo.topic import Topic

TOPICS: tuple[Topic, ...] = (*topics_visitors.TOPICS, *topics_forest.TOPICS, *topics_people.TOPICS)
