"""The commands that speak to a platform. Data goes to stdout as JSON, YAML or a table; talk to stderr."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from pipeline_builder.cli import credentials
from pipeline_builder.cli.credentials import Credentials
from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import read_input
from pipeline_builder.cli.options import Format
from pipeline_builder.cli.output import say, write, write_data
from pipeline_builder.client.connection import ApiProblem, Connection, Tokens
from pipeline_builder.client.operations import Client, Proof, SignedInRead, TokenCreate
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

T = TypeVar("T")

_FACTOR_REQUIRED = "second-factor-required"
_PROOF_REQUIRED = "proof-required"
_TEXT_FILES = frozenset({".yaml", ".yml", ".json"})


class PipelineUnknown(PipelineBuilderError):
    """The organization has no pipeline of this name."""

    code = "pipeline-unknown"
    kind = ErrorKind.ABSENT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is no pipeline '{name}' here; `pipeline-manager pipeline list` shows those there are.")


@contextmanager
def connected() -> Iterator[Client]:
    """The platform that one is signed in to.

    Raises:
        NotSignedIn: none is known.
    """
    known = credentials.read()

    def renewed(tokens: Tokens) -> None:
        credentials.write(replace(known, access=tokens.access, refresh=tokens.refresh))

    connection = Connection(known.url, Tokens(known.access, known.refresh), known.organization, renewed=renewed)
    try:
        yield Client(connection)
    finally:
        connection.close()


def login(url: str, email: str | None, *, token: bool) -> Exit:
    """Sign in, with a password or with a token for a program; neither ever stands on the command line."""
    if token:
        text = _secret("Token").strip()
        connection = Connection(url, Tokens(text))
        Client(connection).read_organization()
        credentials.write(Credentials(connection.url, text))
    else:
        who = email or click.prompt("Address", err=True)
        connection = Connection(url)
        signed_in = _signed_in(Client(connection), who, _secret("Password"))
        credentials.write(Credentials(connection.url, signed_in["accessToken"], signed_in["refreshToken"]))
    connection.close()
    say(f"Signed in to {connection.url}; the tokens are in {credentials.path()}.")
    return Exit.FINE


def _signed_in(client: Client, email: str, password: str) -> SignedInRead:
    try:
        return client.sign_in({"email": email, "password": password})
    except ApiProblem as error:
        if error.problem.get("code") != _FACTOR_REQUIRED:
            raise
        return client.sign_in_with_code({"challenge": error.problem["challenge"], "code": _secret("Code")})


def _proven(client: Client, act: Callable[[], T]) -> T:
    """Do what takes a recent proof of who one is: where the platform asks for one, the password is asked for."""
    try:
        return act()
    except ApiProblem as error:
        if error.problem.get("code") != _PROOF_REQUIRED:
            raise
    proof: Proof = {"password": _secret("Password")}
    if client.read_account()["hasSecondFactor"]:
        proof["code"] = _secret("Code")
    client.connection.renew(client.prove(proof)["accessToken"])
    return act()


def _secret(what: str) -> str:
    """What is typed unseen, or the next line of stdin."""
    if sys.stdin.isatty():
        typed: str = click.prompt(what, hide_input=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\n")


def logout() -> Exit:
    """End the session, and forget it."""
    with connected() as client:
        try:
            client.sign_out()
        except ApiProblem as error:
            # A token for a program has no session, and one that has ended needs no ending.
            say(f"The platform says: {error}")
    credentials.forget()
    say("Signed out.")
    return Exit.FINE


def use_organization(name: str) -> Exit:
    """Work in another organization from now on."""
    known = replace(credentials.read(), organization=name)
    connection = Connection(known.url, Tokens(known.access, known.refresh), name)
    found = Client(connection).read_organization()
    connection.close()
    credentials.write(known)
    say(f"Working in '{found['name']}'.")
    return Exit.FINE


def show(ask: Callable[[Client], Any], form: Format, columns: Sequence[str] = ()) -> Exit:
    """Ask something, and show the answer: as data, or as a table of these fields."""
    with connected() as client:
        answer = ask(client)
    if form is not Format.TEXT or not columns:
        write_data(answer, Format.JSON if form is Format.TEXT else form)
        return Exit.FINE
    rows = answer if isinstance(answer, list) else [answer]
    write(_table(rows, columns))
    return Exit.FINE


def every(part: Callable[[str | None], Mapping[str, Any]]) -> list[Any]:
    """A whole list, part after part."""
    items: list[Any] = []
    cursor = None
    while True:
        page = part(cursor)
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items


def create_pipeline(file: Path, message: str, form: Format) -> Exit:
    """Create a pipeline from a definition."""
    text = read_input(file).decode()
    return _stored(lambda client: client.create_pipeline({"text": text, "message": message}), form)


def change_pipeline(name: str, file: Path, message: str, form: Format) -> Exit:
    """Give a pipeline another definition, as a change of the revision that is read now."""
    text = read_input(file).decode()

    def change(client: Client) -> object:
        before = found_pipeline(client, name)
        body: Any = {"text": text, "message": message, "keywords": before["keywords"], "lifecycle": before["lifecycle"]}
        return client.change_pipeline(before["id"], body, if_match=f'"{before["revision"]}"')

    return _stored(change, form)


def delete_pipeline(name: str) -> Exit:
    """Delete a pipeline."""
    with connected() as client:
        before = found_pipeline(client, name)
        client.delete_pipeline(before["id"], if_match=f'"{before["revision"]}"')
    say(f"Deleted '{before['name']}'; for 30 days `pipeline-manager pipeline restore {before['id']}` brings it back.")
    return Exit.FINE


def print_pipeline(name: str, what: str, revision: int | None) -> Exit:
    """Write a pipeline's definition, lock, plan or template to stdout, as the platform has it."""
    with connected() as client:
        pipeline = found_pipeline(client, name)["id"]
        text: Any
        match what:
            case "definition":
                text = client.export_definition(pipeline, revision=revision)
            case "lock":
                text = client.export_lock(pipeline, revision=revision)
            case "plan":
                text = client.read_plan(pipeline, revision=revision)
            case _:
                text = client.read_template(pipeline, revision=revision)
    if isinstance(text, str):
        sys.stdout.write(text)
    else:
        write_data(text, Format.JSON)
    return Exit.FINE


def found_pipeline(client: Client, name: str) -> Mapping[str, Any]:
    """A pipeline by its name or id.

    Raises:
        PipelineUnknown: there is none.
    """
    page = client.list_pipelines(name=name)
    if page["items"]:
        return page["items"][0]
    try:
        return client.read_pipeline(str(UUID(name)))
    except ValueError as error:
        raise PipelineUnknown(name) from error


def publish_plugin(folder: Path, visibility: str | None, form: Format) -> Exit:
    """Publish a version of a plugin from the text files of its package."""
    files = {
        place.relative_to(folder).as_posix(): place.read_text(encoding="utf-8")
        for place in sorted(folder.rglob("*"))
        if place.is_file() and (place.suffix in _TEXT_FILES or place.name == "Dockerfile")
    }
    body: Any = {"files": files, "visibility": visibility}
    return _stored(lambda client: client.publish_version(body), form)


def create_rule(file: Path, form: Format) -> Exit:
    """Create rules from a document with one rule, or with a set of them."""
    import yaml

    data = yaml.safe_load(read_input(file))
    rules = data["rules"] if isinstance(data, dict) and "rules" in data else [data]
    return _stored(lambda client: [client.create_rule({"rule": rule}) for rule in rules], form)


def create_token(name: str, permissions: Sequence[str], days: int, *, service: bool) -> Exit:
    """Make a token for a program, and write it to stdout, this once."""
    body: TokenCreate = {"name": name, "permissions": list(permissions), "expiresInDays": days}
    with connected() as client:
        make = client.make_service_token if service else client.make_personal_token
        made = _proven(client, lambda: make(body))
    say(f"The token '{made['name']}' works until {made['expiresAt']}. It is shown this once.")
    write(made["token"])
    return Exit.FINE


def _stored(store: Callable[[Client], object], form: Format) -> Exit:
    """Store something; what the platform finds wrong is shown line by line."""
    try:
        return show(store, Format.JSON if form is Format.TEXT else form)
    except ApiProblem as error:
        for one in error.problem.get("findings") or ():
            place = f"{one['line']}:{one['column']}: " if one.get("line") else ""
            hint = f" {one['hint']}" if one.get("hint") else ""
            say(f"{place}{one['severity']}: {one['message']}{hint} [{one['code']}]")
        for one in error.problem.get("violations") or ():
            say(f"{one['severity']}: {one['message']} [{one['rule']}]")
        raise


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    lines = [list(columns), *([_cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    shown = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join(shown)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
