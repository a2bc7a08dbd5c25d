"""Changes that say what they are changes of: `ETag` and `If-Match` (RFC 9110 sections 8.8.3 and 13.1.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from pipeline_builder.kit.errors import InvalidValue, RevisionMissing

_TAG = re.compile(r'^"([1-9][0-9]{0,8})"$')


async def expected_revision(
    if_match: Annotated[
        str | None,
        Header(max_length=64, description="The `ETag` that was read, so that nobody else's change is overwritten."),
    ] = None,
) -> int:
    """The revision that a change is a change of.

    Raises:
        RevisionMissing: the request does not say.
        InvalidValue: it is not an ETag of ours.
    """
    if if_match is None:
        raise RevisionMissing
    match = _TAG.match(if_match.strip())
    if match is None:
        raise InvalidValue("If-Match", 'If-Match holds one ETag as it was read, in quotes: "3".')
    return int(match[1])


ExpectedRevision = Annotated[int, Depends(expected_revision)]


def tag(response: Response, revision: int) -> None:
    """Tell the revision of what is answered."""
    response.headers["etag"] = f'"{revision}"'
