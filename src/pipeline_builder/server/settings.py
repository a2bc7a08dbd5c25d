"""Every setting of the platform, typed, with its meaning and default: the one place where they are read.

Each is an environment variable of the field's name in capitals; a secret may stand in a file instead, whose path is in
the variable with `_FILE` added.
"""

import os
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

FROM_FILES = ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "SMTP_PASSWORD")
"""Secrets that may stand in a file."""


class Settings(BaseSettings):
    """What a process needs to know before it starts."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".data"), description="Where data lives: the embedded PostgreSQL, and the secret key."
    )
    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port that the server listens on; 0 is any that is free."
    )
    public_url: str | None = Field(
        default=None,
        description="How people reach the server, as `https://pipelines.example.com`. Default: host and port.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL 15 or newer, as `postgresql://user:password@host/name`. Default: the embedded.",
    )
    database_owner_url: SecretStr | None = Field(
        default=None,
        description="The same database as a role that may create tables; for `migrate`. Default: DATABASE_URL.",
    )
    database_connections: int = Field(default=8, ge=2, le=200, description="Connections of one process at most.")
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="What all keys are derived from. Default: made once, in DATA_DIR.",
    )
    workers: int = Field(default=1, ge=1, le=64, description="Processes that serve.")
    services: str = Field(default="", description="Domains whose routes this process serves, by comma. Default: all.")
    trusted_proxies: int = Field(
        default=0, ge=0, le=10, description="Proxies in front of the server whose `X-Forwarded-For` is believed."
    )
    log_format: str = Field(default="auto", pattern="^(auto|json|text)$", description="`auto` is text on a terminal.")
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="What is logged at least."
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="Where traces go; none are made without it."
    )
    smtp_host: str | None = Field(default=None, description="Mail server. Default: mails are shown in the log.")
    smtp_port: int = Field(
        default=587, ge=1, le=65535, description="Its port; 465 is TLS from the start, others STARTTLS."
    )
    smtp_user: str | None = Field(default=None, description="Who sends.")
    smtp_password: SecretStr | None = Field(default=None, description="The sender's password.")
    smtp_tls: bool = Field(default=True, description="Off only for a server on the same machine.")
    mail_from: str = Field(default="pipeline-builder@localhost", description="Address that mails come from.")

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: dict[str, object]) -> dict[str, object]:
        for name in FROM_FILES:
            path = os.environ.get(f"{name}_FILE")
            if path and name.lower() not in values:
                values[name.lower()] = Path(path).read_text().strip()
        return values
