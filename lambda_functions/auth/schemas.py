"""Sign-up, sign-in and profiles on the wire."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from lambda_functions.auth.profile_edits import ProfileChanges
from lambda_functions.auth.user_pool import Tokens
from shared_utils.api.conversions import to_domain
from shared_utils.api.principals import Principal
from shared_utils.api.wire_types import (
    Instant,
    Name,
    RequestModel,
    ResponseModel,
    SeenVersion,
)
from shared_utils.domain.user_profiles import UserProfile

# The pool tells capitals apart in an e-mail; people do not.
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    ),
    AfterValidator(str.lower),
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,10}$")]
Token = Annotated[
    str,
    StringConstraints(min_length=1, max_length=8192, pattern=r"^[A-Za-z0-9._~+/=-]+$"),
]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+[1-9][0-9]{6,14}$")]

_EMAIL = "trader@example.com"
_PASSWORD = "A-long-1st-password"  # noqa: S105 - the document's example
SIGN_UP_EXAMPLE = {"email": _EMAIL, "password": _PASSWORD, "name": "Asha Rao"}
SIGN_IN_EXAMPLE = {"email": _EMAIL, "password": _PASSWORD}
CONFIRM_EXAMPLE = {"email": _EMAIL, "confirmation_code": "123456"}


class SignUpRequest(RequestModel):
    """A code is sent to the e-mail; everybody starts as a trader."""

    email: Email
    password: Password
    name: Name


class SignUpResponse(ResponseModel):
    """`code_sent_to` is masked."""

    user_id: str
    confirmed: bool
    code_sent_to: str | None


class ConfirmRequest(RequestModel):
    email: Email
    confirmation_code: Code


class ResendCodeRequest(RequestModel):
    email: Email


class SignInRequest(RequestModel):
    """`authenticator_code` is for users who have set up an authenticator."""

    email: Email
    password: Password
    authenticator_code: Code | None = None


class RefreshRequest(RequestModel):
    refresh_token: Token


class TokensResponse(ResponseModel):
    """Send `id_token` as `Authorization: Bearer`. `refresh_token` null: keep the one you have."""

    token_type: str = "Bearer"  # noqa: S105 - HTTP's word, not a token
    id_token: str
    access_token: str
    refresh_token: str | None
    expires_in_s: int

    @classmethod
    def from_domain(cls, tokens: Tokens) -> "TokensResponse":
        return cls.model_validate(tokens)


class UpdateProfileRequest(RequestModel):
    """What is left out stays as it is. `version`, when given, must be the stored one."""

    name: Name | None = None
    phone: Phone | None = None
    version: SeenVersion | None = None

    def to_changes(self) -> ProfileChanges:
        return to_domain(self, ProfileChanges)


class ProfileResponse(ResponseModel):
    """`phone` is international, such as +919812345678; `is_admin` is the pool's word."""

    user_id: str
    email: str
    name: str
    phone: str | None
    is_admin: bool
    created_at: Instant
    updated_at: Instant
    version: int


def shown(profile: UserProfile, principal: Principal) -> ProfileResponse:
    return ProfileResponse(
        user_id=profile.user_id,
        email=profile.email,
        name=profile.name,
        phone=profile.phone,
        is_admin=principal.is_admin,
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        version=profile.version,
    )
