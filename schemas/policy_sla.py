"""Priorities, targets, escalation and the limits of a case's life (domain sections 3 and 4)."""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from schemas.policy_mistakes import wrong
from schemas.policy_organisation import Ratings
from schemas.policy_words import Code, Interval, Kind, Kinds, Percent, PolicyPart, Rating, Span, TargetName, Text

EscalationLevel = Literal["owner", "unit_head", "line_manager", "executive"]
ESCALATION_LEVELS: tuple[EscalationLevel, ...] = ("owner", "unit_head", "line_manager", "executive")


class Priority(PolicyPart):
    """A priority; rank 1 is the most pressing."""

    code: Code
    label: Text
    rank: Annotated[int, Field(ge=1)]


class RatingMinimum(PolicyPart):
    """Minimum of each rating named; all of them must be reached."""

    severity: Rating | None = None
    safety: Rating | None = None
    complexity: Rating | None = None
    impact: Rating | None = None
    urgency: Rating | None = None

    def reached_by(self, ratings: Ratings) -> bool:
        """Whether every minimum given is reached."""
        return (
            (self.severity is None or ratings.severity >= self.severity)
            and (self.safety is None or ratings.safety >= self.safety)
            and (self.complexity is None or ratings.complexity >= self.complexity)
            and (self.impact is None or ratings.impact >= self.impact)
            and (self.urgency is None or ratings.urgency >= self.urgency)
        )


class SeverityRule(PolicyPart):
    """One ordered line of the severity matrix."""

    when: RatingMinimum
    priority: Code


class SeverityMatrix(PolicyPart):
    """From the five ratings to a priority: the first rule reached decides, else `default`.

    `default_ratings` are what the rules assess where neither rule nor category says otherwise; a safety rating of at
    least `safety_critical` makes the case safety-critical.
    """

    rules: tuple[SeverityRule, ...] = ()
    default: Code
    default_ratings: Ratings = Ratings(severity=2, safety=1, complexity=2, impact=2, urgency=2)
    safety_critical: Rating = 4

    def priority_for(self, ratings: Ratings) -> str:
        """The priority that the ratings give."""
        return next((rule.priority for rule in self.rules if rule.when.reached_by(ratings)), self.default)


class Target(PolicyPart):
    """A promise: `target` within `within` of receipt, for the kinds and priority named (None: any priority).

    For `progress`, `within` is the first period and `every` each later one (default: the same). `warn_at` is in percent
    of working time.
    """

    code: Code
    target: TargetName
    priority: Code | None = None
    kinds: Kinds = ("complaint",)
    within: Span
    calendar: Code | None = None
    warn_at: tuple[Percent, ...] = (50, 75, 90)
    every: Span | None = None

    @property
    def period(self) -> Span:
        """Length of every progress period after the first."""
        return self.every or self.within


class EscalationWhen(PolicyPart):
    """`warn75` is reached at 75 % of working time, `missed` at the deadline; `after` adds working time to it."""

    at: Annotated[str, Field(pattern=r"^(warn[1-9]\d?|missed)$")]
    after: Span | None = None

    @property
    def percent(self) -> int:
        """Share of the working time used when this is reached: 100 at the deadline."""
        return 100 if self.at == "missed" else int(self.at.removeprefix("warn"))


class EscalationStep(PolicyPart):
    """Who is told when. A level without a holder means one level further up. `quiet` false ignores the quiet hours."""

    level: EscalationLevel
    when: EscalationWhen
    targets: tuple[TargetName, ...] = ("acknowledge", "first_contact", "progress", "resolve")
    quiet: bool = True

    @property
    def code(self) -> str:
        """Name of the step, one for each alert of a clock's cycle: `unit_head:missed`, `executive:missed+P2WD`."""
        after = f"+{self.when.after}" if self.when.after else ""
        return f"{self.level}:{self.when.at}{after}"


class QuietHours(Interval):
    """Local hours in which alerts are held back; may run over midnight, as `20:00-07:00`."""

    @classmethod
    def read(cls, raw: str) -> "QuietHours":
        """Reads "HH:MM-HH:MM", backwards meaning over midnight."""
        first, _, last = raw.strip().replace("–", "-").partition("-")
        try:
            start, end = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
        except ValueError:
            raise wrong(
                "quiet_hours", '"%(value)s" are not quiet hours.', 'Write them as "20:00-07:00".', value=raw
            ) from None
        made = cls(f"{start:%H:%M}-{end:%H:%M}")
        made.start = start.hour * 3600 + start.minute * 60
        made.end = end.hour * 3600 + end.minute * 60
        return made

    def holds(self, second: int) -> bool:
        """Whether the second after local midnight is quiet."""
        if self.start <= self.end:
            return self.start <= second < self.end
        return second >= self.start or second < self.end


class Alerts(PolicyPart):
    """How alerts are bundled: those of one recipient within `batch_minutes` go out together, none in `quiet` hours.

    Messages to complainants that are not urgent wait for the end of the quiet hours as well. Of a channel with a
    monthly quota, `kept_for_customers` messages are kept for complainants: below that, staff are told another way.
    """

    batch_minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    quiet: QuietHours | None = None
    kept_for_customers: Annotated[int, Field(ge=0)] = 50


class CallBack(PolicyPart):
    """The promise to whoever rang and was not answered: called back `within` working time of the call.

    `calendar` is that of the telephone desk, whose hours also say which calls are out of hours; without it that of the
    triage unit. `warn_at` is in percent of the working time; `tries` is how often somebody has to be rung in vain
    before the task may be given up.
    """

    within: Span = Span.read("PT4H")
    calendar: Code | None = None
    warn_at: tuple[Percent, ...] = (75,)
    tries: Annotated[int, Field(ge=1, le=20)] = 3


class Silence(PolicyPart):
    """What happens when the complainant does not answer a decision: notices after these days, then closing."""

    notices: tuple[Annotated[int, Field(ge=1)], ...] = (7, 14)
    close_after_days: Annotated[int, Field(ge=1)] = 30


class Lifecycle(PolicyPart):
    """Limits of a case's life. Windows in calendar days run from the decision, never from the last edit (rule 7)."""

    pause_cap: Span
    reopen_window_days: Annotated[int, Field(ge=0)] = 30
    contest_days: Annotated[int, Field(ge=0)] = 30
    silence: Silence = Silence()
    minimum_n: Annotated[int, Field(ge=1)] = 5
    repeat_days: Annotated[int, Field(ge=1)] = 90
    matured_days: Annotated[int, Field(ge=0)] = 30


def targets_key(target: Target) -> tuple[tuple[Kind, TargetName, str | None], ...]:
    """The (kind, target, priority) places a target fills; two targets may not fill the same."""
    return tuple((kind, target.target, target.priority) for kind in target.kinds)
