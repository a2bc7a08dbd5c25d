"""Signing in and staying signed in: sessions, one per device, each with refresh tokens that are used once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pipeline_builder.core.errors import ErrorKind
from pipeline_builder.domains.identity import opaque_tokens
from pipeline_builder.domains.identity.access_tokens import LIFETIME, AccessTokens
from pipeline_builder.domains.identity.attempts import Attempts
from pipeline_builder.domains.identity.credentials_repository import OneTimeTokenRepository
from pipeline_builder.domains.identity.passwords import matches
from pipeline_builder.domains.identity.repository import SessionRow, SignInRepository, UserRow
from pipeline_builder.domains.identity.second_factor import CodeWrong, SecondFactor
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.guard import Principal
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.origin import origin
from pipeline_builder.kit.routing import KeepsChanges
from pipeline_builder.kit.scope import PlatformScope

_CHALLENGE = "challenge"
_CHALLENGE_LIFETIME = timedelta(minutes=5)

SESSION_LIFETIME = timedelta(days=30)
"""A session ends when it was not used for so long."""


class SignInFailed(KeepsChanges):
    """Address and password do not belong together, or the account is locked: it is not said which."""

    code = "sign-in-failed"
    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Address and password do not match an account.")


class SecondFactorRequired(KeepsChanges):
    """The password is right; the account takes a code too.

    Attributes:
        challenge: sent with the code, within five minutes.
    """

    code = "second-factor-required"
    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self, challenge: str) -> None:
        self.challenge = challenge
        super().__init__("This account takes a second factor: send its code with the challenge.")


class SessionEnded(KeepsChanges):
    """The refresh token was used before, or its session has ended."""

    code = "session-ended"
    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("This session has ended; sign in again.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets that signed in."""

    access_token: str
    expires_in: int
    refresh_token: str
    session_id: UUID
    user_id: UUID
    org_id: UUID | None


class Sessions:
    """The use cases of sessions, in one transaction of the platform."""

    def __init__(
        self,
        tx: Transaction,
        scope: PlatformScope,
        access_tokens: AccessTokens,
        attempts: Attempts,
        second_factor: SecondFactor,
        clock: Clock,
    ) -> None:
        self._tx = tx
        self._accounts = SignInRepository(tx, scope)
        self._tokens_once = OneTimeTokenRepository(tx, scope)
        self._access_tokens = access_tokens
        self._attempts = attempts
        self._second_factor = second_factor
        self._clock = clock

    async def sign_in(self, email: str, password: str) -> SignedIn:
        """Begin a session.

        Raises:
            SignInFailed: no.
            SecondFactorRequired: not without a code.
            TooManyRequests: too many failed, for this address or from this network.
        """
        account, client = self._attempts.on_account(email), self._attempts.from_here()
        await self._attempts.begin_alone(account, client)
        user = await self._accounts.user_by_email(email)
        if not await matches(password, user.password_hash if user else None) or user is None:
            await self._attempts.count(account, client)
            raise SignInFailed
        await self._attempts.forget(account)
        if await self._second_factor.is_on(user.id):
            challenge = opaque_tokens.new_token(opaque_tokens.CHALLENGE)
            await self._tokens_once.add(opaque_tokens.hash_of(challenge), user.id, _CHALLENGE, _CHALLENGE_LIFETIME)
            raise SecondFactorRequired(challenge)
        return await self.begin(user)

    async def sign_in_with_code(self, challenge: str, code: str) -> SignedIn:
        """Begin a session of somebody whose password was right, by the code of their second factor.

        Raises:
            SignInFailed: the challenge does not work, or not any more.
            CodeWrong: the code does not.
            TooManyRequests: too many wrong codes.
        """
        if not opaque_tokens.is_token(challenge, opaque_tokens.CHALLENGE):
            raise SignInFailed
        hashed = opaque_tokens.hash_of(challenge)
        found = await self._tokens_once.find(hashed, _CHALLENGE)
        user = None if found is None else await self._accounts.user(found.user_id)
        if user is None:
            raise SignInFailed
        await self.prove_code(user.id, code)
        await self._tokens_once.use(hashed, _CHALLENGE)
        return await self.begin(user)

    async def prove_code(self, user_id: UUID, code: str) -> None:
        """See that somebody has the second factor of an account.

        Raises:
            CodeWrong: they have not.
            TooManyRequests: too many wrong codes.
        """
        tried = self._attempts.on_second_factor(user_id)
        await self._attempts.begin_alone(tried)
        if not await self._second_factor.check(user_id, code):
            await self._attempts.count(tried)
            raise CodeWrong
        await self._attempts.forget(tried)

    async def renew_proof(self, user_id: UUID, session_id: UUID) -> str:
        """An access token that says that its owner showed again, just now, who they are."""
        user, session = await self._accounts.user(user_id), await self._accounts.session(session_id)
        if user is None or session is None:
            raise SessionEnded
        proven = await self._accounts.prove_session(session_id)
        return await self._access_token(user, session, proven)

    async def begin(self, user: UserRow) -> SignedIn:
        """Begin a session of somebody who has shown who they are."""
        now = self._clock()
        came_from = origin()
        session = SessionRow(
            id=new_id(),
            user_id=user.id,
            org_id=await self._accounts.home_of(user.id),
            authenticated_at=now,
            created_at=now,
            last_used_at=now,
            expires_at=now + SESSION_LIFETIME,
            ended_at=None,
            user_agent=came_from.user_agent,
            address=came_from.address,
        )
        await self._accounts.add_session(session)
        return await self._tokens(user, session)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """A new pair of tokens for the old refresh token.

        A refresh token that comes a second time was stolen, from the client or by it: the session ends, and only this
        one.

        Raises:
            SessionEnded: no.
        """
        if not opaque_tokens.is_token(refresh_token, opaque_tokens.REFRESH):
            raise SessionEnded
        hashed = opaque_tokens.hash_of(refresh_token)
        session_id = await self._accounts.session_of_refresh_token(hashed)
        session = None if session_id is None else await self._accounts.session(session_id)
        if session is None or session.ended_at is not None or session.expires_at <= self._clock():
            raise SessionEnded
        user = await self._accounts.user(session.user_id)
        if user is None or not await self._accounts.use_refresh_token(hashed):
            await self._accounts.end_session(session.id)
            raise SessionEnded
        await self._accounts.touch_session(session.id, self._clock() + SESSION_LIFETIME)
        return await self._tokens(user, session)

    async def _tokens(self, user: UserRow, session: SessionRow) -> SignedIn:
        refresh_token = opaque_tokens.new_token(opaque_tokens.REFRESH)
        await self._accounts.add_refresh_token(opaque_tokens.hash_of(refresh_token), session.id)
        access_token = await self._access_token(user, session, session.authenticated_at)
        return SignedIn(access_token, LIFETIME, refresh_token, session.id, user.id, session.org_id)

    async def _access_token(self, user: UserRow, session: SessionRow, proven: datetime) -> str:
        principal = Principal(
            user_id=user.id,
            session_id=session.id,
            token_id=None,
            name=user.email,
            org_id=session.org_id,
            is_bound=False,
            allowed=None,
            authenticated_at=int(proven.timestamp()),
        )
        return await self._access_tokens.issue(self._tx, principal)
