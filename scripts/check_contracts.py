"""Hold the event schemas against the published ones in `schemas/published/`: part of `make lint` and `make test`.

`--freeze` writes down versions that are new, and optional fields that published ones have gained. It never writes over
a version that today's schema breaks: such a change is a new version beside the old one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from schemas.contract import PUBLISHED, additions, breaks, documents, frozen


def main(arguments: list[str]) -> int:
    """Check, or freeze; returns the exit code."""
    today, before = documents(), frozen()
    broken = breaks(before, today)
    for line in broken:
        print(f"✗ {line}", file=sys.stderr)
    if broken:
        print(
            "A published version may only gain optional fields. Publish the change as a new version: a class with the"
            " same TYPE, VERSION + 1, a sample in schemas/samples/ and readers for both.",
            file=sys.stderr,
        )
        return 1
    fresh = additions(before, today)
    if "--freeze" in arguments:
        PUBLISHED.mkdir(exist_ok=True)
        for name in fresh:
            text = json.dumps(today[name], ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            (PUBLISHED / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"{len(fresh)} event versions were frozen, {len(today)} are published.")
        return 0
    if fresh:
        print(f"✗ not frozen yet: {', '.join(fresh)}", file=sys.stderr)
        print("Freeze them: `python scripts/check_contracts.py --freeze`, and commit what it writes.", file=sys.stderr)
        return 1
    print(f"{len(today)} published event versions hold.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
