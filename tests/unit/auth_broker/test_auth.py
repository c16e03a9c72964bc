"""Sign-up, sign-in, profiles: what works, what is refused, and what is never told."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from lambda_functions.auth import on_api as auth_api
from lambda_functions.auth.user_pool import UserPool, claims_of
from shared_utils.domain.errors import Unavailable
from tests.api_events import Caller, LambdaContext, an_event, reply_of
from tests.unit.auth_broker.cognito import CODE, FACTOR, error
from tests.unit.auth_broker.conftest import Platform

EMAIL, PASSWORD = "asha@example.com", "canary-Passw0rd!"
SIGN_UP = {"email": EMAIL, "password": PASSWORD, "name": "Asha Rao"}
SIGN_IN = {"email": EMAIL, "password": PASSWORD}
ASHA = Caller("sub-asha", EMAIL)


def public(platform: Platform, step: str, body: Any) -> Any:
    return platform.call("POST", f"/auth/{step}", body, caller=None)


@pytest.fixture
def asha(platform: Platform) -> Platform:
    """A confirmed user."""
    assert public(platform, "sign-up", SIGN_UP).status == 201
    confirmed = public(platform, "confirm", {"email": EMAIL, "confirmation_code": CODE})
    assert (confirmed.status, confirmed.text) == (204, "")
    return platform


def test_a_trader_signs_up_confirms_and_signs_in(asha: Platform):
    reply = public(asha, "sign-in", SIGN_IN)

    assert reply.status == 200
    assert set(reply.body) == {
        "token_type", "id_token", "access_token", "refresh_token", "expires_in_s",
    }  # fmt: skip
    profile = asha.call("GET", "/auth/profile", caller=ASHA)
    assert profile.body["name"] == "Asha Rao"
    assert profile.body["version"] == 1


def test_nobody_is_told_more_than_where_his_code_went(platform: Platform):
    reply = public(platform, "sign-up", SIGN_UP)

    assert reply.body == {"user_id": "sub-asha", "confirmed": False, "code_sent_to": "t***@e***"}


def test_a_sign_up_can_never_make_an_admin(platform: Platform):
    for extra in ({"groups": ["admin"]}, {"is_admin": True}, {"cognito:groups": "admin"}):
        refused = public(platform, "sign-up", SIGN_UP | extra)
        assert refused.status == 400
    public(platform, "sign-up", SIGN_UP)
    ((_, request),) = platform.cognito.calls
    assert {each["Name"] for each in request["UserAttributes"]} == {"email", "name"}


def test_capitals_in_an_e_mail_make_no_second_user(asha: Platform):
    assert public(asha, "sign-up", SIGN_UP | {"email": "ASHA@Example.com"}).status == 409
    assert public(asha, "sign-in", SIGN_IN | {"email": " Asha@Example.com"}).status == 200


def test_a_user_who_exists_is_told_to_sign_in(asha: Platform):
    refused = public(asha, "sign-up", SIGN_UP)
    assert (refused.status, refused.error["code"]) == (409, "USER_EXISTS")


def test_a_weak_password_hears_the_policy(platform: Platform):
    refused = public(platform, "sign-up", SIGN_UP | {"password": "short"})
    assert (refused.status, refused.error["code"]) == (422, "PASSWORD_TOO_WEAK")
    assert refused.fields == ["password"]
    assert "12 characters" in refused.error["message"]


def test_a_wrong_user_and_a_wrong_password_sound_the_same(asha: Platform):
    wrong_password = public(asha, "sign-in", SIGN_IN | {"password": "x"})
    wrong_user = public(asha, "sign-in", SIGN_IN | {"email": "nobody@example.com"})
    assert wrong_password.status == 401
    assert wrong_password.error["code"] == "WRONG_CREDENTIALS"
    assert wrong_password.text == wrong_user.text
    for code in ("UserNotFoundException", "PasswordResetRequiredException"):
        asha.cognito.fault = error(code)
        assert public(asha, "sign-in", SIGN_IN).text == wrong_password.text


def test_a_wrong_code_an_unknown_user_and_a_used_code_sound_the_same(asha: Platform):
    used = public(asha, "confirm", {"email": EMAIL, "confirmation_code": CODE})
    unknown = public(asha, "confirm", {"email": "x@example.com", "confirmation_code": CODE})
    assert (used.status, used.error["code"]) == (422, "WRONG_CODE")
    assert used.text == unknown.text


def test_an_expired_code_says_so_and_another_can_be_had(platform: Platform):
    public(platform, "sign-up", SIGN_UP)
    platform.cognito.fault = error("ExpiredCodeException")
    expired = public(platform, "confirm", {"email": EMAIL, "confirmation_code": CODE})
    assert (expired.status, expired.error["code"]) == (422, "CODE_EXPIRED")

    platform.cognito.fault = None
    assert public(platform, "resend-code", {"email": EMAIL}).status == 204
    assert public(platform, "resend-code", {"email": "nobody@example.com"}).status == 204


def test_an_unconfirmed_user_is_sent_to_his_mail(platform: Platform):
    public(platform, "sign-up", SIGN_UP)
    refused = public(platform, "sign-in", SIGN_IN)
    assert (refused.status, refused.error["code"]) == (403, "NOT_CONFIRMED")


def test_an_authenticator_is_asked_for_its_code(asha: Platform):
    asha.cognito.users[EMAIL].has_authenticator = True
    asked = public(asha, "sign-in", SIGN_IN)
    assert (asked.status, asked.error["code"]) == (401, "MFA_CODE_REQUIRED")
    wrong = public(asha, "sign-in", SIGN_IN | {"authenticator_code": "000000"})
    assert (wrong.status, wrong.error["code"]) == (401, "WRONG_MFA_CODE")
    assert public(asha, "sign-in", SIGN_IN | {"authenticator_code": FACTOR}).status == 200


def test_a_step_we_do_not_know_gives_no_tokens(asha: Platform):
    asha.cognito.step = "NEW_PASSWORD_REQUIRED"
    refused = public(asha, "sign-in", SIGN_IN)
    assert (refused.status, refused.error["code"]) == (403, "SIGN_IN_STEP_REQUIRED")


def test_tokens_are_refreshed_until_the_session_is_over(asha: Platform):
    token = public(asha, "sign-in", SIGN_IN).body["refresh_token"]
    fresh = public(asha, "refresh", {"refresh_token": token})
    assert fresh.status == 200
    assert fresh.body["refresh_token"] is None
    over = public(asha, "refresh", {"refresh_token": "made-up"})
    assert (over.status, over.error["code"]) == (401, "SESSION_OVER")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (error("TooManyRequestsException"), 429, "TOO_MANY_REQUESTS"),
        (error("LimitExceededException"), 429, "TOO_MANY_REQUESTS"),
        (error("InternalErrorException"), 503, "UNAVAILABLE"),
        (ReadTimeoutError(endpoint_url="https://cognito"), 503, "UNAVAILABLE"),
    ],
)
def test_the_pools_own_words_never_come_out(asha: Platform, fault, status: int, code: str):
    asha.cognito.fault = fault
    for step, body in (
        ("sign-up", SIGN_UP),
        ("sign-in", SIGN_IN),
        ("resend-code", {"email": EMAIL}),
        ("refresh", {"refresh_token": "x"}),
        ("confirm", {"email": EMAIL, "confirmation_code": CODE}),
    ):
        refused = public(asha, step, body)
        assert (refused.status, refused.error["code"]) == (status, code), step
        assert "canary" not in refused.text


BAD = {
    "no body": ("sign-in", None, []),
    "no password": ("sign-in", {"email": EMAIL}, ["password"]),
    "no e-mail": ("sign-up", {**SIGN_UP, "email": "asha"}, ["email"]),
    "a number for a password": ("sign-up", {**SIGN_UP, "password": 1}, ["password"]),
    "an endless password": ("sign-up", {**SIGN_UP, "password": "x" * 257}, ["password"]),
    "an unknown field": ("sign-in", {**SIGN_IN, "admin": True}, ["admin"]),
    "a code of letters": (
        "confirm",
        {"email": EMAIL, "confirmation_code": "abcdef"},
        ["confirmation_code"],
    ),
    "a token with a newline": ("refresh", {"refresh_token": "a\nb"}, ["refresh_token"]),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_input_reaches_nobody(platform: Platform, case: str):
    step, body, fields = BAD[case]
    refused = public(platform, step, body)
    assert (refused.status, refused.fields) == (400, fields)
    assert platform.cognito.calls == []
    assert "canary" not in refused.text


def test_a_profile_is_mine_alone(platform: Platform):
    changed = platform.call("PUT", "/auth/profile", {"phone": "+919812345678"}, caller=ASHA)
    assert (changed.body["phone"], changed.body["version"]) == ("+919812345678", 2)
    other = platform.call("GET", "/auth/profile", caller=Caller("sub-ravi", "ravi@example.com"))
    assert (other.body["user_id"], other.body["phone"]) == ("sub-ravi", None)


def test_only_the_pool_says_who_is_an_admin(platform: Platform):
    admin = Caller("sub-root", "root@example.com", groups="admin")
    assert platform.call("GET", "/auth/profile", caller=admin).body["is_admin"] is True
    assert platform.call("GET", "/auth/profile", caller=ASHA).body["is_admin"] is False


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"phone": "98123"}, 400),
        ({"name": ""}, 400),
        ({"user_id": "sub-ravi"}, 400),
        ({"email": "other@example.com"}, 400),
        ({"name": "A", "version": 7}, 409),
    ],
)
def test_a_refused_change_of_a_profile_writes_nothing(platform: Platform, body, status: int):
    platform.call("GET", "/auth/profile", caller=ASHA)
    before = platform.rows()
    assert platform.call("PUT", "/auth/profile", body, caller=ASHA).status == status
    assert platform.rows() == before


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_profile_needs_a_token_and_an_id_token(platform: Platform, method: str):
    before = platform.rows()
    no_token = platform.call(method, "/auth/profile", {"name": "A"}, caller=None)
    assert (no_token.status, no_token.error["code"]) == (401, "UNAUTHENTICATED")

    event = an_event(method, "/auth/profile", {"name": "A"}, caller=ASHA)
    event["requestContext"]["authorizer"] = {"claims": {"sub": "sub-asha", "token_use": "access"}}
    access_token = reply_of(auth_api.handler(event, LambdaContext()))
    assert (access_token.status, access_token.error["code"]) == (401, "UNAUTHENTICATED")
    assert "id token" in access_token.error["message"]
    assert platform.rows() == before


def test_a_broken_profile_table_keeps_nobody_out(asha: Platform):
    def fail(_: object) -> None:
        raise Unavailable("The database does not answer.")

    asha.dynamo.before = fail
    assert public(asha, "sign-in", SIGN_IN).status == 200


def test_passwords_codes_and_tokens_are_logged_by_nobody(asha: Platform):
    public(asha, "sign-in", SIGN_IN)
    public(asha, "sign-in", SIGN_IN | {"password": "canary-wrong"})
    asha.cognito.fault = error("InternalErrorException")
    public(asha, "sign-in", SIGN_IN)
    assert "sign-in service fails" in asha.log.getvalue()
    assert "canary" not in asha.log.getvalue()
    assert CODE not in asha.log.getvalue()


def test_an_unreadable_token_of_the_pool_is_no_sign_in():
    with pytest.raises(Unavailable):
        claims_of("nonsense")


def test_the_calls_are_those_of_cognito(monkeypatch: pytest.MonkeyPatch):
    """Moto checks parameters against the service's own model."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("cognito-idp", region_name="ap-south-1")
        pool = client.create_user_pool(
            PoolName="p", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]
        )["UserPool"]["Id"]
        app = client.create_user_pool_client(
            UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        users = UserPool(client, app)

        made = users.sign_up(EMAIL, PASSWORD, "Asha Rao")
        users.confirm(EMAIL, CODE)
        tokens = users.sign_in(EMAIL, PASSWORD, None)
        claims = claims_of(tokens.id_token)

        assert claims["sub"] == made.user_id
        assert claims["email"] == EMAIL
        assert tokens.refresh_token is not None
        assert users.refresh(tokens.refresh_token).id_token
        assert "canary" not in repr(tokens)
