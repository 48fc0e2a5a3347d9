"""The front proxy: one address for services that run as processes of their own, by the first words of the path.

For a person to look at, and for tests; an enterprise uses its own (nginx, an ingress), with the same table:
`deploy/proxy/routes.json`, made from the routers by `redress routes` and held equal to them by a test.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import typer
import uvicorn
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.cli.proxy_body import Body, pieces_of
from services.cli.runtime import build
from services.cli.session import errors, told_plainly
from services.cli.up import bind
from services.cli.web_app import make_app
from services.kit.database import Database
from services.kit.errors import RedressError
from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES, Settings

EVERYWHERE = ("/static", "/openapi.json", "/admin/parked", "/health", "/metrics")
"""What every process serves alike; asked of governance, `/health` and `/metrics` of each process itself."""

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding"}
    | {"upgrade", "host", "content-length"}
)

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def routes_file() -> Path:
    """Where the table lies."""
    return deploy_dir() / "proxy" / "routes.json"


def paths_of(service: str) -> set[str]:
    """Every path a service's process answers on."""
    settings = Settings(secret=secrets.token_hex(16))  # signs nothing: only the routes are looked at
    runtime = build(settings, Database("postgresql:///nowhere", service), [service])
    return {str(found.path) for found in iter_route_contexts(make_app(runtime, start=False).router.routes)}


def prefixes() -> dict[str, str]:
    """The service of each path prefix; the longest that fits, at a slash, is the one. `*` is any one word.

    A path up to its first parameter is a prefix. Where two services have the same, it is that of the one with more
    routes below it, and the paths of the other go on behind the parameter: `/api/v1/cases/*/files`. Prefixes that a
    shorter one of the same service covers are left out. `/` is the page itself.

    Raises:
        RedressError: two services answer the same path.
    """
    routes = [(path, service) for service in SERVICES for path in paths_of(service) if is_own(path, service)]
    below: dict[str, Counter[str]] = defaultdict(Counter)
    for path, service in routes:
        below[_prefix(path)][service] += 1
    found: dict[str, str] = dict.fromkeys(EVERYWHERE[:3], "governance")
    for path, service in sorted(routes):
        prefix = _prefix(path)
        if below[prefix].most_common(1)[0][0] != service:
            prefix = re.sub(r"{[^}]*}", "*", path)
        if found.setdefault(prefix, service) != service:
            raise RedressError(
                "%(path)s is answered by both %(one)s and %(other)s.",
                "Give one of them another path.",
                params={"path": prefix, "one": found[prefix], "other": service},
            )
    return {p: found[p] for p in sorted(found) if _service(found, p.rpartition("/")[0]) != found[p] or p == "/"}


def is_own(path: str, service: str) -> bool:
    """Whether a path is the service's own, not one that every process has."""
    return not path.startswith(EVERYWHERE) or path.startswith(f"/admin/parked/{service}")


def _prefix(path: str) -> str:
    return path.split("/{")[0] or "/"


def _service(table: Mapping[str, str], path: str) -> str | None:
    """The service of a path by the longest prefix that ends at a slash; `/` fits only itself."""
    if path == "/":
        return table.get("/")
    while path:
        if path in table:
            return table[path]
        words = path.split("/")
        for prefix, service in table.items():
            if "*" in prefix and _fits(prefix.split("/"), words):
                return service
        path = path.rpartition("/")[0]
    return None


def _fits(pattern: Sequence[str], words: Sequence[str]) -> bool:
    return len(pattern) == len(words) and all(p in ("*", word) for p, word in zip(pattern, words, strict=True))


def service_of(table: Mapping[str, str], path: str) -> str | None:
    """Who answers a path; None where nobody does."""
    return _service(table, path.rstrip("/") or "/")


def write_routes() -> None:
    """Write `deploy/proxy/routes.json` anew, after a route was added."""
    file = routes_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(prefixes(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    errors.print(f"[green]✓[/] {file}")


class Proxy:
    """Passes requests on; of several processes of a service each in its turn, those that do not answer left out."""

    def __init__(self, table: Mapping[str, str], upstreams: Mapping[str, Sequence[str]]) -> None:
        self.table = table
        self.upstreams = {name: list(addresses) for name, addresses in upstreams.items()}
        self._turn = itertools.count()
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def life(self, _app: Starlette) -> AsyncIterator[None]:
        """Keep the connections while the application runs."""
        limits = httpx.Limits(max_connections=400, max_keepalive_connections=100, keepalive_expiry=20)
        async with httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(60, connect=2, pool=30)) as self._client:
            yield

    async def answer(self, request: Request) -> Response:
        """The answer of the service that has the path."""
        service = service_of(self.table, request.url.path)
        if service is None:
            return _problem(404, "Nothing is here.", "Check the address.")
        try:
            body = await Body.of(request)
        except ClientDisconnect:
            return Response(status_code=499)
        if body.beyond:
            return _too_large()
        addresses = self.upstreams[service]
        turn = next(self._turn)
        for tried in range(len(addresses)):
            address = addresses[(turn + tried) % len(addresses)]
            try:
                return await self._pass_on(request, address, body)
            except ClientDisconnect:
                return Response(status_code=499)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if body.passed:
                    break
                continue  # not reached: nothing was begun there, so the next may have it
            except httpx.HTTPError:
                if body.too_large:
                    return _too_large()
                if request.method not in CHANGES and not body.passed:
                    continue
                break
        return _problem(503, "This part of the system does not answer just now.", "Try again in a moment.")

    async def _pass_on(self, request: Request, address: str, body: Body) -> Response:
        client = self._client
        if client is None:
            return _problem(503, "The proxy is starting.", "Try again in a moment.")
        headers = [(name, value) for name, value in request.headers.raw if name.decode("latin-1") not in HOP_BY_HOP]
        headers += body.headers()
        headers += [
            (b"host", request.headers.get("host", "").encode("latin-1")),
            (b"x-forwarded-for", (request.client.host if request.client else "").encode()),
            (b"x-forwarded-proto", request.url.scheme.encode()),
        ]
        query = f"?{request.url.query}" if request.url.query else ""
        raw = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
        outgoing = client.build_request(
            request.method, f"{address}{raw}{query}", headers=headers, content=body.content()
        )
        incoming = await client.send(outgoing, stream=True)
        answer = StreamingResponse(
            pieces_of(incoming), incoming.status_code, background=BackgroundTask(incoming.aclose)
        )
        answer.raw_headers = [
            (name.lower(), value)
            for name, value in incoming.headers.raw
            if name.lower().decode("latin-1") not in HOP_BY_HOP or name.lower() == b"content-length"
        ]
        return answer

    async def ready(self, _request: Request) -> Response:
        """Whether every process of every service is ready."""
        reports: dict[str, object] = {}
        lags: dict[str, int] = {}
        status = "ready"
        for service, addresses in self.upstreams.items():
            for address in addresses:
                try:
                    if self._client is None:
                        raise httpx.ConnectError("the proxy is starting")
                    found = (await self._client.get(f"{address}/health/ready", timeout=5)).json()
                except (httpx.HTTPError, ValueError):
                    found = {"status": "no answer"}
                reports[f"{service} {address}"] = found
                for name, lag in found.get("lag", {}).items():
                    lags[name] = max(lag, lags.get(name, 0))
                status = status if found["status"] == "ready" else "not ready"
        return JSONResponse({"status": status, "lag": lags, "processes": reports}, 200 if status == "ready" else 503)

    async def live(self, _request: Request) -> Response:
        """The proxy itself."""
        return JSONResponse({"status": "live"})

    def app(self) -> Starlette:
        """As an application."""
        methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        routes = [
            Route("/health/live", self.live),
            Route("/health/ready", self.ready),
            Route("/{path:path}", self.answer, methods=methods),
        ]
        return Starlette(routes=routes, lifespan=self.life)


def _too_large() -> Response:
    return _problem(413, "What was sent is too large.", "Send it in parts, or smaller.")


def _problem(status: int, title: str, detail: str) -> Response:
    headers = {"retry-after": "2"} if status == 503 else {}
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(document, status, headers, media_type="application/problem+json")


def proxy(
    upstreams: list[str] = typer.Argument(help="Where each service is: intake=http://127.0.0.1:8101, several allowed."),
    port: int = typer.Option(8000, "--port", min=1, max=65535),
    host: str = typer.Option("127.0.0.1", "--host"),
) -> None:
    """One address for services that run as processes of their own."""
    with told_plainly():
        where: dict[str, list[str]] = {}
        for given in upstreams:
            service, _, address = given.partition("=")
            if service not in SERVICES or not address.startswith("http"):
                raise RedressError(
                    "%(given)s is not an address of a service.",
                    "Write it as SERVICE=http://HOST:PORT; the services are %(services)s.",
                    params={"given": given, "services": ", ".join(SERVICES)},
                )
            where.setdefault(service, []).append(address.rstrip("/"))
        if missing := [name for name in SERVICES if name not in where]:
            raise RedressError(
                "No address is given for %(services)s.",
                "Name at least one for each service.",
                params={"services": ", ".join(missing)},
            )
        table = json.loads(routes_file().read_text(encoding="utf-8"))
        listener = bind(host, port)
        errors.print(f"Redress at http://{host}:{port}")
        config = uvicorn.Config(
            Proxy(table, where).app(), log_level="warning", access_log=False, http="httptools", loop="uvloop"
        )
        uvicorn.Server(config).run(sockets=[listener])
