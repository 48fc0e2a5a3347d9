"""The mapping file of an import: which column is what, and what its values mean here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.kit.errors import FieldProblem, RedressError
from services.kit.i18n import N_
from services.kit.validation_words import field_problem


class MappingUnclear(RedressError):
    """The mapping file cannot be used; each mistake is named with its place."""

    status = 422
    code = "mapping-unclear"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise ValueError(f"{name} is no time zone; write one such as Asia/Bangkok or UTC") from problem
    return name


class Column(BaseModel):
    """One thing to take from a row.

    `column` is looked up by its head; `values` translates what stands there (before `default`, for what is not listed);
    `empty` stands for an empty cell. A `list` cell holds several values, in braces or parted by commas: the first that
    `values` knows is taken. `constant` needs no column.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str | None = None
    values: Mapping[str, str] | None = None
    default: str | None = None
    empty: str | None = None
    list: bool = False
    constant: str | None = None

    def take(self, row: Mapping[str, str]) -> str | None:
        """What this row says, translated; None where it says nothing.

        Raises:
            KeyError: the value is not in `values` and there is no default.
        """
        if self.constant is not None:
            return self.constant
        cell = (row.get(self.column or "") or "").strip()
        if not cell:
            return self.empty
        if self.list:
            parts = [part.strip().strip('"') for part in cell.strip("{}").split(",") if part.strip()]
            known = [self.values[part] for part in parts if self.values and part in self.values]
            if known:
                return known[0]
            cell = parts[0] if parts else ""
            if not cell:
                return self.empty
        if self.values is None:
            return cell
        if cell in self.values:
            return self.values[cell]
        if self.default is not None:
            return self.default
        raise KeyError(cell)


def _short_form(value: object) -> object:
    """A bare column name may be written for `{column: name}`."""
    return {"column": value} if isinstance(value, str) else value


Taken = Annotated[Column, BeforeValidator(_short_form)]


class Columns(BaseModel):
    """What can be taken from a row. Times without an offset are in the mapping's zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    external_reference: Taken
    narrative: Taken
    received_at: Taken
    state: Taken
    kind: Taken | None = None
    channel: Taken | None = None
    category: Taken | None = None
    service_point: Taken | None = None
    area: Taken | None = None
    segment: Taken | None = None
    location: Taken | None = None
    reference: Taken | None = None
    remedy_sought: Taken | None = None
    priority: Taken | None = None
    unit: Taken | None = None
    cause: Taken | None = None
    acknowledged_at: Taken | None = None
    first_contact_at: Taken | None = None
    decided_at: Taken | None = None
    closed_at: Taken | None = None
    rating: Taken | None = None
    reopened_count: Taken | None = None


class ImportMapping(BaseModel):
    """A mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
    """Name of the system the rows come from; within it references are unique, and two systems may use the same ones."""
    zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Bangkok"
    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    sheet: str | None = None
    out_of_scope: tuple[str, ...] = ()
    """Original values of the state column that mean the matter was not the enterprise's."""
    columns: Columns


def read_mapping(file: Path) -> ImportMapping:
    """The mapping in a YAML file.

    Raises:
        MappingUnclear: it cannot be read, is no YAML, or has a mistake; each is named.
    """
    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return ImportMapping.model_validate(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise MappingUnclear(
            N_("The mapping file %(file)s cannot be read: %(why)s"),
            N_("Give a YAML file such as deploy/mappings/traffy.yaml."),
            params={"file": file, "why": _why(problem)},
        ) from problem
    except ValidationError as problem:
        raise MappingUnclear(
            N_("The mapping file %(file)s has mistakes."),
            N_("Compare it with deploy/mappings/traffy.yaml."),
            params={"file": file},
            fields=[_mistake(item) for item in problem.errors(include_url=False)],
        ) from problem


def _why(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem).split("\n")[0]


def _mistake(item: Any) -> FieldProblem:
    """A mistake by its place; what our own checks say is kept as they say it."""
    found = field_problem(item)
    what = str(item["msg"]).removeprefix("Value error, ") if item["type"] == "value_error" else found.what
    return FieldProblem(".".join(map(str, item["loc"])) or "the file", what)
