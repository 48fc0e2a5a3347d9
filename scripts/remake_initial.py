"""Write `0001_initial.py` of services anew from their tables: `python scripts/remake_initial.py [SERVICE…]`.

Only for the time before the first release: it refuses where later migrations exist. Afterwards: `make migration`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from schemas.envelope import BUCKETS
from scripts.migrations import append_statements, checked_service, metadata_of, scratch_database, write_revision
from services.kit.migrate import known_versions, migrate_async, versions_dir
from services.kit.settings import SERVICES


async def remake(url: str, service: str) -> Path:
    """Replace the service's first migration; ends the program where it is not the only one."""
    if set(known_versions(service)) - {"0001"}:
        sys.exit(
            f"{service} has later migrations; its first one stays. Use: make migration SERVICE={service} MESSAGE=…"
        )
    statements = metadata_of(service).info.get("statements", [])
    before = {file: file.read_text(encoding="utf-8") for file in versions_dir(service).glob("0001_*.py")}
    for file in before:
        file.unlink()
    try:
        file = await write_revision(url, service, "initial", "0001")
        seed = f"insert into {service}.bucket (bucket) select generate_series(0, {BUCKETS - 1})"
        append_statements(file, [seed, *statements])
        await migrate_async(url, [service])  # it must also work
    except BaseException:
        for file, text in before.items():
            file.write_text(text, encoding="utf-8")
        raise
    return file


async def main(services: list[str]) -> None:
    """Remake each; independent of what any database of this machine holds."""
    with scratch_database() as url:
        for service in services:
            print(await remake(url, service))


if __name__ == "__main__":
    asyncio.run(main([checked_service(name) for name in sys.argv[1:]] or list(SERVICES)))
