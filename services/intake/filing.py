"""What a complainant hands in, checked and brought to one spelling: ๐–๙ and +66 in telephone numbers, พ.ศ. in dates,
no characters that reverse or break a text. Pure: no I/O, no clock.

`read_filing` checks what can be seen in the words themselves; `filing_checks.check` holds them against the policy.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.thai import normalise_phone, parse_digits
from services.kit.validation_words import words_for

NARRATIVE_LIMIT = 20_000
"""Characters of a narrative: some ten pages. More belongs into an attachment or a second message."""

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""Control characters but for tab and line breaks, and those that turn the direction of what follows."""

_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]{2,}")


def _problem(what: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("redress", "{what}", {"what": what, "remedy": remedy})


def clean(text: str) -> str:
    """A text as it is kept. Raises PydanticCustomError for a null byte, which no person types."""
    if "\x00" in text:
        raise _problem(
            N_("The text holds a null character, which cannot be kept."),
            N_("Remove the character U+0000 and send it again."),
        )
    return without_unseen(text)


def without_unseen(text: str) -> str:
    """A text without what cannot be seen or kept, its line breaks alike."""
    return _UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def _or_nothing(text: str | None) -> str | None:
    return (clean(text) or None) if text is not None else None


def _phone(text: str | None) -> str | None:
    plain = _or_nothing(text)
    if plain is None:
        return None
    try:
        return normalise_phone(plain)
    except ValueError:
        raise _problem(
            N_("This is not a telephone number."), N_("Write it as 081 234 5678, or with + and the country code.")
        ) from None


def _email(text: str | None) -> str | None:
    plain = _or_nothing(text)
    if plain is None:
        return None
    plain = plain.replace(" ", "")
    if len(plain) > 254 or not _EMAIL.fullmatch(plain):
        raise _problem(N_("This is not an e-mail address."), N_("Write it as name@example.com."))
    local, _, host = plain.rpartition("@")
    return f"{local}@{host.lower()}"


def _narrative(text: str) -> str:
    plain = clean(text)
    if not plain:
        raise _problem(N_("Nothing is written here."), N_("Say in a few words what happened."))
    if len(plain) > NARRATIVE_LIMIT:
        raise _problem(
            N_("The account is longer than 20,000 characters."),
            N_("Shorten it; the rest can be added from the tracking page once you have a number."),
        )
    return plain


Short = Annotated[str | None, Field(default=None, max_length=300), AfterValidator(_or_nothing)]
Long = Annotated[str | None, Field(default=None, max_length=4000), AfterValidator(_or_nothing)]
Code = Annotated[str | None, Field(default=None, max_length=100), AfterValidator(_or_nothing)]
When = Annotated[str | None, Field(default=None, max_length=64), AfterValidator(_or_nothing)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Complainant(_Part):
    """Who complains, and how to reach them."""

    name: Short
    phone: Annotated[str | None, Field(default=None, max_length=60), AfterValidator(_phone)]
    email: Annotated[str | None, Field(default=None, max_length=300), AfterValidator(_email)]

    @property
    def given(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.name or self.phone or self.email)


class Representative(_Part):
    """Who files on behalf of the complainant, in what relation and by what authority (ISO 10002, annex)."""

    name: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(clean)]
    relation: Short
    authority: Short


class SubjectGiven(_Part):
    """Whose conduct is complained of: a unit by its code, or a person in the complainant's own words."""

    unit: Code
    person: Short


class Filing(_Part):
    """The body of `POST /api/v1/complaints`. The last three fields are for signed-in staff."""

    narrative: Annotated[str, Field(max_length=2_000_000), AfterValidator(_narrative)]
    kind: Literal["complaint", "suggestion", "enquiry", "compliment"] = "complaint"
    category: Code
    service_point: Code
    location: Long
    occurred_at: When
    remedy_sought: Long
    reference: Short
    identity: Literal["named", "confidential", "anonymous"]
    complainant: Complainant | None = None
    representative: Representative | None = None
    contact_preference: Code
    segment: Code
    subject: SubjectGiven | None = None
    language: Literal["th", "en"] = "th"
    consent: bool | str | dict[str, Any] | None = None
    channel: Code
    received_at: When
    external_reference: Short

    @model_validator(mode="after")
    def _identity_holds_together(self) -> Filing:
        who = self.complainant
        if self.identity == "anonymous" and who is not None and who.given:
            raise _problem(
                N_("An anonymous complaint carries no name, telephone number or e-mail address."),
                N_("Leave it out, or file confidentially: then few people see who you are."),
            )
        if self.identity == "named" and (who is None or not who.name):
            raise _problem(
                N_("A complaint under one's name needs the name."),
                N_("Give the name, or file confidentially or anonymously."),
            )
        if self.identity == "confidential" and (who is None or not who.given):
            raise _problem(
                N_("A confidential complaint needs a name or a way to reach you."),
                N_("Give a name, telephone number or e-mail address, or file anonymously."),
            )
        return self

    @property
    def by_staff(self) -> bool:
        """Whether it uses what only staff may say."""
        return bool(self.channel or self.received_at or self.external_reference)

    def agreed_to(self, version: str) -> str | None:
        """The version of the consent text that was agreed to, given the version in force; None without consent."""
        if isinstance(self.consent, dict):
            return str(self.consent.get("version") or version)[:100]
        if isinstance(self.consent, str):
            return parse_digits(self.consent)[:100] or None
        return version if self.consent else None


_UNION_ARMS = ("bool", "str", "dict[str,any]")


def read_filing(data: Any) -> Filing:
    """The filing in parsed JSON or a form.

    Raises:
        InvalidInput: names each field, what is wrong with it and the remedy.
    """
    try:
        return Filing.model_validate(data)
    except ValidationError as error:
        raise invalid(problems_of(error)) from None


def invalid(problems: list[FieldProblem]) -> InvalidInput:
    """The refusal of a filing for the problems found."""
    return InvalidInput(
        N_("Some fields need changing."),
        N_("Nothing was saved; correct the fields and send it again."),
        fields=problems,
    )


def problems_of(error: ValidationError) -> list[FieldProblem]:
    """A problem for each field, in our words."""
    found: dict[str, FieldProblem] = {}
    for item in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in item["loc"] if str(part) not in _UNION_ARMS)
        if item["type"] == "redress":
            what, remedy = item["ctx"]["what"], item["ctx"]["remedy"]
            place = place or "complainant"
        else:
            what, remedy = words_for(item["type"])
        found.setdefault(place or "body", FieldProblem(place or "body", what, remedy))
    return list(found.values())
