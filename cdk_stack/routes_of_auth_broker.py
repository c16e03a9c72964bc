"""Stack 1's REST routes."""

from cdk_stack.functions_of_auth_broker import AUTH_API, BROKER_ACCOUNTS_API, BROKER_OAUTH_API
from cdk_stack.routes import routes_of

ROUTES = (
    *routes_of(
        AUTH_API,
        "POST /auth/sign-up",
        "POST /auth/confirm",
        "POST /auth/resend-code",
        "POST /auth/sign-in",
        "POST /auth/refresh",
        public=True,
    ),
    *routes_of(AUTH_API, "GET /auth/profile", "PUT /auth/profile"),
    *routes_of(
        BROKER_ACCOUNTS_API,
        "GET /brokers/accounts",
        "POST /brokers/accounts",
        "GET /brokers/accounts/{client_id}",
        "PUT /brokers/accounts/{client_id}",
        "DELETE /brokers/accounts/{client_id}",
        "POST /brokers/accounts/{client_id}/enable",
        "POST /brokers/accounts/{client_id}/disable",
        "POST /brokers/accounts/{client_id}/entries-enable",
        "POST /brokers/accounts/{client_id}/entries-disable",
    ),
    *routes_of(BROKER_OAUTH_API, "GET /brokers/oauth/{broker}/login"),
    *routes_of(BROKER_OAUTH_API, "GET /brokers/oauth/{broker}/callback", public=True),
)
