"""A model as it is kept: arrays and JSON in an `npz`, read without unpickling anything.

A linear model over TF-IDF: what is needed to use it is a matrix, so suggesting needs numpy and not scikit-learn. The
margins become shares by a softmax whose temperature was fitted on cases the model had not seen.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

TARGETS = ("unit", "category")


class NotOurs(Exception):
    """The bytes are not those of the model that was kept."""


@dataclass(frozen=True, slots=True)
class Head:
    """What decides one target: a row of weights for each class."""

    classes: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    temperature: float


@dataclass(frozen=True, slots=True)
class Model:
    """Vocabulary and inverse document frequencies, and a head for each target that could be learned."""

    vocabulary: Mapping[str, int]
    idf: np.ndarray
    heads: Mapping[str, Head]

    def shares(self, target: str, features: Sequence[str]) -> list[tuple[str, float]]:
        """Classes with their shares of 1, the largest first; empty where the target was not learned."""
        head = self.heads.get(target)
        if head is None:
            return []
        margins = self._margins(head, features)
        scaled = (margins - margins.max()) * head.temperature
        shares = np.exp(scaled) / np.exp(scaled).sum()
        order = np.argsort(-shares)
        return [(head.classes[at], float(shares[at])) for at in order]

    def _margins(self, head: Head, features: Sequence[str]) -> np.ndarray:
        counted = Counter(place for each in features if (place := self.vocabulary.get(each)) is not None)
        places = np.fromiter(counted, dtype=np.int64, count=len(counted))
        counts = np.fromiter(counted.values(), dtype=np.float64, count=len(counted))
        values = (1 + np.log(counts)) * self.idf[places] if len(counted) else counts
        length = math.sqrt(float((values**2).sum())) or 1.0
        return np.asarray(head.weights[:, places].astype(np.float64) @ (values / length) + head.bias)


def packed(model: Model) -> bytes:
    """The model as bytes."""
    words = sorted(model.vocabulary, key=model.vocabulary.__getitem__)
    arrays: dict[str, Any] = {"vocabulary": _text(words), "idf": model.idf.astype(np.float32)}
    for target, head in model.heads.items():
        arrays[f"{target}_classes"] = _text([list(head.classes), head.temperature])
        arrays[f"{target}_weights"] = head.weights.astype(np.float16)
        arrays[f"{target}_bias"] = head.bias.astype(np.float32)
    into = io.BytesIO()
    np.savez_compressed(into, **arrays)
    return into.getvalue()


def unpacked(content: bytes, digest: str) -> Model:
    """The model in the bytes.

    Raises:
        NotOurs: their SHA-256 is another than `digest`, or an array is missing.
    """
    if hashlib.sha256(content).hexdigest() != digest:
        raise NotOurs
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            heads = {}
            for target in TARGETS:
                if f"{target}_classes" in arrays:
                    classes, temperature = json.loads(arrays[f"{target}_classes"].tobytes())
                    heads[target] = Head(
                        tuple(classes), arrays[f"{target}_weights"], arrays[f"{target}_bias"], float(temperature)
                    )
            words = json.loads(arrays["vocabulary"].tobytes())
            return Model({word: place for place, word in enumerate(words)}, arrays["idf"].astype(np.float64), heads)
    except (KeyError, ValueError) as problem:
        raise NotOurs from problem


def _text(value: object) -> np.ndarray:
    return np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), dtype=np.uint8)
