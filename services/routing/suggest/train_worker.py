"""The process that trains: cases come in as JSON lines, a model goes into a file, its measures come out; it ends."""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from services.routing.suggest.learn import PastCase, learn
from services.routing.suggest.model import packed

MEMORY_BYTES = 4 * 1024**3


def main() -> None:
    """Read, learn, write."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    cases = [PastCase(*json.loads(line)) for line in sys.stdin.buffer]
    model, measured = learn(cases)
    if model is not None:
        Path(sys.argv[1]).write_bytes(packed(model))
    print(json.dumps({target: asdict(one) for target, one in measured.items()}))  # noqa: T201


if __name__ == "__main__":
    main()
