"""How a mistake in a policy is told: where, what, what to do; in English source text that can be translated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString

from pydantic_core import PydanticCustomError

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong at `loc` (keys and list places from the top of the document), and how to put it right.

    `what` and `remedy` are English sentences with `%(name)s` parameters, the ids of a translation catalogue.
    """

    loc: Loc
    kind: LiteralString
    what: str
    remedy: str
    params: Mapping[str, object] = field(default_factory=dict)

    def error(self) -> PydanticCustomError:
        """The mistake as a validation error; its `ctx` keeps the parts for translation."""
        return wrong(self.kind, self.what, self.remedy, **self.params)


def wrong(kind: LiteralString, what: str, remedy: str, /, **params: object) -> PydanticCustomError:
    """A validation error that carries its remedy."""
    context = {"text": what % params, "what": what, "remedy": remedy, "params": dict(params)}
    return PydanticCustomError(kind, "{text}", context)
