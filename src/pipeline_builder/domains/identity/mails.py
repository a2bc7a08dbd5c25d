"""Mails wait in the database, in the transaction of their cause, sealed because they hold tokens."""

from datetime import timedelta

import msgspec
import structlog

from pipeline_builder.domains.identity.contract import Mail, Mailer, MailNotSent
from pipeline_builder.domains.identity.repository import MailRepository
from pipeline_builder.kit.database import Database, Transaction
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import in_the_name_of_the_platform
from pipeline_builder.kit.secrets import Secrets

_LOG = structlog.get_logger("mail")
_PURPOSE = "mail"
_FIRST_WAIT = timedelta(seconds=30)
_TRIES = 12
_AT_ONCE = 20


class Outbox:
    """Implements `contract.Mails`."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def put(self, tx: Transaction, mail: Mail) -> None:
        mail_id = new_id()
        sealed = self._secrets.seal(_PURPOSE, msgspec.json.encode(mail), mail_id.bytes)
        async with in_the_name_of_the_platform(tx) as scope:
            await MailRepository(tx, scope).add(mail_id, sealed)

    async def send_due(self, database: Database, mailer: Mailer) -> int:
        """Hand over what waits. How many mails went."""
        sent = 0
        for _ in range(_AT_ONCE):
            async with database.transaction() as tx, in_the_name_of_the_platform(tx) as scope:
                mails = MailRepository(tx, scope)
                waiting = await mails.take()
                if waiting is None:
                    break
                mail = msgspec.json.decode(self._secrets.open(_PURPOSE, waiting.sealed, waiting.id.bytes), type=Mail)
                try:
                    await mailer.send(mail)
                except MailNotSent as error:
                    _LOG.warning("mail.not-sent", mail_id=str(waiting.id), tries=waiting.tries + 1, reason=str(error))
                    if waiting.tries + 1 < _TRIES:
                        await mails.postpone(waiting.id, _FIRST_WAIT * 2**waiting.tries)
                        continue
                    _LOG.error("mail.given-up", mail_id=str(waiting.id))
                else:
                    sent += 1
                await mails.remove(waiting.id)
        return sent
