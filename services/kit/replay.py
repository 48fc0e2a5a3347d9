"""Asking a source for events of its journal again, over topics: for a reader that missed some, and for a rebuild.

A reader asks on one topic (`redress.replay.requests`), the service whose journal it is answers on the reader's own
(`redress.replay.<reader>`) with the original events, page by page as the reader can take them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from faststream import AckPolicy
from prometheus_client import Counter

from schemas.envelope import Event
from services.kit.broker import MOST_BYTES, TROUBLE, broker_of
from services.kit.broker_settings import Kafka
from services.kit.database import Database, new_id
from services.kit.errors import Unavailable
from services.kit.i18n import N_
from services.kit.journal_pages import PAGE, Stretch, rows_of
from services.kit.trouble import passes, told
from services.kit.wire import (
    Answer,
    NotOurs,
    Question,
    read_answer,
    read_question,
    write_answers,
    write_question,
)

log = structlog.get_logger()

ANSWER_SECONDS = 15.0
"""How long an answer is waited for before the question is asked again."""

TRIES = 4

REPLAYED = Counter("redress_replayed_events", "Events of a journal that were answered again, by source.", ["source"])


class ReplayServer:
    """Answers for the journal of one service; of several replicas one answers."""

    def __init__(self, database: Database, kafka: Kafka) -> None:
        self.database = database
        self.kafka = kafka
        self._producer: AIOKafkaProducer | None = None

    async def run(self) -> None:
        """Answer for ever."""
        while True:
            broker = broker_of(self.kafka)
            self._producer = AIOKafkaProducer(
                **self.kafka.options(), acks="all", max_batch_size=MOST_BYTES, max_request_size=4 * MOST_BYTES
            )
            subscriber = broker.subscriber(
                self.kafka.topics.requests,
                group_id=f"{self.kafka.topics.group(self.database.service)}.replay",
                auto_offset_reset="latest",
                ack_policy=AckPolicy.MANUAL,
                decoder=_as_it_is,
            )
            subscriber(self._hear)
            try:
                await self._producer.start()
                await broker.start()
                await asyncio.Event().wait()
            except TROUBLE as problem:
                await log.awarning("replay waits for the broker", source=self.database.service, error=told(problem))
                await asyncio.sleep(2)
            finally:
                with contextlib.suppress(Exception):
                    await broker.stop()
                with contextlib.suppress(Exception):
                    await self._producer.stop()

    async def _hear(self, message: Any) -> None:
        try:
            question = read_question(message.raw_message.value)
            if question.source == self.database.service and question.answer_to.startswith(self.kafka.topics.prefix):
                await self.answer(question)
        except NotOurs:
            await log.aerror("a request for a replay could not be read", source=self.database.service)
        except Exception as problem:  # the reader asks again
            await log.awarning("a replay was not answered", source=self.database.service, error=told(problem))
        with contextlib.suppress(*TROUBLE):
            await message.ack()

    async def answer(self, question: Question) -> int:
        """Send what was asked for; returns how many events."""
        producer = self._producer
        if producer is None:
            return 0  # not started; the reader asks again
        rows = await rows_of(self.database, question.source, question.stretches, min(question.limit, PAGE))
        for value in write_answers(question.id, question.source, rows, most_bytes=MOST_BYTES // 2):
            await producer.send_and_wait(question.answer_to, value)
        REPLAYED.labels(question.source).inc(len(rows))
        return len(rows)


class ReplayClient:
    """Asks for events on behalf of one reader. Use `async with`, or `start` and `stop`."""

    def __init__(self, kafka: Kafka, reader: str) -> None:
        self.kafka = kafka
        self.topic = kafka.topics.answers(reader)
        self._waiting: dict[UUID, tuple[list[Answer], asyncio.Future[list[Event]]]] = {}
        self._producer: AIOKafkaProducer | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ReplayClient:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> AIOKafkaProducer:
        """Begin to listen; returns what asks. Raises KafkaError when the broker does not answer."""
        producer = AIOKafkaProducer(**self.kafka.options(), acks="all")
        consumer = AIOKafkaConsumer(
            self.topic, **self.kafka.options(), auto_offset_reset="latest", max_partition_fetch_bytes=4 * MOST_BYTES
        )
        try:
            await producer.start()
            await consumer.start()
            await consumer.seek_to_end()
        except BaseException:
            await producer.stop()
            await consumer.stop()
            raise
        self._producer = producer
        self._task = asyncio.get_running_loop().create_task(self._listen(consumer))
        return producer

    async def stop(self) -> None:
        """Stop listening; whoever waits is told."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._producer is not None:
            with contextlib.suppress(Exception):
                await self._producer.stop()
        self._producer = self._task = None

    async def page(self, source: str, stretches: Sequence[Stretch], limit: int = PAGE) -> list[Event]:
        """As `Journals.page`.

        Raises:
            Unavailable: the source did not answer.
        """
        asked = [s for s in stretches if s.until > s.since]
        if not asked:
            return []
        for _ in range(TRIES):
            with contextlib.suppress(TimeoutError):
                return await self._ask(source, asked, limit)
        raise Unavailable(
            N_("%(source)s does not answer for its journal."),
            N_("See that `redress serve %(source)s` runs and reaches its database and the broker, then try again."),
            params={"source": source},
        )

    async def _ask(self, source: str, stretches: Sequence[Stretch], limit: int) -> list[Event]:
        producer = self._producer
        if producer is None or self._task is None or self._task.done():
            await self.stop()
            producer = await self.start()
        question = Question(new_id(), source, self.topic, stretches, limit)
        answered: asyncio.Future[list[Event]] = asyncio.get_running_loop().create_future()
        self._waiting[question.id] = ([], answered)
        try:
            await producer.send_and_wait(self.kafka.topics.requests, write_question(question))
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answered
        finally:
            self._waiting.pop(question.id, None)

    async def _listen(self, consumer: AIOKafkaConsumer) -> None:
        try:
            async for message in consumer:
                try:
                    self._take(read_answer(message.value))
                except NotOurs:
                    await log.aerror("an answer of a replay could not be read", topic=self.topic)
        except TROUBLE as problem:
            await log.awarning("replay waits for the broker", topic=self.topic, error=told(problem))
        finally:
            with contextlib.suppress(Exception):
                await consumer.stop()

    def _take(self, answer: Answer) -> None:
        parts, answered = self._waiting.get(answer.question, ([], None))
        if answered is None or answered.done():
            return  # asked by another process of this reader, or answered before
        if answer.part != len(parts):
            return  # a repeated part
        parts.append(answer)
        if answer.last:
            answered.set_result([event for part in parts for event in part.events])


async def _as_it_is(message: Any) -> Any:
    """A decoder that leaves a message as it came."""
    return message


def waits(problem: BaseException) -> bool:
    """Whether trouble is the broker's, the database's or a source's that is away: then the same is tried again."""
    return isinstance(problem, (*TROUBLE, Unavailable)) or passes(problem)
