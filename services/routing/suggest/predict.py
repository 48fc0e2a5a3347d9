"""Suggestions for texts by a kept model; runs in the process that cuts words, never in the program itself."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from services.routing.suggest.features import features
from services.routing.suggest.model import TARGETS, Model, unpacked


@lru_cache(maxsize=1)
def _model(path: str, digest: str) -> Model:
    return unpacked(Path(path).read_bytes(), digest)


def suggest_all(model: dict[str, Any], texts: list[str]) -> list[dict[str, tuple[str, float]]]:
    """For each text the likeliest class of each target and its share of 1."""
    loaded = _model(model["path"], model["digest"])
    answers = []
    for text in texts:
        found = features(text)
        answers.append({target: shares[0] for target in TARGETS if (shares := loaded.shares(target, found))})
    return answers
