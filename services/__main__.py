"""`redress`, the command line."""

from __future__ import annotations

import os
import sys

from services.cli.app import app
from services.kit.trouble import told, where

FAULT = 70
"""The exit code of a fault of ours (EX_SOFTWARE)."""


def main() -> None:
    """Run the command line. A fault of ours is told in a few lines, without its values; REDRESS_DEBUG shows all."""
    try:
        app()
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as problem:
        if os.environ.get("REDRESS_DEBUG"):
            raise
        lines = "".join(f"    {line}\n" for line in where(problem))
        sys.stderr.write(f"✗ Something went wrong inside Redress: {told(problem)}\n{lines}")
        sys.stderr.write(
            "  Nothing was lost on purpose. Run it again with REDRESS_DEBUG=1 and report what it prints.\n"
        )
        sys.exit(FAULT)


if __name__ == "__main__":
    main()
