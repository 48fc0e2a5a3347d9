"""What is wrong with a field and how to mend it, in our words instead of the validator's (th, en by the catalogue)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.kit.errors import FieldProblem
from services.kit.i18n import N_

_SHAPE = N_("See /openapi.json for its shape.")
_VALUES = N_("See /openapi.json for the values there are.")
_WHOLE = (N_("This must be a whole number."), N_("Write it in figures, such as 3."))
_NUMBER = (N_("This must be a number."), N_("Write it in figures, such as 1500 or 1500.50."))
_OBJECT = (N_("This must be an object with fields."), _SHAPE)
_BOOLEAN = (N_("This must be true or false."), N_("Send true or false without quotation marks."))
_MOMENT = (N_("This is not a date and time."), N_("Write it as 2026-11-20T14:05+07:00."))
_ID = (N_("This is not an id."), N_("Take the id from the list or the answer that gave it."))
_OTHER = (N_("This value does not fit the field."), N_("See /openapi.json for what it must be."))

WORDS: Mapping[str, tuple[str, str]] = {
    "missing": (N_("This field is needed."), N_("Add it and send it again.")),
    "extra_forbidden": (N_("There is no such field."), N_("See /openapi.json for the fields there are.")),
    "string_type": (N_("This must be text."), N_("Send it in quotation marks.")),
    "string_too_long": (N_("The text is too long."), N_("Shorten it; what is long belongs into the narrative.")),
    "string_too_short": (N_("Nothing is written here."), N_("Fill it in, or leave it out.")),
    "string_pattern_mismatch": (N_("This is none of the values allowed."), _VALUES),
    "literal_error": (N_("This is none of the values allowed."), _VALUES),
    "enum": (N_("This is none of the values allowed."), _VALUES),
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "list_type": (N_("This must be a list."), _SHAPE),
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "json_invalid": (
        N_("The body is not JSON in UTF-8."),
        N_("Send the fields as one JSON object, with Content-Type: application/json."),
    ),
}

_BOUNDS: Mapping[str, tuple[str, str, str]] = {
    "greater_than_equal": (N_("This is less than %(bound)s."), N_("Give %(bound)s or more."), "ge"),
    "less_than_equal": (N_("This is more than %(bound)s."), N_("Give %(bound)s or less."), "le"),
}


def words_for(kind: str) -> tuple[str, str]:
    """What is wrong and the remedy for an error type of the validator, as message ids."""
    return WORDS.get(kind, _OTHER)


def field_problem(item: Mapping[str, Any]) -> FieldProblem:
    """One error of the validator (an item of its `errors()`) for the field it is about."""
    place = ".".join(str(part) for part in item["loc"] if part not in ("body", "query", "path", "header"))
    if item["type"] == "json_invalid":
        place = ""
    if (bound := _BOUNDS.get(item["type"])) is not None:
        what, remedy, key = bound
        return FieldProblem(place or "body", what, remedy, {"bound": item["ctx"][key]})
    return FieldProblem(place or "body", *words_for(item["type"]))
