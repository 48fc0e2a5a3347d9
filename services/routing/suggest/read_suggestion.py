"""What is suggested for a case, as it is shown beside the form that would follow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.cases import Suggestion
from schemas.policy import PolicyBundle
from services.kit.copies import Fetches
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_date, format_number, format_percent
from services.routing.words import category_name, unit_name

READ = """
    select s.*, m.measured, m.data_until from routing.suggestion s
      join routing.suggestion_model m on m.version = s.model where s.case_id = $1
"""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion of one target. `accuracy` is the share of later cases that the model told rightly, `tested` how
    many those were, `until` when the newest case it learned from was received."""

    target: str
    code: str
    share: float
    model: str
    accuracy: float
    tested: int
    until: datetime

    def event(self) -> Suggestion:
        """As an event carries it, where a person had it before them."""
        return Suggestion(model=self.model, code=self.code, share=self.share, accuracy=self.accuracy, applied=False)

    def say(self, bundle: PolicyBundle, lang: Lang) -> str:
        """One sentence for people."""
        named = unit_name if self.target == "unit" else category_name
        what = N_("Suggested unit: %(name)s") if self.target == "unit" else N_("Suggested category: %(name)s")
        return translate(
            lang,
            N_("%(what)s (confidence %(share)s; right in %(accuracy)s of %(tested)s later cases, up to %(until)s)"),
            what=translate(lang, what, name=named(bundle, self.code, lang)),
            share=format_percent(self.share, lang, 0),
            accuracy=format_percent(self.accuracy, lang, 0),
            tested=format_number(self.tested, lang),
            until=format_date(self.until, lang, bundle.zone, "plain"),
        )


async def read_suggestions(source: Fetches, case_id: UUID, bundle: PolicyBundle) -> dict[str, Suggested]:
    """What is suggested for a case, by target; only codes that the policy knows."""
    rows = await source.fetch(READ, case_id)
    found: dict[str, Suggested] = {}
    for target, group in (("unit", "units"), ("category", "categories")):
        if rows and (code := rows[0][target]) and bundle.has(group, code):
            measured = rows[0]["measured"].get(target, {})
            found[target] = Suggested(
                target, code, rows[0][f"{target}_share"], rows[0]["model"], float(measured.get("accuracy", 0)),
                int(measured.get("tested", 0)), rows[0]["data_until"],
            )  # fmt: skip
    return found


def hint(found: dict[str, Suggested], targets: tuple[str, ...], bundle: PolicyBundle, lang: Lang) -> str:
    """The sentences of these targets, one after the other; empty where nothing is suggested."""
    return " · ".join(found[target].say(bundle, lang) for target in targets if target in found)
