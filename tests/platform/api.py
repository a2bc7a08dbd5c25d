"""People who use the API, as tests need them."""

from collections.abc import AsyncIterator  # noqa: TC003 -- dataclass
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI

from pipeline_builder.domains.identity.contract import Mail
from pipeline_builder.domains.identity.mails import Outbox
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.domains.quotas.contract import Plans
from pipeline_builder.kit.domain import Work

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


class Mailbox:
    """Whoever delivers mails: keeps them."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@dataclass
class Api:
    """The application, and the people who meet it."""

    app: FastAPI
    client: httpx2.AsyncClient
    mailbox: Mailbox

    @classmethod
    @asynccontextmanager
    async def of(cls, app: FastAPI, mailbox: Mailbox) -> "AsyncIterator[Api]":
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://pipelines.test") as client:
            yield cls(app, client, mailbox)

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

    async def person(self) -> Somebody:
        """Somebody new, who owns an organization that does not matter."""
        return await self.owner("Elsewhere")

    async def member(self, of: Somebody, role: str = "member", role_id: str | None = None) -> Somebody:
        """Somebody new, who was invited to an organization, and works there."""
        person = await self.person()
        body = {"email": person.email, "roleId": role_id} if role_id else {"email": person.email, "role": role}
        invited = await of.post("/api/invitations", body)
        assert invited.status_code == 201, invited.text
        accepted = await person.post("/api/invitations/acceptance", {"token": await self.token_mailed_to(person.email)})
        assert accepted.status_code == 201, accepted.text
        return person.within(of.org_id)

    async def mails_to(self, email: str) -> list[Mail]:
        """Every mail to an address, the newest last."""
        while await self.app.state.contracts.part(Outbox).send_due(self.app.state.database, self.mailbox):
            pass
        return [mail for mail in self.mailbox.mails if mail.to == email]

    async def token_mailed_to(self, email: str) -> str:
        """The token in the newest mail to an address."""
        newest = (await self.mails_to(email))[-1]
        return next(word for word in newest.text.split() if word.startswith("pb"))

    async def team(self, of: Somebody, name: str = "Team") -> Somebody:
        """An admin of an organization, working in a new team of it."""
        answer = await of.post("/api/teams", {"name": name})
        assert answer.status_code == 201, answer.text
        return of.within(answer.json()["id"])

    async def plan(self, of: Somebody, plan: str) -> None:
        """Give an organization a plan, as those who run the platform do."""
        plans = self.app.state.contracts.part(Plans)
        async with self.app.state.database.transaction() as tx:
            await plans.give(tx, UUID(of.org_id), plan)

    async def administrator(self) -> Somebody:
        """Somebody new, who runs the platform."""
        person = await self.person()
        organizations = self.app.state.contracts.part(Organizations)
        account = (await person.get("/api/account")).json()
        async with self.app.state.database.transaction() as tx:
            await organizations.make_system_admin(tx, UUID(account["id"]))
        return person.within("system")

    async def sweep(self, name: str) -> None:
        """Do what the worker does again and again."""
        work = Work(self.app.state.database, self.app.state.contracts)
        (sweep,) = [one for domain in self.app.state.domains for one in domain.sweeps if one.__name__ == name]
        await sweep(work)
