"""The floor of filing: a FastAPI endpoint that writes the bytes it was sent into one row, and nothing else.

    python -m bench.bare_endpoint URL PORT

The same uvicorn, uvloop and httptools as Redress, an asyncpg pool of the same size on the same PostgreSQL.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

POOL = 10


def bare_app(url: str) -> FastAPI:
    """The application."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=POOL, max_size=POOL) as pool:
            await pool.execute(
                "create table if not exists public.bare"
                " (id bigint generated always as identity primary key, body bytea not null)"
            )
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=life, openapi_url=None)

    @app.get("/health/ready")
    async def ready() -> Response:
        return Response()

    @app.post("/api/v1/complaints", status_code=201)
    async def file(request: Request) -> Response:
        row = await request.app.state.pool.fetchval(
            "insert into public.bare (body) values ($1) returning id", await request.body()
        )
        return JSONResponse({"id": row}, 201)

    return app


def main() -> None:
    """Serve until told to stop."""
    url, port = sys.argv[1], int(sys.argv[2])
    config = uvicorn.Config(
        bare_app(url), port=port, log_level="warning", access_log=False, http="httptools", server_header=False
    )
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
