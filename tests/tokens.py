"""Tokens of a user pool: read, changed, and made by an app client that lives shorter."""

import base64
import json
from typing import Any

from local.seed import PASSWORD


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, claims, signature = token.split(".")
    return _read(header), _read(claims), signature


def written(header: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    return f"{_write(header)}.{_write(claims)}.{signature}"


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _write(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def app_client(cognito: Any, pool: str, **more: Any) -> str:
    made = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="another",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        **more,
    )
    client_id: str = made["UserPoolClient"]["ClientId"]
    return client_id


def id_token(cognito: Any, client: str, email: str) -> str:
    answer = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    token: str = answer["AuthenticationResult"]["IdToken"]
    return token
