"""Routes that need little of the framework are called without its machinery.

Solving the dependencies of a route costs FastAPI more than a whole filing costs us. A route whose only dependency is
its rule of access, that takes plain texts from path and headers and at most one model from a JSON body, and that
answers with a response of its own, gains nothing from it: it stays a FastAPI route for rules, documentation and
matching, and only its last step is shorter. What is wrong with a body is said as FastAPI says it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send

from services.kit.access import Allow

Endpoint = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a route takes, by the names of its function's parameters."""

    rule: Allow
    viewer: str | None
    request: str | None
    path: tuple[str, ...]
    headers: tuple[tuple[str, str, Any], ...]
    """Name, header, and what stands in when it is not sent."""
    body: tuple[str, type[BaseModel]] | None


def serve_directly(route: APIRoute) -> bool:
    """Shorten the way to a route that needs no more than described above; says whether it was one."""
    taken = _taken(route)
    if taken is None:
        return False
    route.app = _direct(route.endpoint, taken)
    return True


def _taken(route: APIRoute) -> Taken | None:
    dependant = route.dependant
    rules = dependant.dependencies
    if len(rules) != 1 or not isinstance(rules[0].call, Allow) or dependant.query_params or dependant.cookie_params:
        return None
    if not inspect.iscoroutinefunction(route.endpoint) or not _answers_itself(route.endpoint):
        return None
    texts = [field.field_info.annotation is str for field in dependant.path_params]
    texts += [field.field_info.annotation in (str, str | None) for field in dependant.header_params]
    texts += [not field.field_info.is_required() for field in dependant.header_params]
    body = _body(route)
    if not all(texts) or (body is None and (dependant.body_params or route.body_field is not None)):
        return None
    return Taken(
        rules[0].call,
        rules[0].name,
        dependant.request_param_name,
        tuple(field.name for field in dependant.path_params),
        tuple((field.name, field.alias, field.field_info.default) for field in dependant.header_params),
        body,
    )


def _body(route: APIRoute) -> tuple[str, type[BaseModel]] | None:
    if len(route.dependant.body_params) != 1 or route.body_field is None:
        return None
    field = route.dependant.body_params[0]
    model = field.field_info.annotation
    whole = route.body_field is field or route.body_field.name == field.name
    if whole and field.field_info.is_required() and isinstance(model, type) and issubclass(model, BaseModel):
        return field.name, model
    return None


def _answers_itself(endpoint: Callable[..., Any]) -> bool:
    try:
        answer = get_type_hints(endpoint).get("return")
    except NameError:  # an annotation that only the type checker knows
        return False
    return isinstance(answer, type) and issubclass(answer, Response)


def _direct(endpoint: Endpoint, taken: Taken) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        viewer = await taken.rule(request)
        given: dict[str, Any] = {name: scope["path_params"][name] for name in taken.path}
        for name, header, otherwise in taken.headers:
            given[name] = request.headers.get(header, otherwise)
        if taken.body is not None:
            name, model = taken.body
            given[name] = await _read(model, request)
        if taken.viewer is not None:
            given[taken.viewer] = viewer
        if taken.request is not None:
            given[taken.request] = request
        await (await endpoint(**given))(scope, receive, send)

    return app


async def _read(model: type[BaseModel], request: Request) -> BaseModel:
    """The model in a JSON body. Raises RequestValidationError for what is none, as FastAPI would."""
    sent = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not sent:
        raise _refused("missing", None)
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise _refused("model_attributes_type", None)
    try:
        return model.model_validate(orjson.loads(sent), from_attributes=True)
    except orjson.JSONDecodeError as problem:
        raise _refused("json_invalid", problem.pos) from None
    except ValidationError as problem:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in problem.errors(include_url=False)]
        raise RequestValidationError(errors) from None


def _refused(kind: str, place: int | None) -> RequestValidationError:
    where = ("body",) if place is None else ("body", place)
    return RequestValidationError([{"type": kind, "loc": where, "msg": "", "input": None, "ctx": {}}])
