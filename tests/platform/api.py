"""People who use the API, as tests need them."""

from collections.abc import AsyncIterator  # noqa: TC003 -- dataclass
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2
from fastapi import FastAPI

PASSWORD = "correct horse battery staple"
_NUMBERS = count(1)


@dataclass
class Somebody:
    """Whoever sends requests: with a token, and for an organization."""

    client: httpx2.AsyncClient
    email: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)
    organization: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        found = {}
        if self.tokens:
            found["authorization"] = f"Bearer {self.tokens['accessToken']}"
        if self.organization is not None:
            found["x-organization"] = self.organization
        return found

    @property
    def org_id(self) -> str:
        return self.organization or self.tokens["orgId"]

    async def request(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        return await self.request("GET", path, **more)

    async def post(self, path: str, json: Any = None, **more: Any) -> httpx2.Response:
        return await self.request("POST", path, json=json, **more)

    async def put(self, path: str, json: Any = None, **more: Any) -> httpx2.Response:
        return await self.request("PUT", path, json=json, **more)

    async def patch(self, path: str, json: Any = None, **more: Any) -> httpx2.Response:
        return await self.request("PATCH", path, json=json, **more)

    async def delete(self, path: str, **more: Any) -> httpx2.Response:
        return await self.request("DELETE", path, **more)

    def within(self, organization: str) -> "Somebody":
        """The same person, working in another organization."""
        return Somebody(self.client, self.email, self.tokens, organization)

    def with_token(self, token: str) -> "Somebody":
        """A program that has this token."""
        return Somebody(self.client, self.email, {**self.tokens, "accessToken": token}, self.organization)


@dataclass
class Api:
    """The application, and the people who meet it."""

    app: FastAPI
    client: httpx2.AsyncClient

    @classmethod
    @asynccontextmanager
    async def of(cls, app: FastAPI) -> "AsyncIterator[Api]":
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://pipelines.test") as client:
            yield cls(app, client)

    @property
    def nobody(self) -> Somebody:
        return Somebody(self.client)

    async def owner(self, organization: str = "Acme") -> Somebody:
        """Somebody new, who owns a new organization."""
        number = next(_NUMBERS)
        email = f"somebody-{number}@example.com"
        body = {"email": email, "name": f"Somebody {number}", "password": PASSWORD, "organization": organization}
        answer = await self.client.post("/api/registrations", json=body)
        assert answer.status_code == 201, answer.text
        return Somebody(self.client, email, answer.json())
