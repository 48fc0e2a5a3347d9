"""`redress`, the command line."""

from __future__ import annotations

from services.cli.app import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
