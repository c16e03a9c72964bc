"""A user pool in memory: boto3's cognito-idp calls that we make, with its error codes."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

CODE = "123456"
FACTOR = "654321"


@dataclass
class User:
    password: str
    attributes: dict[str, str]
    confirmed: bool = False
    has_authenticator: bool = False


@dataclass
class Cognito:
    """`fault` is raised by every call; `step` is a challenge that we do not know."""

    users: dict[str, User] = field(default_factory=dict)
    fault: Exception | None = None
    step: str | None = None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def sign_up(self, **request: Any) -> dict[str, Any]:
        self._called("sign_up", request)
        if request["Username"] in self.users:
            raise error("UsernameExistsException")
        if len(request["Password"]) < 12:
            raise error("InvalidPasswordException")
        attributes = {each["Name"]: each["Value"] for each in request["UserAttributes"]}
        self.users[request["Username"]] = User(request["Password"], attributes)
        return {
            "UserSub": _sub(request["Username"]),
            "UserConfirmed": False,
            "CodeDeliveryDetails": {"Destination": "t***@e***"},
        }

    def confirm_sign_up(self, **request: Any) -> dict[str, Any]:
        self._called("confirm_sign_up", request)
        user = self.users.get(request["Username"])
        if user is None:
            raise error("UserNotFoundException")
        if user.confirmed:
            raise error("NotAuthorizedException")
        if request["ConfirmationCode"] != CODE:
            raise error("CodeMismatchException")
        user.confirmed = True
        return {}

    def resend_confirmation_code(self, **request: Any) -> dict[str, Any]:
        self._called("resend_confirmation_code", request)
        user = self.users.get(request["Username"])
        if user is None:
            raise error("UserNotFoundException")
        if user.confirmed:
            raise error("InvalidParameterException")
        return {}

    def initiate_auth(self, **request: Any) -> dict[str, Any]:
        self._called("initiate_auth", request)
        given = request["AuthParameters"]
        if request["AuthFlow"] == "REFRESH_TOKEN_AUTH":
            name = given["REFRESH_TOKEN"].removeprefix("canary-refresh-")
            if name not in {_sub(each) for each in self.users}:
                raise error("NotAuthorizedException")
            email = next(each for each in self.users if _sub(each) == name)
            return {"AuthenticationResult": self._tokens(email, with_refresh=False)}
        user = self.users.get(given["USERNAME"])
        if user is None or user.password != given["PASSWORD"]:
            raise error("NotAuthorizedException")
        if not user.confirmed:
            raise error("UserNotConfirmedException")
        if self.step is not None:
            return {"ChallengeName": self.step, "Session": "s"}
        if user.has_authenticator:
            return {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": given["USERNAME"]}
        return {"AuthenticationResult": self._tokens(given["USERNAME"])}

    def respond_to_auth_challenge(self, **request: Any) -> dict[str, Any]:
        self._called("respond_to_auth_challenge", request)
        if request["ChallengeResponses"]["SOFTWARE_TOKEN_MFA_CODE"] != FACTOR:
            raise error("CodeMismatchException")
        return {"AuthenticationResult": self._tokens(request["Session"])}

    def _called(self, name: str, request: dict[str, Any]) -> None:
        self.calls.append((name, request))
        if self.fault is not None:
            raise self.fault

    def _tokens(self, email: str, *, with_refresh: bool = True) -> dict[str, Any]:
        claims = {"sub": _sub(email), **self.users[email].attributes}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        tokens = {
            "IdToken": f"canary-id.{payload}.signature",
            "AccessToken": f"canary-access.{payload}.signature",
            "ExpiresIn": 3600,
        }
        return tokens | ({"RefreshToken": f"canary-refresh-{_sub(email)}"} if with_refresh else {})


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "canary message of the pool"}}, "Call")


def _sub(email: str) -> str:
    return f"sub-{email.partition('@')[0]}"
