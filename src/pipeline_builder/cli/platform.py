"""The commands that run the platform on this machine."""

from collections.abc import Callable  # noqa: TC003 -- beside types that may be absent
from pathlib import Path
from typing import Any

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.output import say
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

try:
    from pydantic import ValidationError

    from pipeline_builder.server import commands
    from pipeline_builder.server.settings import Settings
except ModuleNotFoundError as error:
    _MISSING: ModuleNotFoundError | None = error
else:
    _MISSING = None


class ServerNotInstalled(PipelineBuilderError):
    """The packages that the platform stands on are an extra, and are not there."""

    code = "server-not-installed"
    kind = ErrorKind.ABSENT

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(f"'{package}' is not installed: pip install 'pipeline-builder[server]'")


class SettingsInvalid(PipelineBuilderError):
    """A setting in the environment is not valid."""

    code = "settings-invalid"
    kind = ErrorKind.INVALID

    def __init__(self, faults: str) -> None:
        super().__init__(f"The settings are not valid: {faults}")


def up(port: int | None, data_dir: Path | None) -> Exit:
    """Start everything."""
    return _run(lambda settings: commands.up(settings, say), port=port, data_dir=data_dir)


def serve(*, host: str | None, port: int | None, workers: int | None, services: str | None) -> Exit:
    """Serve the API."""
    return _run(commands.serve, host=host, port=port, workers=workers, services=services)


def work() -> Exit:
    """Do the jobs."""
    return _run(commands.work)


def migrate() -> Exit:
    """Bring the schema to this version."""
    return _run(lambda settings: commands.bring_up_to_date(settings, say))


def reset_administrator() -> Exit:
    """Give the administrator another password."""
    return _run(lambda settings: commands.reset_administrator(settings, say))


def _run(command: "Callable[[Settings], None]", **chosen: Any) -> Exit:  # noqa: ANN401 -- pydantic checks them
    """Run a command with the settings of the environment, under those that the command line names."""
    if _MISSING is not None:
        raise ServerNotInstalled(_MISSING.name or "") from _MISSING
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        raise SettingsInvalid(faults) from None
    command(settings)
    return Exit.FINE
