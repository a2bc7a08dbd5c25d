"""Whatever is sent to the API, it answers as its description says: no failure of its own, no undocumented answer.

The requests are made from the description: of what it allows and of what it forbids, about things that are there and
things that are not.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from pipeline_builder.client.connection import Connection, Tokens
from pipeline_builder.client.operations import Client
from pipeline_builder.server.app import create_app
from pipeline_builder.server.platform import put_together
from pipeline_builder.server.settings import Settings
from tests.platform.definitions import a_definition
from tests.platform.processes import a_folder, up

EXAMPLES = 15

pytestmark = pytest.mark.loopback

load_all_checks()
AS_DESCRIBED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
LEAKS = ("Traceback", "asyncpg", "select ", "insert into", "pipeline_builder.")

NEVER_READ = frozenset({"GET /api/system/organizations"})
"""What only the platform's administrators may read."""

schema = schemathesis.openapi.from_dict(
    create_app(put_together(Settings(secret_key=SecretStr("of no platform, only for its document")))).openapi()
)


@dataclass
class World:
    """A platform with something of everything.

    Attributes:
        session: token of its owner.
        token: of a program of the owner's.
        there: what path parameters can name, by their names.
        succeeded: requests that were carried out, by operation.
    """

    url: str
    session: str
    token: str
    there: dict[str, Any]
    succeeded: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    def send(self, case: Case) -> None:
        self.asked += 1
        if self.asked % 2:
            for name in case.path_parameters:
                if name in self.there:
                    case.path_parameters[name] = self.there[name]
            case.headers.pop("X-Organization", None)
        # What changes something is asked for by a program, so that no request can end the session of the others.
        token = self.session if case.method == "GET" else self.token
        headers = {"authorization": f"Bearer {token}"}
        answer = case.call(base_url=self.url, headers=headers)
        case.validate_response(answer, checks=AS_DESCRIBED)
        is_fine = answer.status_code < HTTPStatus.BAD_REQUEST
        self.succeeded[case.operation.label] += is_fine
        if not is_fine:
            problem = answer.json()
            assert answer.headers["content-type"] == ["application/problem+json"]
            assert {"type", "title", "status", "detail", "code", "requestId"} <= problem.keys()
            told = str({key: value for key, value in problem.items() if key != "errors"})
            assert not [leak for leak in LEAKS if leak in told], told


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with ExitStack() as stack:
        folder = stack.enter_context(a_folder())
        platform = stack.enter_context(up(folder))

        def client_of(token: str | None = None) -> Client:
            client = Client(Connection(platform.url, None if token is None else Tokens(token)))
            stack.callback(client.connection.close)
            return client

        person = client_of().register(
            {"email": "any@example.com", "name": "Any", "password": "correct horse battery", "organization": "Any"}
        )
        owner = client_of(person["accessToken"])
        organization = owner.read_organization()["id"]
        admin = client_of().sign_in({"email": "admin@localhost", "password": str(platform.password)})
        limits: Any = dict.fromkeys(("pipelines", "plugins", "seats", "apiCalls"))
        client_of(admin["accessToken"]).set_plan(organization, {"plan": "pro", "limits": limits})
        there = something_of_everything(owner) | {"organization": organization}
        made = World(platform.url, person["accessToken"], token_of(owner), there)
        yield made
        refused = {label for label, count in made.succeeded.items() if label.startswith("GET") and not count}
        assert refused <= NEVER_READ, "what can be read was read"


def token_of(owner: Client) -> str:
    """A token with every permission that is in no session, so that no request can end it."""
    permissions = [one["name"] for one in owner.list_permissions() if not one["name"].startswith("system:")]
    return owner.make_personal_token({"name": "any", "permissions": permissions, "expiresInDays": 1})["token"]


def something_of_everything(owner: Client) -> dict[str, Any]:
    rule = {"name": "a", "description": "B.", "target": "pipeline", "attribute": "name", "operator": "exists"}
    files = {
        "plugin-spec.yaml": "name: any\nversion: 1.0.0\ncommands: [echo]\n",
        "config.yaml": "buildType: metadata_only\n",
    }
    return {
        "pipeline": owner.create_pipeline({"definition": a_definition()})["id"],
        "number": 1,
        "plugin": owner.publish_version({"files": files})["id"],
        "version": "1.0.0",
        "rule": owner.create_rule({"rule": rule})["id"],
        "name": "standard",
        "policy": owner.create_policy({"name": "any", "rules": ["a"]})["id"],
        "role": owner.define_role({"name": "any", "permissions": ["pipelines:read"]})["id"],
        "invitation": owner.invite({"email": "else@example.com", "role": "viewer"})["id"],
        "scan": owner.start_scan()["id"],
        "template": owner.create_pipeline_template({"name": "any", "definition": a_definition()})["id"],
    }


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_answers_as_it_is_described(case: Case, world: World):
    world.send(case)
