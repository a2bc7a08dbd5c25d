"""Changing how somebody signs in: the password, its reset by mail, and the address."""

from datetime import timedelta
from uuid import UUID

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.domains.identity import opaque_tokens
from pipeline_builder.domains.identity.attempts import Attempts
from pipeline_builder.domains.identity.contract import Mail, Mails
from pipeline_builder.domains.identity.credentials_repository import OneTimeTokenRepository
from pipeline_builder.domains.identity.passwords import check_strength, hashed, matches
from pipeline_builder.domains.identity.repository import SignInRepository, UserRow
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import Unauthenticated
from pipeline_builder.kit.routing import KeepsChanges

RESET = "password-reset"
ADDRESS = "address"
_RESET_LIFETIME = timedelta(hours=1)
_ADDRESS_LIFETIME = timedelta(days=2)


class MailedTokenInvalid(PipelineBuilderError):
    """The token of a mail was used, is too old, or never was."""

    code = "mailed-token-invalid"
    kind = ErrorKind.INVALID

    def __init__(self) -> None:
        super().__init__("This token does not work, or not any more; ask for another mail.")


class PasswordWrong(KeepsChanges):
    """It is not the password of whoever is signed in."""

    code = "password-wrong"
    kind = ErrorKind.INVALID

    def __init__(self) -> None:
        super().__init__("This is not the password of your account.")


class PasswordMissing(PipelineBuilderError):
    """The account signs in without a password."""

    code = "password-missing"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This account has no password; reset it by mail to get one.")


class Credentials:
    """The use cases, in one transaction of the platform."""

    def __init__(
        self,
        tx: Transaction,
        accounts: SignInRepository,
        tokens: OneTimeTokenRepository,
        attempts: Attempts,
        mails: Mails,
    ) -> None:
        self._tx = tx
        self._accounts = accounts
        self._tokens = tokens
        self._attempts = attempts
        self._mails = mails

    async def change_password(self, user_id: UUID, session_id: UUID | None, current: str, new: str) -> None:
        """Change the password. Every other session ends.

        Raises:
            PasswordMissing: there is none to change.
            PasswordWrong: it is not the current one.
            PasswordTooWeak: the new one would be guessed.
            TooManyRequests: too many wrong ones.
        """
        user = await self._user(user_id)
        await self.prove_password(user, current)
        check_strength(new, user.email.partition("@")[0], user.name)
        await self._accounts.set_password(user.id, await hashed(new))
        await self._accounts.end_other_sessions(user.id, session_id)
        await self._tell(user.email, "Your password was changed", _CHANGED)

    async def prove_password(self, user: UserRow, password: str) -> None:
        """See that somebody knows their password.

        Raises:
            PasswordMissing: the account has none.
            PasswordWrong: they do not.
            TooManyRequests: too many wrong ones.
        """
        if user.password_hash is None:
            raise PasswordMissing
        account = self._attempts.on_account(user.email)
        await self._attempts.begin_alone(account)
        if not await matches(password, user.password_hash):
            await self._attempts.count(account)
            raise PasswordWrong
        await self._attempts.forget(account)

    async def ask_for_reset(self, email: str) -> None:
        """Mail a token with which the password can be set. Of what happens, nothing shows whether there is an account.

        Raises:
            TooManyRequests: too many mails to this address.
        """
        mail = self._attempts.mail(email)
        await self._attempts.begin(mail)
        await self._attempts.count(mail)
        user = await self._accounts.user_by_email(email)
        if user is None:
            await self._tell(email, "Somebody asked for a password", _NO_ACCOUNT)
            return
        token = await self._token(user.id, RESET, _RESET_LIFETIME)
        await self._tell(user.email, "Set a new password", _RESET_ASKED.format(token=token))

    async def reset(self, token: str, new: str) -> None:
        """Set the password by a token that was mailed. Every session ends, and whoever locked the account is forgotten.

        Raises:
            MailedTokenInvalid: it does not work.
            PasswordTooWeak: the password would be guessed.
        """
        user = await self._user_of(token, RESET)
        check_strength(new, user.email.partition("@")[0], user.name)
        await self._accounts.set_password(user.id, await hashed(new))
        await self._accounts.end_all_sessions(user.id)
        await self._accounts.verify_email(user.id)
        await self._tokens.forget(user.id, RESET)
        await self._attempts.forget(self._attempts.on_account(user.email))
        await self._tell(user.email, "Your password was changed", _CHANGED)

    async def ask_for_proof_of_address(self, user_id: UUID, address: str) -> None:
        """Mail a token to an address, which shows that it is the account's owner's; only then it is the account's.

        Raises:
            TooManyRequests: too many mails to this address.
        """
        user = await self._user(user_id)
        mail = self._attempts.mail(address)
        await self._attempts.begin(mail)
        await self._attempts.count(mail)
        token = await self._token(user.id, ADDRESS, _ADDRESS_LIFETIME, address)
        await self._tell(address, "Confirm your address", _CONFIRM_ADDRESS.format(token=token))

    async def prove_address(self, token: str) -> None:
        """Take an address by a token that was mailed to it.

        Raises:
            MailedTokenInvalid: it does not work.
            EmailTaken: somebody else has the address by now.
        """
        found = await self._tokens.use(_hash(token), ADDRESS)
        user = None if found is None else await self._accounts.user(found.user_id)
        if found is None or user is None:
            raise MailedTokenInvalid
        await self._accounts.set_email(user.id, found.payload)
        if found.payload.lower() != user.email.lower():
            await self._tell(user.email, "Your address was changed", _ADDRESS_CHANGED.format(address=found.payload))

    async def _user(self, user_id: UUID) -> UserRow:
        user = await self._accounts.user(user_id)
        if user is None:
            raise Unauthenticated
        return user

    async def _user_of(self, token: str, purpose: str) -> UserRow:
        found = await self._tokens.use(_hash(token), purpose)
        user = None if found is None else await self._accounts.user(found.user_id)
        if user is None:
            raise MailedTokenInvalid
        return user

    async def _token(self, user_id: UUID, purpose: str, lifetime: timedelta, payload: str = "") -> str:
        token = opaque_tokens.new_token(opaque_tokens.MAILED)
        await self._tokens.add(opaque_tokens.hash_of(token), user_id, purpose, lifetime, payload)
        return token

    async def _tell(self, to: str, subject: str, text: str) -> None:
        await self._mails.put(self._tx, Mail(to, subject, text))


def _hash(token: str) -> bytes:
    if not opaque_tokens.is_token(token, opaque_tokens.MAILED):
        raise MailedTokenInvalid
    return opaque_tokens.hash_of(token)


_RESET_ASKED = """\
Somebody, probably you, asked to set a new password for your account. Within an hour, this token does it, once:

    {token}

If it was not you, nothing has to be done: your password is as it was.
"""

_NO_ACCOUNT = """\
Somebody, probably you, asked to set a new password for an account with this address. There is no such account; perhaps
you registered with another address. If it was not you, nothing has to be done.
"""

_CHANGED = """\
The password of your account was changed, and every other session has ended. If it was not you, set a new password at
once: ask for a reset by mail.
"""

_CONFIRM_ADDRESS = """\
This token shows that the address is yours. It works once, for two days:

    {token}

If you do not know what this is about, nothing has to be done.
"""

_ADDRESS_CHANGED = """\
The address of your account was changed to {address}. If it was not you, somebody else is in your account: tell those
who run the platform.
"""
