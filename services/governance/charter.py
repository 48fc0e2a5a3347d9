"""The service charter as its readers see it, taken from the policy: the clocks and this page read the same promises.

Pure. ISO 10002 clause 7.1 (where and how to complain, steps, time per step, remedies, recourse) and SE-AM 5.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.policy import KPI_CATALOGUE, PolicyBundle, Span, TargetName, target_for
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_number

STANDARDS: tuple[tuple[TargetName, str, int | None], ...] = (
    ("acknowledge", N_("We confirm that your case has arrived"), 1),
    ("first_contact", N_("A person contacts you for the first time"), 3),
    ("progress", N_("We tell you of progress"), 23),
    ("resolve", N_("We tell you the outcome"), 4),
)
"""Each promise with its name and the KPI that measures it (domain section 5)."""

REMEDY_KPI = 27


@dataclass(frozen=True, slots=True)
class CharterStep:
    """A step of the process: what happens, how long it takes, what it means for the reader."""

    label: str
    time: str
    note: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A promise in the table; it holds for `span` neighbouring priorities."""

    text: str
    span: int


@dataclass(frozen=True, slots=True)
class Standard:
    """One line of the table: the promise for each priority, and the share of cases in which it is to be kept."""

    label: str
    cells: tuple[Cell, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Charter:
    """Everything the charter page shows that is not plain text of the policy."""

    steps: tuple[CharterStep, ...]
    priorities: tuple[str, ...]
    standards: tuple[Standard, ...]


def charter_of(bundle: PolicyBundle, lang: Lang) -> Charter:
    """The charter of a policy in a language."""
    codes = [priority.code for priority in sorted(bundle.priorities, key=lambda priority: priority.rank)]
    return Charter(
        steps=tuple(
            CharterStep(
                label=step.label.say(lang),
                time=step.time.say(lang) if step.time else step_time(bundle, step.target, codes, lang),
                note=step.note.say(lang) if step.note else "",
            )
            for step in bundle.publication.steps
        ),
        priorities=tuple(bundle.label_of("priorities", code, lang) for code in codes),
        standards=tuple(_standards(bundle, codes, lang)),
    )


def step_time(bundle: PolicyBundle, target: TargetName | None, codes: Sequence[str], lang: Lang) -> str:
    """How long a step takes: the time of its target, or the times of the priorities where they differ."""
    if target is None:
        return ""
    found = (target_for(bundle, "complaint", target, code) for code in codes)
    spans = list(dict.fromkeys(promise.within for promise in found if promise))
    if not spans:
        return ""
    times = in_words(spans, lang)
    return translate(lang, "news every %(time)s", time=times) if target == "progress" else times


def in_words(spans: Sequence[Span], lang: Lang) -> str:
    """`3, 15 หรือ 30 วันทำการ`: several spans as one phrase; working days say their unit once."""
    last = spans[-1].say(lang)
    if len(spans) == 1:
        return last
    if all(span.working_days is not None for span in spans):
        firsts = [str(span.working_days) for span in spans[:-1]]
    else:
        firsts = [span.say(lang) for span in spans[:-1]]
    return translate(lang, "%(first)s or %(last)s", first=", ".join(firsts), last=last)


def _standards(bundle: PolicyBundle, codes: Sequence[str], lang: Lang) -> Iterator[Standard]:
    for name, label, kpi in STANDARDS:
        texts = []
        for code in codes:
            promise = target_for(bundle, "complaint", name, code)
            said = promise.within.say(lang) if promise else "–"
            texts.append(translate(lang, "every %(time)s", time=said) if promise and name == "progress" else said)
        if any(text != "–" for text in texts):
            yield Standard(translate(lang, label), tuple(_joined(texts)), kpi_target_words(bundle, kpi, lang))
    time = bundle.recovery.deliver_within.say(lang)
    after = Cell(translate(lang, "%(time)s after you accept", time=time), len(codes))
    yield Standard(
        translate(lang, "We carry out what was agreed"), (after,), kpi_target_words(bundle, REMEDY_KPI, lang)
    )


def _joined(texts: Sequence[str]) -> Iterator[Cell]:
    if len(set(texts)) == 1:
        yield Cell(texts[0], len(texts))
        return
    for text in texts:
        yield Cell(text, 1)


def kpi_target_words(bundle: PolicyBundle, kpi: int | None, lang: Lang) -> str:
    """`≥ 98%`: the target of a KPI for the whole organisation, or a dash."""
    target = bundle.kpi_target(kpi, "organisation") if kpi else None
    if target is None:
        return "–"
    sign = "≥" if target.direction == "up" else "≤"
    unit = KPI_CATALOGUE[target.kpi].unit
    figure = format_number(target.value, lang)
    return f"{sign}\u00a0{figure}%" if unit == "percent" else f"{sign}\u00a0{figure}"
