"""Sign-up and sign-in at Cognito: its answers as ours, its faults as typed errors.

Tokens and passwords pass through and are neither kept nor logged. Groups come from the pool alone:
nothing here can make anybody an admin.
"""

import base64
import binascii
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared_utils.api.errors import TooManyRequests, Unauthenticated
from shared_utils.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    Problem,
    RuleBroken,
    Unavailable,
)

logger = logging.getLogger(__name__)

_POLICY_SENTENCE = (
    "The password needs at least 12 characters, with a small and a capital letter, a digit and "
    "a symbol."
)
_TOO_OFTEN = frozenset(
    {"TooManyRequestsException", "LimitExceededException", "TooManyFailedAttemptsException"}
)
_AUTHENTICATOR = "SOFTWARE_TOKEN_MFA"


class CognitoClient(Protocol):
    """boto3.client("cognito-idp")."""

    def sign_up(self, *args: Any, **kwargs: Any) -> Any: ...
    def confirm_sign_up(self, *args: Any, **kwargs: Any) -> Any: ...
    def resend_confirmation_code(self, *args: Any, **kwargs: Any) -> Any: ...
    def initiate_auth(self, *args: Any, **kwargs: Any) -> Any: ...
    def respond_to_auth_challenge(self, *args: Any, **kwargs: Any) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    """`code_sent_to` is masked by Cognito, such as `t***@e***`; None when no code is needed."""

    user_id: str
    confirmed: bool
    code_sent_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """`refresh_token` None: the one that was presented stays good. The repr shows none of them."""

    id_token: str
    access_token: str
    refresh_token: str | None
    expires_in_s: int

    def __repr__(self) -> str:
        return f"Tokens({self.expires_in_s} s)"


@dataclass(frozen=True, slots=True)
class UserPool:
    client: CognitoClient
    client_id: str

    def sign_up(self, email: str, password: str, name: str) -> SignedUp:
        """Raises Conflict USER_EXISTS, RuleBroken PASSWORD_TOO_WEAK."""
        with _faults(_SIGN_UP):
            answer = self.client.sign_up(
                ClientId=self.client_id,
                Username=email,
                Password=password,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "name", "Value": name},
                ],
            )
        return SignedUp(
            user_id=answer["UserSub"],
            confirmed=bool(answer.get("UserConfirmed")),
            code_sent_to=answer.get("CodeDeliveryDetails", {}).get("Destination"),
        )

    def confirm(self, email: str, code: str) -> None:
        """Raises RuleBroken WRONG_CODE or CODE_EXPIRED."""
        with _faults(_CONFIRM):
            self.client.confirm_sign_up(
                ClientId=self.client_id, Username=email, ConfirmationCode=code
            )

    def resend_code(self, email: str) -> None:
        """To an unconfirmed user; nobody is told whether there is one."""
        with _faults(_RESEND):
            try:
                self.client.resend_confirmation_code(ClientId=self.client_id, Username=email)
            except ClientError as error:
                if _code_of(error) not in {"UserNotFoundException", "InvalidParameterException"}:
                    raise

    def sign_in(self, email: str, password: str, authenticator_code: str | None) -> Tokens:
        """Raises Unauthenticated WRONG_CREDENTIALS, MFA_CODE_REQUIRED or WRONG_MFA_CODE, and
        Forbidden NOT_CONFIRMED or SIGN_IN_STEP_REQUIRED.
        """
        with _faults(_SIGN_IN):
            answer = self.client.initiate_auth(
                ClientId=self.client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            )
        if answer.get("ChallengeName") == _AUTHENTICATOR:
            answer = self._second_factor(answer, email, authenticator_code)
        return _tokens_of(answer)

    def refresh(self, refresh_token: str) -> Tokens:
        """Raises Unauthenticated SESSION_OVER."""
        with _faults(_REFRESH):
            answer = self.client.initiate_auth(
                ClientId=self.client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": refresh_token},
            )
        return _tokens_of(answer)

    def _second_factor(self, asked: Mapping[str, Any], email: str, code: str | None) -> Any:
        if code is None:
            raise Unauthenticated(
                "This user signs in with an authenticator: send its code as well.",
                code="MFA_CODE_REQUIRED",
            )
        username = asked.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP", email)
        with _faults(_SECOND_FACTOR):
            return self.client.respond_to_auth_challenge(
                ClientId=self.client_id,
                ChallengeName=_AUTHENTICATOR,
                Session=asked["Session"],
                ChallengeResponses={"USERNAME": username, "SOFTWARE_TOKEN_MFA_CODE": code},
            )


def claims_of(id_token: str) -> Mapping[str, str]:
    """What an id token says. Only for one that Cognito has just handed out: nothing is verified."""
    try:
        payload = id_token.split(".")[1]
        claims: Mapping[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    except (IndexError, ValueError, binascii.Error) as error:
        raise Unavailable("The sign-in service answered with something unreadable.") from error
    return claims


def _tokens_of(answer: Mapping[str, Any]) -> Tokens:
    result = answer.get("AuthenticationResult")
    if not result:
        logger.warning("sign-in needs a step", extra={"step": answer.get("ChallengeName")})
        raise Forbidden(
            "This user has to complete a step of his sign-in first, such as a new password.",
            code="SIGN_IN_STEP_REQUIRED",
        )
    return Tokens(
        id_token=result["IdToken"],
        access_token=result["AccessToken"],
        refresh_token=result.get("RefreshToken"),
        expires_in_s=int(result["ExpiresIn"]),
    )


def _user_exists() -> DomainError:
    return Conflict("There is a user with this e-mail already; sign in.", code="USER_EXISTS")


def _weak_password() -> DomainError:
    problem = Problem("password", "is too weak for the policy")
    return RuleBroken(_POLICY_SENTENCE, code="PASSWORD_TOO_WEAK", details=[problem])


def _wrong_code() -> DomainError:
    problem = Problem("confirmation_code", "is wrong, or was used already")
    return RuleBroken(
        "The code is wrong, or was used already.", code="WRONG_CODE", details=[problem]
    )


def _expired_code() -> DomainError:
    problem = Problem("confirmation_code", "has expired")
    return RuleBroken(
        "The code has expired; ask for another.", code="CODE_EXPIRED", details=[problem]
    )


def _wrong_credentials() -> DomainError:
    return Unauthenticated("The e-mail or the password is wrong.", code="WRONG_CREDENTIALS")


def _not_confirmed() -> DomainError:
    return Forbidden("Confirm the e-mail first, with the code sent to it.", code="NOT_CONFIRMED")


def _session_over() -> DomainError:
    return Unauthenticated("The session is over; sign in again.", code="SESSION_OVER")


def _wrong_factor() -> DomainError:
    return Unauthenticated("The authenticator's code is wrong.", code="WRONG_MFA_CODE")


_SIGN_UP = {
    "UsernameExistsException": _user_exists,
    "AliasExistsException": _user_exists,
    "InvalidPasswordException": _weak_password,
}
# Whether such a user exists is told to nobody: his code is simply wrong.
_CONFIRM = {
    "CodeMismatchException": _wrong_code,
    "NotAuthorizedException": _wrong_code,
    "UserNotFoundException": _wrong_code,
    "AliasExistsException": _wrong_code,
    "ExpiredCodeException": _expired_code,
}
_RESEND: Mapping[str, Any] = {}
_SIGN_IN = {
    "NotAuthorizedException": _wrong_credentials,
    "UserNotFoundException": _wrong_credentials,
    "UserNotConfirmedException": _not_confirmed,
    "PasswordResetRequiredException": _wrong_credentials,
}
_REFRESH = {"NotAuthorizedException": _session_over, "UserNotFoundException": _session_over}
_SECOND_FACTOR = {
    "CodeMismatchException": _wrong_factor,
    "ExpiredCodeException": _wrong_factor,
    "NotAuthorizedException": _wrong_factor,
}


@contextmanager
def _faults(known: Mapping[str, Any]) -> Iterator[None]:
    """Cognito's errors as ours. Its own sentences never leave: they may name the user."""
    try:
        yield
    except ClientError as error:
        raise _translated(_code_of(error), known) from None
    except BotoCoreError as error:
        raise Unavailable("The sign-in service does not answer; try again.") from error


def _translated(code: str, known: Mapping[str, Any]) -> DomainError:
    if code in known:
        error: DomainError = known[code]()
        return error
    if code in _TOO_OFTEN:
        return TooManyRequests("Too many tries; wait a few minutes.")
    if code == "InvalidParameterException":
        return InvalidInput("The sign-in service does not accept these values.")
    logger.error("sign-in service fails", extra={"problem_code": code})
    return Unavailable("The sign-in service cannot be used now; try again.")


def _code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
