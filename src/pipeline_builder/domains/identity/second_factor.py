"""A second factor: codes that change every 30 seconds (RFC 6238), and codes for the day the device is lost."""

import hashlib
import hmac
import secrets as random
import string
from uuid import UUID

import pyotp

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.domains.identity.credentials_repository import FactorRepository
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.routing import KeepsChanges
from pipeline_builder.kit.secrets import Secrets

_ISSUER = "Pipeline Builder"
_SEALED = "second-factor"
_RECOVERY = "recovery-code"
_STEP_SECONDS = 30
_TOLERATED_STEPS = (0, -1, 1)
_RECOVERY_CODES = 10
_LETTERS = string.ascii_lowercase.replace("l", "").replace("o", "") + "23456789"
_LETTERS_OF_A_HALF = 5


class CodeWrong(KeepsChanges):
    """The code is wrong, too old, or was used before."""

    code = "code-wrong"
    kind = ErrorKind.INVALID

    def __init__(self) -> None:
        super().__init__("This code is not the one of now, or was used before; wait for the next one.")


class FactorOn(PipelineBuilderError):
    """The account has a second factor already."""

    code = "second-factor-on"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("The account has a second factor; remove it before you set another one up.")


class FactorMissing(PipelineBuilderError):
    """No second factor is being set up."""

    code = "second-factor-missing"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("No second factor is being set up; begin with setting one up.")


class SecondFactor:
    """The use cases, in a transaction of the platform."""

    def __init__(self, factors: FactorRepository, secrets: Secrets, clock: Clock) -> None:
        self._factors = factors
        self._secrets = secrets
        self._clock = clock

    async def is_on(self, user_id: UUID) -> bool:
        """Whether signing in takes a code."""
        found = await self._factors.of(user_id)
        return found is not None and found.is_confirmed

    async def recovery_codes_left(self, user_id: UUID) -> int:
        return await self._factors.count_recovery_codes(user_id)

    async def begin(self, user_id: UUID, email: str) -> tuple[str, str]:
        """Set one up: its secret, and the same as an `otpauth` address for a QR code. It counts once it is confirmed.

        Raises:
            FactorOn: there is one.
        """
        if await self.is_on(user_id):
            raise FactorOn
        secret = pyotp.random_base32()
        await self._factors.set(user_id, self._secrets.seal(_SEALED, secret.encode(), user_id.bytes))
        return secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)

    async def confirm(self, user_id: UUID, code: str) -> list[str]:
        """Switch it on, by a code that shows that the device has the secret.

        Returns:
            Codes that work once each, for when the device is lost. They are shown this once.

        Raises:
            FactorMissing: none is being set up.
            CodeWrong: it is.
        """
        found = await self._factors.of(user_id)
        if found is None or found.second_factor is None or found.is_confirmed:
            raise FactorMissing
        if not await self._is_of_now(user_id, code):
            raise CodeWrong
        await self._factors.confirm(user_id)
        codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
        await self._factors.set_recovery_codes(user_id, [self._digest(user_id, one) for one in codes])
        return codes

    async def check(self, user_id: UUID, code: str) -> bool:
        """Whether this is the code of now, or one of those for when the device is lost. Each works once."""
        if code.isdigit():
            return await self._is_of_now(user_id, code)
        code = code.strip().lower()
        return await self._factors.use_recovery_code(user_id, self._digest(user_id, code))

    async def remove(self, user_id: UUID) -> None:
        """Sign in without one from now on."""
        await self._factors.set(user_id, None)

    async def _is_of_now(self, user_id: UUID, code: str) -> bool:
        found = await self._factors.of(user_id)
        if found is None or found.second_factor is None:
            return False
        totp = pyotp.TOTP(self._secrets.open(_SEALED, found.second_factor, user_id.bytes).decode())
        now = int(self._clock().timestamp()) // _STEP_SECONDS
        for step in (now + offset for offset in _TOLERATED_STEPS):
            if step > found.second_factor_last_step and hmac.compare_digest(totp.generate_otp(step), code):
                await self._factors.use_step(user_id, step)
                return True
        return False

    def _digest(self, user_id: UUID, code: str) -> bytes:
        return hmac.digest(self._secrets.key(_RECOVERY), user_id.bytes + code.encode(), hashlib.sha256)


def _recovery_code() -> str:
    halves = ("".join(random.choice(_LETTERS) for _ in range(_LETTERS_OF_A_HALF)) for _ in range(2))
    return "-".join(halves)
