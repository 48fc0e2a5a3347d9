"""What a classifier may do by itself with a case on the triage desk (domain section 3: assigned by the rules)."""

from typing import Annotated

from pydantic import Field

from schemas.policy_words import PolicyPart

Sureness = Annotated[int, Field(ge=50, le=99)]
"""In percent. Below half another class may be as likely; a hundred is never reached."""


class Suggestions(PolicyPart):
    """From which confidence on a suggestion is applied without a person, in percent. Left out: never, only shown.

    `classify_from` gives a category to a case that was filed without one, `assign_from` sends a case on the triage desk
    to a unit. Neither happens while the model told fewer than `least_accuracy` percent of later cases rightly.
    """

    classify_from: Sureness | None = None
    assign_from: Sureness | None = None
    least_accuracy: Sureness = 70

    @property
    def applies(self) -> bool:
        """Whether anything is applied by itself."""
        return self.classify_from is not None or self.assign_from is not None
