"""A connection to a platform: sends requests, renews its tokens, and turns problems into errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

_SECONDS = 60.0

_KINDS = {
    400: ErrorKind.INVALID,
    401: ErrorKind.UNAUTHENTICATED,
    403: ErrorKind.FORBIDDEN,
    404: ErrorKind.ABSENT,
    409: ErrorKind.CONFLICT,
    412: ErrorKind.OUTDATED,
    428: ErrorKind.PRECONDITION,
    429: ErrorKind.LIMITED,
    503: ErrorKind.UNAVAILABLE,
}


class ApiProblem(PipelineBuilderError):
    """The platform did not carry a request out.

    Attributes:
        problem: why, as the platform says it (RFC 9457).
        kind: what sort of thing it is, by its status.
    """

    code = "api-problem"

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.problem = dict(problem)
        self.status = int(problem.get("status", 500))
        self.kind = _KINDS.get(self.status, ErrorKind.UNAVAILABLE if self.status >= 500 else ErrorKind.INVALID)  # noqa: PLR2004 -- the server's own
        super().__init__(str(problem.get("detail", "The platform did not say why.")))


class PlatformUnreachable(PipelineBuilderError):
    """Nobody answers at the platform's address."""

    code = "platform-unreachable"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"The platform at {url} cannot be reached: {reason}.")


@dataclass
class Tokens:
    """What a session is known by. A token for a program has no refresh token."""

    access: str
    refresh: str | None = None


Renewed = Callable[[Tokens], None]
"""Keeps the tokens that took the place of the old ones."""


class Connection:
    """Sends requests to one platform."""

    def __init__(
        self,
        url: str,
        tokens: Tokens | None = None,
        organization: str | None = None,
        *,
        renewed: Renewed = lambda _: None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._tokens = tokens
        self._organization = organization
        self._renewed = renewed
        self._http = httpx2.Client(base_url=self.url, timeout=_SECONDS, transport=transport)

    def renew(self, access: str) -> None:
        """Use another access token from now on."""
        self._tokens = Tokens(access, self._tokens.refresh if self._tokens else None)
        self._renewed(self._tokens)

    def close(self) -> None:
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Any:  # noqa: ANN401 -- what JSON holds
        """What the platform answers: data from JSON, text from anything else, None from an empty answer.

        Raises:
            ApiProblem: it did not carry the request out.
            PlatformUnreachable: nobody answers.
        """
        answer = self._sent(method, path, query, body, headers)
        if answer.status_code == httpx2.codes.UNAUTHORIZED and self._renew():
            answer = self._sent(method, path, query, body, headers)
        if answer.is_success:
            if not answer.content:
                return None
            is_json = answer.headers.get("content-type", "").startswith("application/json")
            return answer.json() if is_json else answer.text
        raise ApiProblem(_problem(answer))

    def _sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: object,
        headers: Mapping[str, str | None] | None,
    ) -> httpx2.Response:
        given = {name: value for name, value in (headers or {}).items() if value is not None}
        if self._tokens is not None:
            given["authorization"] = f"Bearer {self._tokens.access}"
        if self._organization is not None:
            given["x-organization"] = self._organization
        asked = {name: _word(value) for name, value in (query or {}).items() if value is not None}
        try:
            if body is None:
                return self._http.request(method, path, params=asked, headers=given)
            return self._http.request(method, path, params=asked, headers=given, json=body)
        except httpx2.TransportError as error:
            raise PlatformUnreachable(self.url, str(error) or type(error).__name__) from error

    def _renew(self) -> bool:
        """Get new tokens for the refresh token, if there is one. Whether there are new ones."""
        if self._tokens is None or self._tokens.refresh is None:
            return False
        refresh, self._tokens = self._tokens.refresh, None
        answer = self._sent("POST", "/api/sessions/refresh", None, {"refreshToken": refresh}, None)
        if not answer.is_success:
            return False
        data = answer.json()
        self._tokens = Tokens(data["accessToken"], data["refreshToken"])
        self._renewed(self._tokens)
        return True


def _word(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _problem(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        data = None
    if isinstance(data, dict) and "detail" in data:
        return data
    return {
        "status": answer.status_code,
        "detail": f"The platform answers {answer.status_code} {answer.reason_phrase}.",
    }
