"""Creations that can be sent again: the answer is kept in the transaction of what it answers.

A second request of the same key waits for the first, since both insert the same row, and then gets its answer. A key
belongs to one actor, method and path; with another body it is a mistake and is refused.
"""

import hashlib

from fastapi import Request, Response

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.domain import Work
from pipeline_builder.kit.errors import InvalidValue
from pipeline_builder.kit.scope import OrgScope, in_the_name_of_the_platform
from pipeline_builder.kit.wire import Row

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_KEPT_HEADERS = ("content-type", "etag", "location")


class IdempotencyKeyReused(PipelineBuilderError):
    """A key that was used for another request."""

    code = "idempotency-key-reused"
    kind = ErrorKind.INVALID

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another body; a new request needs a new key.")


class Replayed(Exception):
    """The request was answered before."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__()


class _Kept(Row, frozen=True):
    body_hash: bytes
    status: int | None
    headers: dict[str, str] | None
    body: bytes | None


async def begin(request: Request, tx: Transaction, scope: OrgScope) -> None:
    """Take the key of a request, if it brings one.

    Raises:
        IdempotencyKeyReused: it was taken for another body.
        InvalidValue: it is too long.
        Replayed: it was taken for the same, and this is the answer.
    """
    key = request.headers.get(KEY_HEADER)
    if key is None or request.method != "POST":
        return
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidValue(KEY_HEADER, f"A key has 1 to {LONGEST_KEY} printable characters.")
    purpose = "\n".join((str(scope.actor.id), request.method, request.url.path, request.url.query, key))
    name = hashlib.sha256(purpose.encode()).digest()
    body_hash = hashlib.sha256(await request.body()).digest()
    taken = await tx.execute(
        "insert into idempotency_keys (org_id, name, body_hash) values ($1, $2, $3) on conflict do nothing",
        scope.org_id,
        name,
        body_hash,
    )
    if taken:
        request.state.idempotency = (scope.org_id, name)
        return
    kept = await tx.one(
        _Kept,
        "select body_hash, status, headers, body from idempotency_keys where org_id = $1 and name = $2",
        scope.org_id,
        name,
    )
    if kept.body_hash != body_hash or kept.status is None:
        raise IdempotencyKeyReused
    headers = {**(kept.headers or {}), "idempotent-replayed": "true"}
    raise Replayed(Response(kept.body, kept.status, headers))


async def forget_old(work: Work) -> None:
    """Forget answers that nobody asks for again: a sweep."""
    async with work.database.transaction() as tx, in_the_name_of_the_platform(tx):
        await tx.execute("delete from idempotency_keys where created_at < now() - interval '1 day'")


async def keep(request: Request, tx: Transaction, response: Response) -> None:
    """Keep the answer to a request that brought a key."""
    taken = getattr(request.state, "idempotency", None)
    if taken is None:
        return
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    await tx.execute(
        "update idempotency_keys set status = $3, headers = $4, body = $5 where org_id = $1 and name = $2",
        *taken,
        response.status_code,
        headers,
        bytes(response.body),
    )
