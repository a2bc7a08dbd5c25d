"""Whether the process lives, and whether it can serve."""

import asyncio

from fastapi import APIRouter, Request, Response

from pipeline_builder.core.errors import PipelineBuilderError
from pipeline_builder.kit.errors import DatabaseUnavailable
from pipeline_builder.server.problems import of_error

health = APIRouter(tags=["health"])
_SECONDS = 3


@health.get("/healthz", status_code=204, include_in_schema=False)
async def healthz() -> None:
    """The process lives."""


@health.get("/readyz", status_code=204, include_in_schema=False)
async def readyz(request: Request) -> Response:
    """The process can serve: its database answers."""
    try:
        async with asyncio.timeout(_SECONDS), request.app.state.database.transaction() as tx:
            await tx.value("select 1")
    except (PipelineBuilderError, TimeoutError):
        return of_error(DatabaseUnavailable())
    return Response(status_code=204)
