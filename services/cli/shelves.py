"""Finding the route of a request among a hundred: only those that share its first words are looked at.

FastAPI asks every route in turn, twice for each router within a router; with all services in one process that costs
more than most answers. Routes are put on shelves by the first word of their path (after `/api/v1`), each shelf a
router of its own. What lies on no shelf goes the ordinary way, so nothing answers differently. A request that meets a
direct route (`direct_routes.py`) is handed to it without the framework's layers in between.
"""

from __future__ import annotations

from collections import defaultdict

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from services.cli.direct_routes import serve_directly
from services.kit.web import from_validation

API = "/api/v1/"


def shelf_of(path: str) -> str:
    """The shelf of a path: its first word, or the first after `/api/v1`."""
    head = len(API) if path.startswith(API) else 1
    end = path.find("/", head)
    return path[:end] if end > 0 else path


def put_on_shelves(app: FastAPI) -> ASGIApp:
    """Let the application look for routes on shelves; called once all its routes are there.

    Returns what answers a request, to stand right behind the guard, which answers for every failure in it.
    """
    shelves: dict[str, APIRouter] = defaultdict(APIRouter)
    unshelved: set[str] = set()
    direct: list[APIRoute] = []
    for found in iter_route_contexts(app.router.routes):
        path, route = str(found.path), found.original_route
        shelf = shelf_of(path)
        if "{" in shelf:
            return _within(app)  # a route that could lie on any shelf
        if isinstance(route, APIRoute) and route.path == path:
            if serve_directly(route):
                direct.append(route)
            shelves[shelf].routes.append(route)
        else:  # a mounted application, or a route that an inclusion changed
            unshelved.add(shelf)
    kept = {shelf: router for shelf, router in shelves.items() if shelf not in unshelved}
    app.router.middleware_stack = _Finding(kept, app.router.app)
    return _ShortWay(kept, direct, _within(app))


def _within(app: FastAPI) -> ASGIApp:
    """The application's own layers, without the outermost: the guard answers what has failed."""
    stack = app.build_middleware_stack()
    return stack.app if isinstance(stack, ServerErrorMiddleware) else stack


class _Finding:
    """Looks for the route of a request on its shelf."""

    def __init__(self, shelves: dict[str, APIRouter], anywhere: ASGIApp) -> None:
        self._shelves, self._anywhere = shelves, anywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shelf = self._shelves.get(shelf_of(scope["path"])) if scope["type"] == "http" else None
        await (shelf.app if shelf is not None else self._anywhere)(scope, receive, send)


class _ShortWay:
    """Hands a request to its direct route; everything else takes the ordinary way."""

    def __init__(self, shelves: dict[str, APIRouter], direct: list[APIRoute], ordinary: ASGIApp) -> None:
        self._ordinary = ordinary
        ours = {id(route) for route in direct}
        marked = {
            shelf: [(route, id(route) in ours) for route in router.routes if isinstance(route, APIRoute)]
            for shelf, router in shelves.items()
        }
        self._shelves = {shelf: routes for shelf, routes in marked.items() if any(is_ours for _, is_ours in routes)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._direct(scope) if scope["type"] == "http" else None
        if route is None:
            await self._ordinary(scope, receive, send)
            return
        try:
            await route.app(scope, receive, send)
        except RequestValidationError as problem:
            raise from_validation(problem) from None

    def _direct(self, scope: Scope) -> APIRoute | None:
        """The direct route that the framework would find first, with what it would have noted of it."""
        path, method = scope["path"], scope["method"]
        for route, is_direct in self._shelves.get(shelf_of(path), ()):
            if method in (route.methods or ()) and (found := route.path_regex.match(path)) is not None:
                if not is_direct:
                    return None
                scope["route"], scope["endpoint"], scope["path_params"] = route, route.endpoint, found.groupdict()
                return route
        return None
