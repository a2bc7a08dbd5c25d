"""Mails on a machine without a mail server: shown in the log, for whoever tries the platform out."""

import structlog

from pipeline_builder.domains.identity.contract import Mail

_LOG = structlog.get_logger("mail")


class LogMailer:
    """Implements `domains.identity.contract.Mailer`."""

    async def send(self, mail: Mail) -> None:
        _LOG.warning("mail.shown", to=mail.to, subject=mail.subject, text=mail.text)
