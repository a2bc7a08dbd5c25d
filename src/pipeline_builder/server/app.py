"""The web application: routes of the domains, problems for errors, figures and health."""

import contextlib
from collections.abc import AsyncIterator, Collection

from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from pipeline_builder import __version__
from pipeline_builder.server.health import health
from pipeline_builder.server.observation import Figures, Observation
from pipeline_builder.server.platform import Platform
from pipeline_builder.server.problems import Problem, add_problems
from pipeline_builder.server.processes import chosen

_PROBLEMS = {
    400: "The body is not valid JSON.",
    401: "No valid token.",
    403: "Not allowed: the permission is missing, a limit is reached, or a rule forbids it.",
    404: "Not there, for whoever asks.",
    409: "It contradicts what is there.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    422: "A value is not valid.",
    428: "A change has to say what it is a change of.",
    429: "Too many requests, or none left in this month.",
    503: "Something did not answer; try again.",
}


def create_app(platform: Platform, serve: Collection[str] = ()) -> FastAPI:
    """Put an application together.

    Args:
        platform: what it serves, and where its data is; opened and closed with the application.
        serve: names of the domains whose routes it has; all by default.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with platform.opened() as database:
            app.state.database = database
            yield

    app = FastAPI(
        title="Pipeline Builder",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        responses={status: _problem(sentence) for status, sentence in _PROBLEMS.items()},
        separate_input_output_schemas=True,
    )
    registry = CollectorRegistry()
    app.state.contracts = platform.contracts
    add_problems(app)
    for domain in chosen(platform.domains, serve):
        for router in domain.routers:
            app.include_router(router)
    app.include_router(health)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    app.add_middleware(Observation, figures=Figures(registry), trusted_proxies=platform.settings.trusted_proxies)
    return app


def _problem(sentence: str) -> dict[str, object]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": sentence, "model": Problem, "content": {"application/problem+json": {"schema": schema}}}


def _operation_id(route: APIRoute) -> str:
    return route.name
