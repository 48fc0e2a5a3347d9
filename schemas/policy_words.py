"""Words the policy document is written in: codes, texts in two languages, spans of working time, intervals of a day."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas.policy_mistakes import wrong

Lang = Literal["th", "en"]
Kind = Literal["complaint", "suggestion", "enquiry", "compliment", "spam"]
Identity = Literal["named", "confidential", "anonymous"]
TargetName = Literal["acknowledge", "first_contact", "progress", "resolve"]
LevelName = Literal["organisation", "line", "department", "person"]

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Baht = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Rating = Annotated[int, Field(ge=1, le=5)]
Percent = Annotated[int, Field(ge=1, le=99)]


class PolicyPart(BaseModel):
    """Base of every part of the policy: unchangeable, and an unknown key is a mistake rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(PolicyPart):
    """A text in Thai and, where given, English (FAQ ruling: Thai is required, English optional)."""

    th: Annotated[str, Field(min_length=1, max_length=20_000)]
    en: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None

    def say(self, lang: str) -> str:
        """The text in `lang` ("th" or "en"); Thai when the other language is missing."""
        return self.en if lang == "en" and self.en else self.th


def label(text: Text, lang: str) -> str:
    """The text in `lang`, falling back to Thai."""
    return text.say(lang)


class _Validated(str):
    """A string checked and brought to its canonical spelling when a document is read."""

    pattern = ""
    example = ""

    @classmethod
    def read(cls, raw: str) -> "_Validated":
        raise NotImplementedError

    @classmethod
    def _from_any(cls, value: object) -> "_Validated":
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise wrong(
                "not_text", "%(value)s is not text.", 'Write it in quotes, as "%(example)s".',
                value=repr(value), example=cls.example,
            )  # fmt: skip
        return cls.read(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._from_any,
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": cls.pattern, "examples": [cls.example]}


_WORKING_DAYS = re.compile(r"^(?:P(\d{1,4})WD|(\d{1,4})\s*(?:working[ -]days?|วันทำการ))$", re.IGNORECASE)
_CLOCK_TIME = re.compile(r"^PT(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?$")


class Span(_Validated):
    """A length of working time: `P3WD` (also written "3 working days") or an ISO 8601 duration `PT8H`, `PT30S`.

    Exactly one of `working_days` and `seconds` is set. Hours, minutes and seconds are working time on the calendar
    that applies; working days are counted with the first day left out (domain rule 15).
    """

    pattern = r"^(P\d{1,4}WD|PT(\d+H)?(\d+M)?(\d+S)?)$"
    example = "P3WD"

    working_days: int | None
    seconds: int | None

    @classmethod
    def read(cls, raw: str) -> "Span":
        """Reads any accepted spelling. Raises PydanticCustomError with a remedy when it cannot be read."""
        text = raw.strip()
        if days := _WORKING_DAYS.match(text):
            number = int(days.group(1) or days.group(2))
            return cls._made(f"P{number}WD", number, None)
        if clock := _CLOCK_TIME.match(text.upper()):
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            return cls._made(text.upper(), None, hours * 3600 + minutes * 60 + seconds)
        raise wrong(
            "span",
            '"%(value)s" is not a length of working time.',
            'Write working days as "P3WD" or "3 working days", working time as "PT8H" or "PT30S".',
            value=raw,
        )

    @classmethod
    def _made(cls, canonical: str, working_days: int | None, seconds: int | None) -> "Span":
        made = cls(canonical)
        made.working_days, made.seconds = working_days, seconds
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Span.read, (str(self),)

    def say(self, lang: str) -> str:
        """The span in words, as it is promised to the public."""
        if self.working_days is not None:
            if lang != "en":
                return f"{self.working_days} วันทำการ"
            return f"{self.working_days} working day" + ("" if self.working_days == 1 else "s")
        seconds = self.seconds or 0
        for size, thai, english in ((3600, "ชั่วโมงทำการ", "working hour"), (60, "นาที", "minute"), (1, "วินาที", "second")):
            if seconds % size == 0 and seconds >= size:
                count = seconds // size
                return f"{count} {thai}" if lang != "en" else f"{count} {english}" + ("" if count == 1 else "s")
        return "ทันที" if lang != "en" else "at once"


_INTERVAL = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-4]):([0-5]\d)$")


class Interval(_Validated):
    """A stretch of one local day, `08:30-12:00`, at most to `24:00`; `start` and `end` in seconds after midnight."""

    pattern = r"^\d{2}:\d{2}-\d{2}:\d{2}$"
    example = "08:30-12:00"

    start: int
    end: int

    @classmethod
    def read(cls, raw: str) -> "Interval":
        """Reads "HH:MM-HH:MM". Raises PydanticCustomError when it is unreadable, empty or runs backwards."""
        found = _INTERVAL.match(raw.strip())
        if found:
            h1, m1, h2, m2 = (int(part) for part in found.groups())
            start, end = h1 * 3600 + m1 * 60, h2 * 3600 + m2 * 60
            if start < end <= 86400:
                made = cls(f"{h1:02}:{m1:02}-{h2:02}:{m2:02}")
                made.start, made.end = start, end
                return made
        raise wrong(
            "interval",
            '"%(value)s" is not an interval of one day.',
            'Write it as "08:30-12:00"; the end comes after the start and may be "24:00".',
            value=raw,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Interval.read, (str(self),)


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Codes = Annotated[tuple[Code, ...], BeforeValidator(_one_or_many)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(_one_or_many)]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_one_or_many)]
