"""The one environment of every service's migrations; `services.kit.migrate` says which service, and on which connection."""

from __future__ import annotations

from typing import Literal

from alembic import context

settings = context.config.attributes
service = settings["service"]


def _own(name: str | None, kind: str, _parents: object) -> bool:
    return name == service if kind == "schema" else True


def _render(kind: str, thing: object, _context: object) -> str | Literal[False]:
    """SQLModel's string type is SQLAlchemy's own: a migration need not import SQLModel."""
    if kind == "type" and type(thing).__name__ == "AutoString":
        length = getattr(thing, "length", None)
        return f"sa.String(length={length})" if length else "sa.String()"
    return False


context.configure(
    connection=settings["connection"],
    target_metadata=settings["metadata"],
    version_table=settings["version_table"],
    version_table_schema=service,
    include_schemas=True,
    include_name=_own,
    render_item=_render,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
