"""The web application: routes of the domains, problems for errors, figures and health."""

import contextlib
from collections.abc import AsyncIterator, Collection
from typing import Any

from fastapi import FastAPI, Response
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from pipeline_builder import __version__
from pipeline_builder.server.description import describe
from pipeline_builder.server.health import health
from pipeline_builder.server.observation import Figures, Observation
from pipeline_builder.server.platform import Platform
from pipeline_builder.server.problems import add_problems
from pipeline_builder.server.processes import chosen


class _Application(FastAPI):
    """FastAPI with one layer around its routes instead of five: ours does what the others would do."""

    def observe(self, figures: Figures, trusted_proxies: int) -> None:
        """Say what the layer needs to know."""
        self._observed = (figures, trusted_proxies)

    def build_middleware_stack(self) -> ASGIApp:
        handlers = dict(self.exception_handlers)
        inner = ExceptionMiddleware(AsyncExitStackMiddleware(self.router), handlers=handlers)
        return Observation(inner, *self._observed)

    def openapi(self) -> dict[str, Any]:
        """The description of the interface, with the form of all errors."""
        if self.openapi_schema is None:
            describe(super().openapi(), self.routes)
        return super().openapi()


def create_app(platform: Platform, serve: Collection[str] = ()) -> FastAPI:
    """Put an application together.

    Args:
        platform: what it serves, and where its data is; opened and closed with the application.
        serve: names of the domains whose routes it has; all by default.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            database = await stack.enter_async_context(platform.opened())
            for domain in platform.domains:
                for beside in domain.beside:
                    await stack.enter_async_context(beside(database))
            app.state.database = database
            yield

    app = _Application(
        title="Pipeline Builder",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=True,
    )
    registry = CollectorRegistry()
    app.state.contracts = platform.contracts
    app.state.domains = platform.domains
    add_problems(app)
    # What is asked for most is wired last, and matched first.
    for domain in reversed(chosen(platform.domains, serve)):
        for router in domain.routers:
            # Not included but taken over: each level of inclusion is matched anew for every request.
            app.router.routes.extend(router.routes)
    app.include_router(health)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    app.observe(Figures(registry), platform.settings.trusted_proxies)
    return app
