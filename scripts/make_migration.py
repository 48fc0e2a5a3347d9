"""Write the next migration of a service from its tables: `make migration SERVICE=routing MESSAGE="Add the shelf"`.

The chain so far is applied to a throw-away database and compared with `services/<service>/tables.py`. Read what comes
out before committing it: a renamed column looks like one dropped and one added.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.migrations import checked_service, scratch_database, write_revision
from services.kit.migrate import known_versions, migrate_async


async def main(service: str, message: str) -> None:
    """Write the migration that follows the last one."""
    number = f"{int((known_versions(service) or ['0'])[-1]) + 1:04}"
    with scratch_database() as url:
        await migrate_async(url, [service])
        print(await write_revision(url, service, message, number))


if __name__ == "__main__":
    asyncio.run(main(checked_service(sys.argv[1]), sys.argv[2]))
