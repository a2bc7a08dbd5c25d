"""What every error looks like on the wire (RFC 9457), and which of them any route may answer with."""

from typing import Any

from pydantic import Field

from pipeline_builder.kit.wire import Answered

MEDIA_TYPE = "application/problem+json"


class FieldProblem(Answered):
    """What is wrong with one value of a request."""

    at: str = Field(description="Where: `body.name`, `query.limit`.")
    message: str = Field(description="What is wrong, in a sentence.")


class Problem(Answered):
    """Why a request was not carried out (RFC 9457). Nothing was changed."""

    type: str = Field(description="Address of the page that explains the code.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The status.")
    detail: str = Field(description="What is the case, in a sentence.")
    code: str = Field(description="What is the case, for programs; stable for ever.")
    request_id: str = Field(description="The request, as the log names it.")
    errors: list[FieldProblem] | None = Field(None, description="What is wrong with the values of the request.")


_ANSWERS = {
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


def answers() -> dict[int | str, dict[str, Any]]:
    """The errors that any route may answer with, as OpenAPI tells them.

    Without a `model`, by which FastAPI would call them `application/json` too; `server.description` adds the schema.
    """
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": says, "content": content} for status, says in _ANSWERS.items()}
