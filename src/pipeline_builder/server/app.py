"""The web application: routes of the domains, problems for errors, figures and health."""

import contextlib
from collections.abc import AsyncIterator, Collection

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from pipeline_builder import __version__
from pipeline_builder.server.health import health
from pipeline_builder.server.observation import Figures, Observation
from pipeline_builder.server.platform import Platform
from pipeline_builder.server.problems import add_problems
from pipeline_builder.server.processes import chosen


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

    app = FastAPI(
        title="Pipeline Builder",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        separate_input_output_schemas=True,
    )
    registry = CollectorRegistry()
    app.state.contracts = platform.contracts
    app.state.domains = platform.domains
    add_problems(app)
    for domain in chosen(platform.domains, serve):
        for router in domain.routers:
            # Not included but taken over: each level of inclusion is matched anew for every request.
            app.router.routes.extend(router.routes)
    app.include_router(health)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    app.add_middleware(Observation, figures=Figures(registry), trusted_proxies=platform.settings.trusted_proxies)
    return app
