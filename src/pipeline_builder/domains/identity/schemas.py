"""Identity on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints

from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.wire import Answered, Asked

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=3,
        max_length=254,
        pattern=r"^[^\s@\x00-\x1f]+@[^\s@.\x00-\x1f]+(\.[^\s@.\x00-\x1f]+)*$",
    ),
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
]
Password = Annotated[SecretStr, Field(max_length=1024)]
Code = Annotated[
    str, Field(min_length=6, max_length=20, description="Six digits of now, or a code for when the device is lost.")
]


class Register(Asked):
    """An account, and the organization that comes with it."""

    email: Email = Field(description="Address of the account; one sign-in name, and where mail goes.")
    name: Name = Field(description="What people call you.")
    password: Password = Field(description="10 to 128 characters, and not among the first that anybody would try.")
    organization: Name = Field(description="Name of the organization that you will own.")


class SignIn(Asked):
    """Address and password."""

    email: Email = Field(description="Address of the account.")
    password: Password = Field(description="Its password.")


class Refresh(Asked):
    """The refresh token of a session."""

    refresh_token: str = Field(max_length=200, description="The newest refresh token of the session; it works once.")


class SignInWithCode(Asked):
    """The second step of signing in."""

    challenge: str = Field(max_length=200, description="What the first step answered with.")
    code: Code


class Proof(Asked):
    """What shows again who somebody is."""

    password: Password | None = Field(default=None, description="The password, unless the account has none.")
    code: Code | None = Field(default=None, description="The code of the second factor, where there is one.")


class PasswordChange(Asked):
    """Another password."""

    current_password: Password = Field(description="The one of now.")
    new_password: Password = Field(description="10 to 128 characters, and not among the first that anybody would try.")


class ResetAsked(Asked):
    """Whose password shall be set anew."""

    email: Email = Field(description="Address of the account.")


class Reset(Asked):
    """A password, and the token that lets it be set."""

    token: str = Field(max_length=200, description="The token of the mail.")
    new_password: Password = Field(description="10 to 128 characters, and not among the first that anybody would try.")


class AddressChange(Asked):
    """Another address."""

    email: Email = Field(description="The account's address, once the token that is mailed to it was sent back.")


class AddressProof(Asked):
    """What shows that an address is somebody's."""

    token: str = Field(max_length=200, description="The token of the mail.")


class CodeGiven(Asked):
    """A code of the second factor."""

    code: Code


class AccessTokenRead(Answered):
    """An access token that says that its owner was asked just now."""

    access_token: str = Field(description="Send it as `Authorization: Bearer`.")
    expires_in: int = Field(description="Seconds that it lives.")


class SecondFactorBegun(Answered):
    """A second factor that is not confirmed yet."""

    secret: str = Field(description="The secret, in base 32, to type into an app. It is shown this once.")
    address: str = Field(description="The same as an `otpauth` address, for a QR code.")


class RecoveryCodes(Answered):
    """Codes for the day the device is lost."""

    recovery_codes: list[str] = Field(description="Each works once. They are shown this once.")


class SignedInRead(Answered):
    """Tokens of a session."""

    access_token: str = Field(description="Send it as `Authorization: Bearer`.")
    expires_in: int = Field(description="Seconds that the access token lives.")
    refresh_token: str = Field(description="Gives the next pair of tokens, once.")
    session_id: UUID = Field(description="The session, as the list of sessions names it.")
    user_id: UUID = Field(description="Whose session it is.")
    org_id: UUID | None = Field(description="The organization that the session works in unless a request names one.")


class AccountRead(Answered):
    """An account."""

    id: UUID = Field(description="Id of the account.")
    email: str = Field(description="Its address.")
    name: str = Field(description="What people call its owner.")
    email_verified_at: datetime | None = Field(description="When the address was proven to be its owner's.")
    has_password: bool = Field(description="One can sign in with a password.")
    has_second_factor: bool = Field(description="Signing in takes a code too.")
    recovery_codes_left: int = Field(description="How many codes there are for when the device is lost.")


class SessionRead(Answered):
    """A device's stay."""

    id: UUID = Field(description="Id of the session.")
    is_current: bool = Field(description="It is the one that asks.")
    created_at: datetime = Field(description="When it began.")
    last_used_at: datetime = Field(description="When its tokens were last renewed.")
    expires_at: datetime = Field(description="When it ends unless it is used.")
    user_agent: str = Field(description="What the client called itself.")
    address: str = Field(description="Where it came from.")


class TokenCreate(Asked):
    """A token for a program."""

    name: Name = Field(description="What it is for.")
    permissions: list[Permission] = Field(
        min_length=1, max_length=100, description="The most that it may do; never more than its maker."
    )
    expires_in_days: int = Field(ge=1, le=365, default=90, description="Days that it lives.")


class TokenRead(Answered):
    """A token for a program, without the token."""

    id: UUID = Field(description="Id of the token.")
    org_id: UUID = Field(description="The organization that it works in, and no other.")
    user_id: UUID | None = Field(description="Whose it is; null for a service token.")
    name: str = Field(description="What it is for.")
    permissions: list[str] = Field(description="The most that it may do.")
    created_by: str = Field(description="Who made it.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime = Field(description="When it stops working.")
    last_used_at: datetime | None = Field(description="When it was last used, to the minute.")


class TokenMade(TokenRead):
    """A token for a program, with the token: it is shown this once."""

    token: str = Field(description="The token. It is not kept; write it down now.")


class KeySetRead(Answered):
    """The keys that access tokens can be verified with (RFC 7517)."""

    keys: list[dict[str, object]] = Field(description="Public keys.")
