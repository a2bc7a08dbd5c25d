"""HTTP in, use case, HTTP out."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from pipeline_builder.domains.identity.access_tokens import AccessTokens
from pipeline_builder.domains.identity.registration import Registration
from pipeline_builder.domains.identity.repository import AccountRepository, SessionRow
from pipeline_builder.domains.identity.schemas import (
    AccountRead,
    KeySetRead,
    Refresh,
    Register,
    SessionRead,
    SignedInRead,
    SignIn,
)
from pipeline_builder.domains.identity.sessions import Sessions, SignedIn
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import NotFound, Unauthenticated
from pipeline_builder.kit.guard import Account, Parts, Tx, public
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import as_platform

registrations = router("/api/registrations", "identity")
sessions = router("/api/sessions", "identity")
account = router("/api/account", "identity")
keys = router("/.well-known", "identity")


async def _sessions(tx: Tx, parts: Parts) -> Sessions:
    return Sessions(tx, await as_platform(tx), parts.part(AccessTokens), now)


SignInCase = Annotated[Sessions, Depends(_sessions)]


@registrations.post("", status_code=201, response_model=SignedInRead, dependencies=[Depends(public)])
async def register(body: Register, tx: Tx, parts: Parts, sessions: SignInCase) -> SignedIn:
    """Make an account with an organization of its own, and sign in."""
    organizations = parts.part(Organizations)
    registration = Registration(tx, await as_platform(tx), organizations)
    user, _ = await registration.register(body.email, body.name, body.password.get_secret_value(), body.organization)
    return await sessions.begin(user)


@sessions.post("", status_code=201, response_model=SignedInRead, dependencies=[Depends(public)])
async def sign_in(body: SignIn, sessions: SignInCase) -> SignedIn:
    """Sign in: begin a session on this device."""
    return await sessions.sign_in(body.email, body.password.get_secret_value())


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


@sessions.delete("", status_code=204)
async def sign_out_everywhere(account: Account, tx: Tx) -> None:
    """End every session of the account, the one that asks included."""
    await AccountRepository(tx, account).end_all_sessions()


@sessions.delete("/{session}", status_code=204)
async def end_session(session: UUID, account: Account, tx: Tx) -> None:
    """Sign another device out."""
    if not await AccountRepository(tx, account).end_session(session):
        raise NotFound("session", session)


@account.get("", response_model=AccountRead)
async def read_account(account: Account, tx: Tx) -> object:
    """Tell who is signed in."""
    user = await AccountRepository(tx, account).user()
    if user is None:
        raise Unauthenticated
    return user


@keys.get("/jwks.json", dependencies=[Depends(public)])
async def read_keys(tx: Tx, parts: Parts) -> KeySetRead:
    """Tell the keys that access tokens can be verified with."""
    return KeySetRead(keys=await parts.part(AccessTokens).public_keys(tx))


def _read(session: SessionRow, current: UUID | None) -> SessionRead:
    facts = {name: getattr(session, name) for name in SessionRead.model_fields if name != "is_current"}
    return SessionRead(**facts, is_current=session.id == current)
