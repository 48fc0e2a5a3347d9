"""Take Sarabun (OFL) from npm's `@fontsource/sarabun` into the font cache that Redress serves from its own host.

Never fails: without npm, or without a network, the page's fallback stack steps in and nothing breaks. One archive of a
pinned version is fetched and its digest compared; only the weights and subsets the pages use are kept.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from services.kit.paths import fonts_dir

PACKAGE = "@fontsource/sarabun"
VERSION = "5.3.0"
SHA256 = "7b5cca5fc0b9fb2e9ef70e43a55302cbab3308d4bd4b3b8d9a3263e287331686"
WANTED = re.compile(r"package/(files/sarabun-(thai|latin)-(400|600|700)-normal\.woff2|LICENSE)")
PATIENCE_SECONDS = 90


def fetch(target: Path) -> str:
    """Fill `target` with the font files; return one line saying what happened."""
    if (target / "VERSION").is_file() and (target / "VERSION").read_text() == VERSION:
        return f"fonts: {target} is up to date"
    npm = shutil.which("npm")
    if npm is None:
        return "fonts: npm is not installed, so pages use the reader's own fonts (apt-get install npm; make fonts)"
    with tempfile.TemporaryDirectory() as work:
        command = [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"]
        try:
            subprocess.run(command, cwd=work, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
            archive = next(Path(work).glob("*.tgz"))
        except (subprocess.SubprocessError, OSError, StopIteration):
            return f"fonts: {PACKAGE} could not be fetched, so pages use the reader's own fonts (try: make fonts)"
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            return f"fonts: {PACKAGE} {VERSION} is not the file that was expected; it is not used"
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as tar:
            for member in tar:
                if WANTED.fullmatch(member.name) and (content := tar.extractfile(member)) is not None:
                    (target / Path(member.name).name).write_bytes(content.read())
        (target / "VERSION").write_text(VERSION)
    return f"fonts: Sarabun {VERSION} is in {target}"


if __name__ == "__main__":
    print(fetch(fonts_dir()), file=sys.stderr)
