"""Who may come in: only somebody with a good token of our own user pool."""

import time

import pytest

from local.api_client import Api
from local.seed import PASSWORD
from tests.integration.http_answers import ask
from tests.platforms import Platform, Trader, eventually
from tests.tokens import app_client, id_token, parts_of, written

pytestmark = [pytest.mark.emulator, pytest.mark.iam]

ASHA = "asha@example.com"
PROTECTED = (
    ("GET", "/auth/profile"),
    ("GET", "/brokers/accounts"),
    ("POST", "/brokers/accounts"),
    ("GET", "/options/baskets"),
    ("POST", "/options/baskets"),
    ("GET", "/options/strategies"),
    ("GET", "/execution/orders"),
    ("GET", "/execution/positions/live"),
    ("POST", "/execution/live/ticket"),
)


@pytest.fixture(scope="module")
def trader(platform: Platform) -> Trader:
    return platform.trader("asha")


def refused_everywhere(api: Api, token: str | None) -> bool:
    """With one answer, in the one error shape, that a browser may read."""
    for method, path in PROTECTED:
        answer = ask(api.signed_in(token) if token else api, method, path, {})
        assert answer.status == 401, (method, path, answer.text)
        assert answer.code in {"UNAUTHENTICATED", "TOKEN_EXPIRED"}
        assert answer.headers["access-control-allow-origin"] == "http://127.0.0.1:4700"
    return True


def test_a_signed_in_user_is_let_in(trader: Trader) -> None:
    for method, path in PROTECTED:
        if method == "GET":
            assert ask(trader.api, method, path).status == 200, path


@pytest.mark.parametrize("token", [None, "garbage", "a.b.c"])
def test_nobody_without_a_token_is(platform: Platform, token: str | None) -> None:
    assert refused_everywhere(platform.api, token)


def test_a_token_whose_claims_were_changed_is_refused(platform: Platform, trader: Trader) -> None:
    header, claims, signature = parts_of(trader.api.token or "")
    claims["cognito:groups"] = ["admin"]
    assert refused_everywhere(platform.api, written(header, claims, signature))


def test_a_token_that_says_it_needs_no_signature_is_refused(
    platform: Platform, trader: Trader
) -> None:
    header, claims, _ = parts_of(trader.api.token or "")
    assert refused_everywhere(platform.api, written(header | {"alg": "none"}, claims, ""))


def test_a_token_with_another_signature_is_refused(platform: Platform, trader: Trader) -> None:
    header, claims, signature = parts_of(trader.api.token or "")
    assert refused_everywhere(platform.api, written(header, claims, signature[::-1]))


def test_another_pools_token_is_refused(platform: Platform) -> None:
    cognito = platform.deployed.cloud.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="not-ours")["UserPool"]["Id"]
    client = app_client(cognito, pool)
    name = {"UserPoolId": pool, "Username": ASHA}
    cognito.admin_create_user(**name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**name, Password=PASSWORD, Permanent=True)
    assert refused_everywhere(platform.api, id_token(cognito, client, ASHA))


def test_an_expired_token_is_refused(platform: Platform, trader: Trader) -> None:
    cognito = platform.deployed.cloud.client("cognito-idp")
    pool = platform.deployed.user_pool_id
    client = app_client(cognito, pool, IdTokenValidity=1, TokenValidityUnits={"IdToken": "seconds"})
    token = id_token(cognito, client, ASHA)
    expires = parts_of(token)[1]["exp"]
    eventually(lambda: time.time() > expires, "the token expires", within_s=10)
    assert refused_everywhere(platform.api, token)


def test_a_wrong_password_and_an_unknown_user_are_told_alike(
    platform: Platform, trader: Trader
) -> None:
    unknown = {"email": "nobody@example.com", "password": PASSWORD}
    wrong = {"email": trader.email, "password": "Wrong-1-password!"}
    answers = [ask(platform.api, "POST", "/auth/sign-in", body) for body in (unknown, wrong)]
    assert [answer.status for answer in answers] == [401, 401]
    assert answers[0].body["error"]["message"] == answers[1].body["error"]["message"]


def test_a_refreshed_token_is_good(platform: Platform, trader: Trader) -> None:
    signed_in = ask(
        platform.api, "POST", "/auth/sign-in", {"email": trader.email, "password": PASSWORD}
    ).body
    refreshed = ask(
        platform.api, "POST", "/auth/refresh", {"refresh_token": signed_in["refresh_token"]}
    )
    assert refreshed.status == 200, refreshed.text
    api = platform.api.signed_in(refreshed.body["id_token"])
    assert ask(api, "GET", "/auth/profile").body["email"] == trader.email
