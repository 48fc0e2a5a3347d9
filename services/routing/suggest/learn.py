"""Learn a model from past cases, and measure it on the later ones: a split by time, as it will be used.

Everything here runs in a process of its own, which holds scikit-learn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from services.routing.suggest.features import features
from services.routing.suggest.model import TARGETS, Head, Model

LEARNED_SHARE = 0.8
"""The share of the cases, the earlier ones, that the measured model learned from."""

FEWEST_CASES = 200
"""Of a class-labelled kind below which nothing is learned: a handful of cases teaches chance."""

FEWEST_OF_A_CLASS = 5
MOST_FEATURES = 40_000
TEMPERATURES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)


class PastCase(NamedTuple):
    """A case in words, and where it came to belong."""

    text: str
    labels: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a target was told on the later cases, beside always saying the commonest class."""

    accuracy: float
    majority: float
    tested: int
    learned: int
    classes: int
    sure: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    """For shares of at least 0.5, 0.6 … 0.95: how many cases were told so surely, and how many of them rightly."""


def learn(cases: Sequence[PastCase]) -> tuple[Model | None, dict[str, Measured]]:
    """The model of all cases and its measures; None where there are too few of them.

    Args:
        cases: in the order in which they were received.
    """
    cut = int(len(cases) * LEARNED_SHARE)
    found = [features(case.text) for case in cases]
    vectorizer = _vectorizer()
    if len(cases) < FEWEST_CASES:
        return None, {}
    earlier = vectorizer.fit_transform(found[:cut])
    later = vectorizer.transform(found[cut:])
    measured: dict[str, Measured] = {}
    temperatures: dict[str, float] = {}
    for target in TARGETS:
        labels = [case.labels.get(target) for case in cases]
        result = _measure(earlier, later, labels[:cut], labels[cut:])
        if result is not None:
            measured[target], temperatures[target] = result
    if not measured:
        return None, {}
    final = _vectorizer()
    every = final.fit_transform(found)
    heads = {
        target: _head(every, [case.labels.get(target) for case in cases], temperatures[target]) for target in measured
    }
    return Model({str(k): int(v) for k, v in final.vocabulary_.items()}, final.idf_, heads), measured


def _vectorizer() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer=_as_they_are, min_df=2, max_features=MOST_FEATURES, sublinear_tf=True)


def _as_they_are(found: list[str]) -> list[str]:
    return found


def _known(labels: Sequence[str | None]) -> list[int]:
    counts = Counter(label for label in labels if label is not None)
    return [at for at, label in enumerate(labels) if label is not None and counts[label] >= FEWEST_OF_A_CLASS]


def _head(rows: Any, labels: Sequence[str | None], temperature: float) -> Head:
    known = _known(labels)
    fitted = LinearSVC(C=0.5).fit(rows[known], [labels[at] for at in known])
    weights, bias = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:  # one row stands for both
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return Head(tuple(str(name) for name in fitted.classes_), weights, bias, temperature)


def _measure(
    earlier: Any, later: Any, learned: Sequence[str | None], asked: Sequence[str | None]
) -> tuple[Measured, float] | None:
    known = _known(learned)
    classes = {learned[at] for at in known}
    tested = [at for at, label in enumerate(asked) if label is not None]
    if len(known) < FEWEST_CASES * LEARNED_SHARE or len(classes) < 2 or not tested:
        return None
    head = _head(earlier, learned, 1.0)
    margins = np.asarray(later[tested] @ head.weights.T + head.bias)
    truth = np.array([head.classes.index(label) if (label := asked[at]) in head.classes else -1 for at in tested])
    guessed = margins.argmax(axis=1)
    commonest = Counter(learned[at] for at in known).most_common(1)[0][0]
    right = guessed == truth
    temperature = min(TEMPERATURES, key=lambda one: _loss(margins, truth, one))
    shares = _shares(margins, temperature).max(axis=1)
    sure = {
        f"{least:.2f}": (int((shares >= least).sum()), float(right[shares >= least].mean()))
        for least in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
        if (shares >= least).any()
    }
    majority = sum(asked[at] == commonest for at in tested) / len(tested)
    return Measured(float(right.mean()), majority, len(tested), len(known), len(classes), sure), temperature


def _shares(margins: Any, temperature: float) -> Any:
    scaled = np.exp((margins - margins.max(axis=1, keepdims=True)) * temperature)
    return scaled / scaled.sum(axis=1, keepdims=True)


def _loss(margins: Any, truth: Any, temperature: float) -> float:
    shares = _shares(margins, temperature)
    known = truth >= 0
    if not known.any():
        return 0.0
    return float(-np.log(shares[known, truth[known]] + 1e-9).mean())
