"""Errors as problem details (RFC 9457): the one place where an error becomes an HTTP status."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.origin import origin
from pipeline_builder.kit.wire import Json

_LOG = structlog.get_logger("problems")

STATUS = {
    ErrorKind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorKind.ABSENT: HTTPStatus.NOT_FOUND,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.OUTDATED: HTTPStatus.PRECONDITION_FAILED,
    ErrorKind.PRECONDITION: HTTPStatus.PRECONDITION_REQUIRED,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each kind; what is limited is 403 where waiting does not help."""

_TRY_AGAIN_AFTER = "5"

CODES = {
    HTTPStatus.BAD_REQUEST: "malformed-request",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request-too-large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
}
"""What the framework refuses before anything of ours is asked."""


def add_problems(app: FastAPI) -> None:
    """Answer every error of an application with a problem."""
    app.exception_handler(PipelineBuilderError)(_ours)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_of_framework)


def problem(
    status: int,
    code: str,
    detail: str,
    facts: Mapping[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document."""
    content = {
        **(facts or {}),
        "type": f"/docs/problems#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "requestId": origin().request_id,
    }
    return Json(content, int(status), headers, "application/problem+json")


def of_error(error: PipelineBuilderError) -> Response:
    """An error of ours as a problem."""
    status = STATUS[error.kind]
    headers = {}
    facts = {_camel(name): value for name, value in error.data.items()}
    wait = facts.pop("retryAfter", None)
    if error.kind is ErrorKind.LIMITED:
        if wait is None:
            status = HTTPStatus.FORBIDDEN
        else:
            headers["retry-after"] = str(wait)
            facts["retryAfter"] = wait
    elif error.kind is ErrorKind.UNAVAILABLE:
        headers["retry-after"] = _TRY_AGAIN_AFTER
    elif error.kind is ErrorKind.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    return problem(status, error.code, str(error), facts, headers)


async def _ours(_request: Request, error: Exception) -> Response:
    if not isinstance(error, PipelineBuilderError):
        raise error
    if error.kind is ErrorKind.UNAVAILABLE:
        _LOG.warning("request.unavailable", code=error.code, cause=repr(error.__cause__))
    return of_error(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    malformed = [one for one in error.errors() if one["type"] == "json_invalid"]
    if malformed:
        detail = f"The body is not valid JSON: {malformed[0]['ctx']['error']}."
        return problem(HTTPStatus.BAD_REQUEST, "malformed-request", detail)
    errors = [{"at": ".".join(str(key) for key in one["loc"]), "message": one["msg"]} for one in error.errors()]
    detail = "; ".join(f"{one['at']}: {one['message']}" for one in errors)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, {"errors": errors})


async def _of_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = CODES.get(HTTPStatus(error.status_code), "request-refused")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework tells the methods of the first route of that path alone.
        headers["allow"] = ", ".join(sorted(_methods(request)))
    return problem(error.status_code, code, str(error.detail), headers=headers)


def _methods(request: Request) -> set[str]:
    routes = (route for route in request.app.routes if isinstance(route, Route))
    return {method for route in routes if route.path_regex.match(request.url.path) for method in route.methods or ()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
