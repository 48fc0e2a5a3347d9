"""The environment variables the code reads, found in its text; and where the deployment's files are."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES

ROOT = deploy_dir().parent
DEPLOY = deploy_dir()

NAME = re.compile(r"(REDRESS|KAFKA|DATABASE|OTEL)_[A-Z_]*[A-Z]")
PREFIX = re.compile(r"(REDRESS|KAFKA|DATABASE|OTEL)_[A-Z_]*_")

BY_LIBRARIES = {"FORWARDED_ALLOW_IPS": "uvicorn/config.py"}
"""Variables that a library reads, and where."""

COMMANDS = {"BASE_URL"}
"""Variables that a manifest puts into a command line itself."""


def variables_read() -> set[str]:
    """Every variable the code names in a string of its own; `PREFIX_<SERVICE>` for each service."""
    found: set[str] = set()
    for file in sorted((ROOT / "services").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if NAME.fullmatch(node.value):
                    found.add(node.value)
                elif PREFIX.fullmatch(node.value):
                    found |= {node.value + service.upper() for service in SERVICES}
    return found


def documents(file: Path) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return [document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document]


def over_a_broker() -> bool:
    """Whether this code can follow a broker; the variables that say which one are read only there."""
    return (ROOT / "services" / "kit" / "broker.py").is_file()
