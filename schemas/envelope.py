"""The envelope every event travels in: CloudEvents 1.0 attributes plus where the event stands in its journal.

An event is the fact (`Payload`), the case it is about, when it happened and where it is written: source, bucket and
position. Free text is carried apart from the rest of the body, so that it can be erased without breaking the chain
of digests that makes the journal an audit trail (ISO 10002 8.1, personal-data law).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

BUCKETS = 64
"""How many buckets every journal has; the same in every service, for ever, since a case's bucket is its hash."""


class FreeText(BaseModel):
    """Words a person wrote. The body keeps only the salted digest; text and salt can be blanked by erasure."""

    model_config = ConfigDict(frozen=True)

    digest: str
    text: str | None = None
    salt: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """Wrap `text` under a fresh random salt."""
        salt = secrets.token_hex(16)
        return cls(digest=hashlib.sha256((salt + text).encode()).hexdigest(), text=text, salt=salt)

    def holds(self) -> bool:
        """Whether the text is the one that was digested; erased text holds by definition."""
        if self.text is None or self.salt is None:
            return True
        return hashlib.sha256((self.salt + self.text).encode()).hexdigest() == self.digest

    def __str__(self) -> str:
        return self.text or ""


def words(text: FreeText | None) -> str | None:
    """The text of a free-text field, or None where it was never given or has been erased."""
    return None if text is None else text.text


REGISTRY: dict[tuple[str, int], type[Payload]] = {}
"""Every published event version by (type, version); a subclass of `Payload` enters itself."""


class Payload(BaseModel):
    """What happened, in the past tense. Subclasses name their type, version and the service that announces them.

    Free text may stand in a field of its own, or in a dict of texts; nowhere deeper.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    SOURCE: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("TYPE"):
            REGISTRY[cls.TYPE, cls.VERSION] = cls

    def to_wire(self) -> tuple[str, str | None]:
        """The body as canonical JSON without any free text, and the free texts with their salts (or None)."""
        body = self.model_dump(mode="json", exclude_none=True)
        texts: dict[str, dict[str, str | None]] = {}
        for name, value in self.__dict__.items():
            if isinstance(value, FreeText):
                texts[name] = {"text": value.text, "salt": value.salt}
                body[name] = {"digest": value.digest}
            elif isinstance(value, dict):
                for key, inner in value.items():
                    if isinstance(inner, FreeText):
                        texts[f"{name}.{key}"] = {"text": inner.text, "salt": inner.salt}
                        body[name][key] = {"digest": inner.digest}
        return canonical(body), canonical(texts) if texts else None

    @classmethod
    def from_wire(cls, body: str | bytes, texts: str | bytes | None) -> Self:
        """The payload written as `body` and `texts`.

        Raises:
            pydantic.ValidationError: the body is not of this version; the reader parks the event with the reason.
        """
        if not texts:
            return cls.model_validate_json(body)
        data = json.loads(body)
        for path, value in json.loads(texts).items():
            name, _, key = path.partition(".")
            holder = data.get(name)
            if isinstance(holder, dict):
                (holder.get(key, {}) if key else holder).update(value)
        return cls.model_validate(data)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: the same value always gives the same bytes to digest."""
    return _ENCODER.encode(value)


def bucket_of(case_id: UUID) -> int:
    """The bucket a case lives in, in every journal alike."""
    return int.from_bytes(hashlib.blake2b(case_id.bytes, digest_size=2).digest(), "big") % BUCKETS


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a journal, as a reader receives it. Times are UTC."""

    id: UUID
    source: str
    type: str
    version: int
    case_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    bucket: int
    position: int
    body: str
    texts: str | None = None
    historical: bool = False
    """Imported history: judged by its own timestamps; nobody is messaged or alerted because of it."""
    traceparent: str | None = None

    def payload(self) -> Payload:
        """The typed fact.

        Raises:
            UnknownEvent: no reader of this release knows the type or version.
            pydantic.ValidationError: the body does not fit its version.
        """
        model = REGISTRY.get((self.type, self.version))
        if model is None:
            raise UnknownEvent(f"no event {self.type} of version {self.version} is known: upgrade this service first")
        return model.from_wire(self.body, self.texts)

    def payload_texts_hold(self) -> bool:
        """Whether every text that is still there is the one its digest was made of."""
        body = json.loads(self.body)
        for path, value in json.loads(self.texts or "{}").items():
            name, _, key = path.partition(".")
            holder = body.get(name, {})
            digest = (holder.get(key, {}) if key else holder).get("digest", "")
            if not FreeText(digest=digest, **value).holds():
                return False
        return True

    def digest(self) -> bytes:
        """The digest the chain is made of: everything but the erasable texts and the position."""
        return digest_of(self.id, self.case_id, self.type, self.version, self.occurred_at, self.historical, self.body)

    def to_cloudevent(self) -> dict[str, Any]:
        """The event as a CloudEvents 1.0 JSON object."""
        known = {
            "specversion": "1.0",
            "id": str(self.id),
            "source": f"/redress/{self.source}",
            "type": f"redress.{self.source}.{self.type}.v{self.version}",
            "subject": str(self.case_id),
            "time": self.recorded_at.isoformat(),
            "datacontenttype": "application/json",
            "dataschema": f"/schemas/{self.type}.v{self.version}.json",
            "caseid": str(self.case_id),
            "bucket": self.bucket,
            "position": self.position,
            "occurredat": self.occurred_at.isoformat(),
            "historical": self.historical,
            "data": json.loads(self.body),
        }
        if self.texts:
            known["texts"] = json.loads(self.texts)
        if self.traceparent:
            known["traceparent"] = self.traceparent
        return known

    @classmethod
    def from_cloudevent(cls, message: dict[str, Any]) -> Self:
        """The event a CloudEvents JSON object carries; the inverse of `to_cloudevent`."""
        source = str(message["source"]).rsplit("/", 1)[-1]
        kind, _, version = str(message["type"]).removeprefix(f"redress.{source}.").rpartition(".v")
        texts = message.get("texts")
        return cls(
            id=UUID(message["id"]),
            source=source,
            type=kind,
            version=int(version),
            case_id=UUID(message["caseid"]),
            occurred_at=datetime.fromisoformat(message["occurredat"]),
            recorded_at=datetime.fromisoformat(message["time"]),
            bucket=int(message["bucket"]),
            position=int(message["position"]),
            body=canonical(message["data"]),
            texts=canonical(texts) if texts else None,
            historical=bool(message.get("historical", False)),
            traceparent=message.get("traceparent"),
        )


class UnknownEvent(Exception):
    """An event of a type or version this release does not know. Upgrade the reader, then replay what it parked."""


def digest_of(
    event_id: UUID, case_id: UUID, kind: str, version: int, occurred_at: datetime, historical: bool, body: str
) -> bytes:
    """SHA-256 over the fixed part of an event; `occurred_at` enters as UTC to the microsecond."""
    head = digest_head(event_id, case_id, kind, version, occurred_at, historical)
    return hashlib.sha256(head.encode() + body.encode()).digest()


def digest_head(event_id: UUID, case_id: UUID, kind: str, version: int, occurred_at: datetime, historical: bool) -> str:
    """What stands before the body in what is digested; for a statement that digests in the database."""
    when = occurred_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{event_id.hex}|{case_id.hex}|{kind}|{version}|{when}|{int(historical)}|"
