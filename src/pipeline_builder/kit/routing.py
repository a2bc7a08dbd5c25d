"""One request is one transaction, committed before the answer leaves.

The unit of work stands around the whole route and not in a dependency: so the answer is complete, its encoding
included, before anything is committed, and it can be kept in the same transaction.
"""

import json
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from pipeline_builder.core.errors import PipelineBuilderError
from pipeline_builder.kit import idempotency
from pipeline_builder.kit.database import UnitOfWork
from pipeline_builder.kit.problem import answers


class KeepsChanges(PipelineBuilderError):
    """An error whose transaction is committed all the same: a failed sign-in has to be counted."""


class _JsonRequest(Request):
    """Reads bodies as JSON of RFC 8259: UTF-8, no `NaN`, nothing that is only half of a character."""

    async def json(self) -> object:
        body = await self.body()
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


class UnitOfWorkRoute(APIRoute):
    """Runs its endpoint in one transaction."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What FastAPI calls for each request."""
        answer = super().get_route_handler()

        async def handle(received: Request) -> Response:
            request = _JsonRequest(received.scope, received.receive)
            unit = UnitOfWork(request.app.state.database)
            request.state.unit = unit
            try:
                response = await answer(request)
                if getattr(request.state, "idempotency", None) is not None:
                    await idempotency.keep(request, await unit.begin(), response)
            except idempotency.Replayed as replayed:
                await unit.roll_back()
                return replayed.response
            except KeepsChanges:
                await unit.commit()
                raise
            except BaseException:
                await unit.roll_back()
                raise
            await unit.commit()
            return response

        return handle


def router(prefix: str, tag: str | Enum) -> APIRouter:
    """A router whose routes each run in one transaction."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        route_class=UnitOfWorkRoute,
        responses=answers(),
        generate_unique_id_function=lambda route: route.name,
    )
