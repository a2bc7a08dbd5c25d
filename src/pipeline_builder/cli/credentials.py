"""How the command line is signed in: tokens in a file that nobody else may read, or from the environment."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

URL = "PIPELINE_BUILDER_URL"
TOKEN = "PIPELINE_BUILDER_TOKEN"  # noqa: S105 -- the name of a variable
ORGANIZATION = "PIPELINE_BUILDER_ORGANIZATION"


class NotSignedIn(PipelineBuilderError):
    """No platform is known."""

    code = "not-signed-in"
    kind = ErrorKind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(f"Sign in with `pipeline-manager login URL`, or set {URL} and {TOKEN}.")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the platform is, and how one is known there.

    Attributes:
        refresh: renews the access token; a token for a program has none.
        organization: to work in; the token's own by default.
    """

    url: str
    access: str
    refresh: str | None = None
    organization: str | None = None


def path() -> Path:
    """The file of the credentials, by the XDG base directory specification."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "pipeline-builder" / "credentials.json"


def read() -> Credentials:
    """The credentials of the environment, else those of the file.

    Raises:
        NotSignedIn: there are none.
    """
    organization = os.environ.get(ORGANIZATION)
    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    if url and token:
        return Credentials(url, token, None, organization)
    try:
        kept = Credentials(**json.loads(path().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise NotSignedIn from error
    return replace(kept, organization=organization or kept.organization)


def write(credentials: Credentials) -> None:
    """Keep credentials where nobody else may read them. Whole or not at all: a crash leaves the old ones."""
    place = path()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = place.with_name(f"{place.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(credentials), file)
    unfinished.replace(place)


def forget() -> None:
    """Keep them no longer."""
    path().unlink(missing_ok=True)
