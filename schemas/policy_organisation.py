"""Who there is and what complaints are about: the organisation, its units, service points, channels and categories."""

from typing import Annotated

from pydantic import Field

from schemas.policy_words import Code, Kind, LevelName, Line, Lines, PolicyPart, Rating, Text


class Organisation(PolicyPart):
    """The enterprise as it signs its letters; `centre` is the name of its complaint centre."""

    code: Code
    name: Text
    short: Text
    tracking_prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,5}$")]
    centre: Text
    phone: Line
    email: Line
    website: Line | None = None
    address: Text | None = None


class Level(PolicyPart):
    """What this enterprise calls one of the four levels of the KPI cascade (SE-AM 5.3)."""

    code: LevelName
    label: Text


class Unit(PolicyPart):
    """A unit of the tree. `approved_by` names the unit whose approvers approve its cases: by default its parent.

    A `restricted` unit and its cases are seen by its own staff and its approving unit only; `triage` marks the desk
    that takes what no rule matches.
    """

    code: Code
    name: Text
    short: Text | None = None
    parent: Code | None = None
    level: LevelName
    phone: Line | None = None
    email: Line | None = None
    calendar: Code | None = None
    restricted: bool = False
    approved_by: Code | None = None
    triage: bool = False


class ServicePoint(PolicyPart):
    """A place where service is given, run by `unit`; `area` is the place name that location text is matched with."""

    code: Code
    name: Text
    unit: Code
    calendar: Code | None = None
    area: Line | None = None
    phone: Line | None = None


class Segment(PolicyPart):
    """A customer segment."""

    code: Code
    label: Text


class Channel(PolicyPart):
    """A way in, found at `address`; `acknowledge_on_receipt` when showing the number is the acknowledgement."""

    code: Code
    label: Text
    open: bool = True
    address: Text | None = None
    acknowledge_on_receipt: bool = False


class Ratings(PolicyPart):
    """The five ratings of the initial assessment, 1 (least) to 5 (ISO 10002 clause 7.5)."""

    severity: Rating
    safety: Rating
    complexity: Rating
    impact: Rating
    urgency: Rating


class Category(PolicyPart):
    """What a complaint is about. `unit` and `priority` hold for its subcategories unless they say otherwise.

    `conduct` marks complaints about how a person or unit behaved, `misconduct` corruption (goes to the restricted
    unit), `safety` those that alert at once. `questions` are what whoever takes a call asks about it; a subcategory
    without any asks those of the category above it.
    """

    code: Code
    label: Text
    parent: Code | None = None
    unit: Code | None = None
    priority: Code | None = None
    safety: bool = False
    conduct: bool = False
    misconduct: bool = False
    keywords: Lines = ()
    questions: Annotated[tuple[Text, ...], Field(max_length=8)] = ()
    ratings: Ratings | None = None


class Cause(PolicyPart):
    """A root cause of the cause tree, coded when a response is proposed."""

    code: Code
    label: Text
    parent: Code | None = None


class KindLabel(PolicyPart):
    """What this enterprise calls a kind of communication."""

    code: Kind
    label: Text


class Customers(PolicyPart):
    """Customers (or transactions) of a unit in a period, the denominator of KPI 14. `since` is in, `until` out."""

    unit: Code
    since: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    count: Annotated[int, Field(gt=0)]
