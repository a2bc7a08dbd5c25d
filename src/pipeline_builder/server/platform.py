"""The platform put together: settings, the secret, the domains, and the database once it is opened."""

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline_builder.adapters.mail.log import LogMailer
from pipeline_builder.adapters.mail.smtp import SmtpMailer
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.domains.identity.contract import Mailer
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Database
from pipeline_builder.kit.domain import Domain
from pipeline_builder.kit.secrets import Secrets
from pipeline_builder.server.processes import wire
from pipeline_builder.server.settings import Settings

_KEY_FILE = "secret.key"
_KEY_BYTES = 32


class SecretKeyUnusable(PipelineBuilderError):
    """The file with the secret key cannot be read or made."""

    code = "secret-key-unusable"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self, path: Path, reason: str) -> None:
        self.path = str(path)
        super().__init__(f"The secret key in '{path}' cannot be used: {reason}.")


@dataclass(frozen=True)
class Platform:
    """What every process of the platform is made of.

    Attributes:
        settings: as they were when the process started.
        contracts: who implements what.
        domains: all domains, wired.
    """

    settings: Settings
    contracts: Contracts
    domains: Sequence[Domain]

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """The database while the block runs.

        Raises:
            DatabaseUnavailable: nobody answers there.
        """
        url = self.settings.database_url
        if url is None:
            raise LookupError("The embedded PostgreSQL has to be started first; it names itself in DATABASE_URL.")
        database = await Database.connect(url.get_secret_value(), size=self.settings.database_connections)
        try:
            yield database
        finally:
            await database.close()


def put_together(settings: Settings, mailer: Mailer | None = None) -> Platform:
    """Wire everything that can be wired without a database.

    Args:
        settings: of the process.
        mailer: by which mails leave, instead of what the settings say.
    """
    contracts = Contracts()
    contracts.keep(Secrets, Secrets(_secret_key(settings)))
    issuer = settings.public_url or f"http://localhost:{settings.port}"
    return Platform(settings, contracts, wire(contracts, issuer, mailer or _mailer(settings)))


def _mailer(settings: Settings) -> Mailer:
    if settings.smtp_host is None:
        return LogMailer()
    password = settings.smtp_password
    return SmtpMailer(
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_from,
        settings.smtp_user,
        None if password is None else password.get_secret_value(),
        uses_tls=settings.smtp_tls,
    )


def _secret_key(settings: Settings) -> bytes:
    """The secret of the settings, or the one in DATA_DIR, made when it is first needed."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.data_dir / _KEY_FILE
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            # Made whole under another name first: who starts at the same time must not read half a key.
            unfinished = path.with_name(f"{_KEY_FILE}.{os.getpid()}")
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(_KEY_BYTES))
            try:
                os.link(unfinished, path)
            finally:
                unfinished.unlink()
        return path.read_text().strip().encode()
    except OSError as error:
        raise SecretKeyUnusable(path, error.strerror or "unknown reason") from error
