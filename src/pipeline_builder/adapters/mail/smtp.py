"""Mails by SMTP (RFC 5321), over TLS unless the server is on this machine."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from pipeline_builder.domains.identity.contract import Mail, MailNotSent

_SECONDS = 20
_TLS_FROM_THE_START = 465


@dataclass(frozen=True)
class SmtpMailer:
    """Implements `domains.identity.contract.Mailer`.

    Attributes:
        sender: address that mails come from.
        context: whom to trust; the machine's authorities by default.
    """

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    uses_tls: bool = True
    context: ssl.SSLContext | None = None

    async def send(self, mail: Mail) -> None:
        await asyncio.to_thread(self._send, self._message(mail))

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        message.set_content(mail.text)
        return message

    def _send(self, message: EmailMessage) -> None:
        context = self.context or ssl.create_default_context()
        try:
            if self.uses_tls and self.port == _TLS_FROM_THE_START:
                with smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=context) as server:
                    self._hand_over(server, message)
                return
            with smtplib.SMTP(self.host, self.port, timeout=_SECONDS) as server:
                if self.uses_tls:
                    server.starttls(context=context)
                self._hand_over(server, message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSent(f"{self.host}:{self.port}", type(error).__name__) from error

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        if self.user is not None:
            server.login(self.user, self.password or "")
        server.send_message(message)
