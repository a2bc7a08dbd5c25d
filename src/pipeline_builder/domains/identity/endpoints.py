"""HTTP in, use case, HTTP out."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from pipeline_builder.domains.identity import making
from pipeline_builder.domains.identity.access_tokens import LIFETIME, AccessTokens
from pipeline_builder.domains.identity.registration import Registration
from pipeline_builder.domains.identity.repository import AccountRepository, SessionRow
from pipeline_builder.domains.identity.schemas import (
    AccessTokenRead,
    AccountRead,
    KeySetRead,
    Proof,
    Refresh,
    Register,
    SessionRead,
    SignedInRead,
    SignIn,
    SignInWithCode,
)
from pipeline_builder.domains.identity.sessions import Sessions, SignedIn
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.kit.errors import NotFound, ProofRequired, Unauthenticated
from pipeline_builder.kit.guard import Account, Parts, Tx, public
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import as_platform

registrations = router("/api/registrations", "identity")
sessions = router("/api/sessions", "identity")
account = router("/api/account", "identity")
keys = router("/.well-known", "identity")


async def _sessions(tx: Tx, parts: Parts) -> Sessions:
    return making.sessions(tx, await as_platform(tx), parts)


SignInCase = Annotated[Sessions, Depends(_sessions)]


@registrations.post("", status_code=201, response_model=SignedInRead, dependencies=[Depends(public)])
async def register(body: Register, tx: Tx, parts: Parts, sessions: SignInCase) -> SignedIn:
    """Make an account with an organization of its own, and sign in."""
    scope = await as_platform(tx)
    registration = Registration(tx, scope, parts.part(Organizations), making.attempts(tx, scope, parts))
    user, _ = await registration.register(body.email, body.name, body.password.get_secret_value(), body.organization)
    await making.credentials(tx, scope, parts).ask_for_proof_of_address(user.id, user.email)
    return await sessions.begin(user)


@sessions.post("", status_code=201, response_model=SignedInRead, dependencies=[Depends(public)])
async def sign_in(body: SignIn, sessions: SignInCase) -> SignedIn:
    """Sign in: begin a session on this device.

    An account with a second factor answers `second-factor-required`, with a challenge for the second step.
    """
    return await sessions.sign_in(body.email, body.password.get_secret_value())


@sessions.post("/second-factor", status_code=201, response_model=SignedInRead, dependencies=[Depends(public)])
async def sign_in_with_code(body: SignInWithCode, sessions: SignInCase) -> SignedIn:
    """Sign in, second step: the challenge of the first one, and a code of the second factor."""
    return await sessions.sign_in_with_code(body.challenge, body.code)


@sessions.post("/refresh", response_model=SignedInRead, dependencies=[Depends(public)])
async def refresh(body: Refresh, sessions: SignInCase) -> SignedIn:
    """Get the next pair of tokens. A refresh token that comes a second time ends its session."""
    return await sessions.refresh(body.refresh_token)


@sessions.get("", response_model=list[SessionRead])
async def list_sessions(account: Account, tx: Tx) -> list[SessionRead]:
    """List the devices that are signed in to the account."""
    return [_read(one, account.session_id) for one in await AccountRepository(tx, account).sessions()]


@sessions.delete("/current", status_code=204)
async def sign_out(account: Account, tx: Tx) -> None:
    """Sign out: end the session that asks."""
    if account.session_id is not None:
        await AccountRepository(tx, account).end_session(account.session_id)


@sessions.post("/current/proof")
async def prove(body: Proof, account: Account, tx: Tx, parts: Parts) -> AccessTokenRead:
    """Show again who you are, for what takes it. Accounts without a password sign in anew instead."""
    if account.session_id is None:
        raise ProofRequired
    scope = await as_platform(tx)
    sessions, factor = making.sessions(tx, scope, parts), making.second_factor(tx, scope, parts)
    password = "" if body.password is None else body.password.get_secret_value()
    await making.credentials(tx, scope, parts).prove_password(await making.user(tx, scope, account.user_id), password)
    if await factor.is_on(account.user_id):
        await sessions.prove_code(account.user_id, body.code or "")
    token = await sessions.renew_proof(account.user_id, account.session_id)
    return AccessTokenRead(access_token=token, expires_in=LIFETIME)


@sessions.delete("", status_code=204)
async def sign_out_everywhere(account: Account, tx: Tx) -> None:
    """End every session of the account, the one that asks included."""
    await AccountRepository(tx, account).end_all_sessions()


@sessions.delete("/{session}", status_code=204)
async def end_session(session: UUID, account: Account, tx: Tx) -> None:
    """Sign another device out."""
    if not await AccountRepository(tx, account).end_session(session):
        raise NotFound("session", session)


@account.get("")
async def read_account(account: Account, tx: Tx, parts: Parts) -> AccountRead:
    """Tell who is signed in."""
    user = await AccountRepository(tx, account).user()
    if user is None:
        raise Unauthenticated
    factor = making.second_factor(tx, await as_platform(tx), parts)
    has_factor = await factor.is_on(user.id)
    return AccountRead(
        id=user.id,
        email=user.email,
        name=user.name,
        email_verified_at=user.email_verified_at,
        has_password=user.password_hash is not None,
        has_second_factor=has_factor,
        recovery_codes_left=await factor.recovery_codes_left(user.id),
    )


@keys.get("/jwks.json", dependencies=[Depends(public)])
async def read_keys(tx: Tx, parts: Parts) -> KeySetRead:
    """Tell the keys that access tokens can be verified with."""
    return KeySetRead(keys=await parts.part(AccessTokens).public_keys(tx))


def _read(session: SessionRow, current: UUID | None) -> SessionRead:
    facts = {name: getattr(session, name) for name in SessionRead.model_fields if name != "is_current"}
    return SessionRead(**facts, is_current=session.id == current)
