"""HTTP in, use case, HTTP out, for how somebody signs in: password, address, second factor."""

from typing import Annotated

from fastapi import Depends

from pipeline_builder.domains.identity import making
from pipeline_builder.domains.identity.credentials import Credentials
from pipeline_builder.domains.identity.schemas import (
    AddressChange,
    AddressProof,
    CodeGiven,
    PasswordChange,
    RecoveryCodes,
    Reset,
    ResetAsked,
    SecondFactorBegun,
)
from pipeline_builder.domains.identity.second_factor import SecondFactor
from pipeline_builder.kit.guard import Account, Parts, ProvenAccount, Tx, public
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import as_platform

credentials = router("/api/account", "identity")
resets = router("/api/password-resets", "identity")
addresses = router("/api/addresses", "identity")


async def _credentials(tx: Tx, parts: Parts) -> Credentials:
    return making.credentials(tx, await as_platform(tx), parts)


async def _second_factor(account: ProvenAccount, tx: Tx, parts: Parts) -> SecondFactor:  # noqa: ARG001 -- asked first
    return making.second_factor(tx, await as_platform(tx), parts)


Case = Annotated[Credentials, Depends(_credentials)]
Factor = Annotated[SecondFactor, Depends(_second_factor)]


@credentials.put("/password", status_code=204)
async def change_password(body: PasswordChange, account: Account, tx: Tx, parts: Parts) -> None:
    """Change your password. Every other session of yours ends."""
    case = making.credentials(tx, await as_platform(tx), parts)
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    await case.change_password(account.user_id, account.session_id, current, new)


@resets.post("", status_code=202, dependencies=[Depends(public)])
async def ask_for_password_reset(body: ResetAsked, case: Case) -> None:
    """Have a token mailed with which the password can be set. The answer does not tell whether there is an account."""
    await case.ask_for_reset(body.email)


@resets.post("/completion", status_code=204, dependencies=[Depends(public)])
async def reset_password(body: Reset, case: Case) -> None:
    """Set the password by a token that was mailed. Every session of the account ends."""
    await case.reset(body.token, body.new_password.get_secret_value())


@credentials.put("/email", status_code=202)
async def change_address(body: AddressChange, account: ProvenAccount, tx: Tx, parts: Parts) -> None:
    """Have a token mailed to an address, of yours or to be yours; it becomes yours once the token was sent back."""
    await making.credentials(tx, await as_platform(tx), parts).ask_for_proof_of_address(account.user_id, body.email)


@addresses.post("/proof", status_code=204, dependencies=[Depends(public)])
async def prove_address(body: AddressProof, case: Case) -> None:
    """Show that an address is yours, by the token that was mailed to it."""
    await case.prove_address(body.token)


@credentials.post("/second-factor", status_code=201)
async def begin_second_factor(account: ProvenAccount, factor: Factor) -> SecondFactorBegun:
    """Set a second factor up. It counts once a code of it has confirmed it."""
    secret, address = await factor.begin(account.user_id, account.actor.name)
    return SecondFactorBegun(secret=secret, address=address)


@credentials.post("/second-factor/confirmation")
async def confirm_second_factor(body: CodeGiven, account: ProvenAccount, factor: Factor) -> RecoveryCodes:
    """Switch the second factor on, by a code of it."""
    return RecoveryCodes(recovery_codes=await factor.confirm(account.user_id, body.code))


@credentials.delete("/second-factor", status_code=204)
async def remove_second_factor(account: ProvenAccount, factor: Factor) -> None:
    """Sign in without a second factor from now on."""
    await factor.remove(account.user_id)
