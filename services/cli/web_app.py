"""The FastAPI application of a process: the routers of its services, health, metrics, static files, OpenAPI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.cli.measure import Measures
from services.cli.readiness import readiness
from services.cli.runtime import Runtime
from services.cli.shelves import put_on_shelves
from services.kit.access import Allow, rules_of
from services.kit.guard import Guard
from services.kit.paths import fonts_dir
from services.kit.service import Context
from services.kit.web import immutable_static, install_problem_handlers
from services.kit.web_parked import parked_overview, parked_router


def make_app(runtime: Runtime, *, start: bool = True) -> FastAPI:
    """The application. With `start`, serving it also runs the readers and jobs."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await runtime.prepare()
        if start:
            runtime.start()
        yield
        if start:
            await runtime.stop()

    app = FastAPI(title="Redress", version="1.0", lifespan=life, docs_url=None, redoc_url=None)
    context = next(iter(runtime.contexts.values()))
    install_problem_handlers(app, context.web)
    for name, service in runtime.services.items():
        for router in service.routers:
            _take_in(app, router)
        _take_in(app, parked_router(runtime.contexts[name], service.subscriptions))
    _take_in(app, parked_overview(runtime.contexts))
    _take_in(app, health_router(runtime, context))
    list(rules_of([app]))
    fonts = fonts_dir()
    if fonts.is_dir():
        app.mount("/static/fonts", StaticFiles(directory=fonts))
    app.mount("/static", immutable_static())
    services = runtime.services.values()
    app.middleware_stack = Guard(
        put_on_shelves(app),
        web=context.web,
        room=context.database.room,
        uploads=[service.uploads for service in services if service.uploads],
        framed=next((service.framed for service in services if service.framed), None),
    )
    app.state.runtime = runtime
    return app


def _take_in(app: FastAPI, router: APIRouter) -> None:
    """The routes of a router as they are: nothing is added to them here, so they need not be worked out again."""
    app.router.routes.extend(router.routes)


def health_router(runtime: Runtime, context: Context) -> APIRouter:
    """`/health/live`, `/health/ready` and `/metrics`."""
    router = APIRouter(tags=["health"], dependencies=[])
    measures = Measures(runtime)
    rule = Depends(Allow(context, scope="no personal data: state of the process only"))

    @router.get("/health/live", dependencies=[rule])
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready", dependencies=[rule])
    async def ready() -> Response:
        report = await readiness(runtime)
        return JSONResponse(report, 200 if report["status"] == "ready" else 503)

    @router.get("/metrics", dependencies=[rule])
    async def metrics() -> Response:
        await measures.take()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
