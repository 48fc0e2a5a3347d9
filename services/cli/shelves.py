"""Finding the route of a request among a hundred: only those that share its first words are looked at.

FastAPI asks every route in turn, twice for each router within a router; with all services in one process that costs
more than most answers. Routes are put on shelves by the first word of their path (after `/api/v1`), each shelf a
router of its own. What lies on no shelf goes the ordinary way, so nothing answers differently.
"""

from __future__ import annotations

from collections import defaultdict

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import Receive, Scope, Send

from services.cli.direct_routes import serve_directly

API = "/api/v1/"


def shelf_of(path: str) -> str:
    """The shelf of a path: its first word, or the first after `/api/v1`."""
    head = len(API) if path.startswith(API) else 1
    end = path.find("/", head)
    return path[:end] if end > 0 else path


def put_on_shelves(app: FastAPI) -> None:
    """Let the application look for routes on shelves. Called once all its routes are there."""
    shelves: dict[str, APIRouter] = defaultdict(APIRouter)
    unshelved: set[str] = set()
    for found in iter_route_contexts(app.router.routes):
        path, route = str(found.path), found.original_route
        shelf = shelf_of(path)
        if "{" in shelf:
            return  # a route that could lie on any shelf
        if isinstance(route, APIRoute) and route.path == path:
            serve_directly(route)
            shelves[shelf].routes.append(route)
        else:  # a mounted application, or a route that an inclusion changed
            unshelved.add(shelf)
    kept = {shelf: router.app for shelf, router in shelves.items() if shelf not in unshelved}
    anywhere = app.router.app

    async def find(scope: Scope, receive: Receive, send: Send) -> None:
        router = kept.get(shelf_of(scope["path"])) if scope["type"] == "http" else None
        await (router or anywhere)(scope, receive, send)

    app.router.middleware_stack = find
