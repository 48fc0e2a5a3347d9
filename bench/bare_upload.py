"""The floor of forms with a photo: an endpoint that writes the file of a form to disk, and nothing else.

python -m bench.bare_upload PORT FOLDER
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile


def bare_app(folder: Path) -> FastAPI:
    """The application."""
    app = FastAPI(openapi_url=None)

    @app.post("/")
    async def keep(request: Request) -> Response:
        file = (await request.form()).get("files")
        assert isinstance(file, UploadFile)
        with (folder / str(uuid.uuid4())).open("wb") as target:
            shutil.copyfileobj(file.file, target, 2**20)
            target.flush()
            os.fsync(target.fileno())
        return Response(status_code=201)

    return app


def main() -> None:
    """Serve until told to stop."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    config = uvicorn.Config(bare_app(folder), port=port, log_level="warning", access_log=False, http="httptools")
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
