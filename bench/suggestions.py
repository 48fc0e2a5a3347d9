"""How well the classifier tells where a report belongs: on the Traffy sample, split by time, beside two baselines.

    python -m bench suggestions [--data ../shared/data/traffy_public_5000.csv]

The earlier four fifths are learned, the later fifth is asked. Beside it: always the commonest, and the class whose
name or commonest telling word stands in the text (what a person would write as rules in an afternoon).
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.figures import Figure
from services.routing.suggest.features import features
from services.routing.suggest.learn import FEWEST_OF_A_CLASS, LEARNED_SHARE, PastCase, learn

SAMPLE = Path(__file__).resolve().parents[2] / "shared" / "data" / "traffy_public_5000.csv"
WORDS_OF_A_CLASS = 5
say = Console(stderr=True, highlight=False)


def read(path: Path) -> list[PastCase]:
    """Reports in the order in which they came, with their kind as the category.

    Nearly all of them went to one body, the city, so that they teach nothing about units.
    """
    csv.field_size_limit(10**7)
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["timestamp"])
    return [PastCase(row["comment"], {"category": _first(row["type"])}) for row in rows if row["comment"].strip()]


def _first(text: str) -> str | None:
    return text.strip("{}").split(",")[0].strip() or None


def keyword_baseline(cases: Sequence[PastCase], target: str) -> float:
    """The share told rightly by the five words that tell most for each class among the earlier cases."""
    cut = int(len(cases) * LEARNED_SHARE)
    words = [{word for word in features(case.text) if "\x01" not in word and "\x02" not in word} for case in cases]
    of_class: dict[str, Counter[str]] = defaultdict(Counter)
    overall: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for case, found in zip(cases[:cut], words, strict=False):
        if label := case.labels[target]:
            of_class[label].update(found)
            overall.update(found)
            size[label] += 1
    keys = {
        label: {
            word
            for _, word in sorted(
                ((n / size[label] - overall[word] / cut, word) for word, n in counts.items()), reverse=True
            )[:WORDS_OF_A_CLASS]
        }
        for label, counts in of_class.items()
        if size[label] >= FEWEST_OF_A_CLASS
    }
    commonest = size.most_common(1)[0][0]
    right = asked = 0
    for case, found in zip(cases[cut:], words[cut:], strict=True):
        if (label := case.labels[target]) is None:
            continue
        asked += 1
        score, guess = max(((len(found & words_), name) for name, words_ in keys.items()), default=(0, commonest))
        right += (guess if score else commonest) == label
    return right / asked if asked else 0.0


def main(data: Path = SAMPLE) -> list[Figure]:
    """The figures; none where the sample is not there."""
    if not data.exists():
        say.print(f"skipped: {data} is not there; give a CSV of the same columns with --data")
        return []
    cases = read(data)
    _, measured = learn(cases)
    figures = []
    for target, one in measured.items():
        keywords = keyword_baseline(cases, target)
        floor = max(one.majority, keywords)
        sure = one.sure.get("0.90", (0, 0.0))
        figures.append(
            Figure(
                f"{target} told rightly", one.accuracy * 100, "%", floor * 100, "the better of majority and keywords",
                note=f"majority {one.majority:.1%}, keywords {keywords:.1%}; {one.tested} later cases,"
                f" {one.classes} classes;"
                f" at 90 % confidence {sure[0]} cases, {sure[1]:.1%} of them rightly",
            )
        )  # fmt: skip
    return figures
