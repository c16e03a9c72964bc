"""Stack 1's functions: sign-in, broker accounts, brokers' logins."""

from cdk_stack.function_specs import WRITE, FunctionSpec, Right, TableGrant, TokenUse, Weight
from cdk_stack.table_schemas import BROKER_ACCOUNTS, USER_PROFILES

AUTH_API = FunctionSpec(
    package="auth",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=15,
    tables=(TableGrant(table=USER_PROFILES, variable="USER_PROFILES_TABLE", rights=WRITE),),
    settings=("USER_POOL_CLIENT_ID", "CORS_ORIGINS", "MARKET_CLOCK_URL"),
    user_pool_actions=(
        "cognito-idp:SignUp",
        "cognito-idp:ConfirmSignUp",
        "cognito-idp:ResendConfirmationCode",
        "cognito-idp:InitiateAuth",
        "cognito-idp:RespondToAuthChallenge",
    ),
)

BROKER_ACCOUNTS_API = FunctionSpec(
    package="broker_accounts",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=15,
    tables=(
        TableGrant(
            table=BROKER_ACCOUNTS,
            variable="BROKER_ACCOUNTS_TABLE",
            rights=(*WRITE, Right.QUERY, Right.DELETE),
        ),
    ),
    settings=("TOKEN_KEY_ID", "CORS_ORIGINS", "MARKET_CLOCK_URL", "ENABLE_PAPER_TRADING"),
    token_uses=(TokenUse.SEAL,),
)

BROKER_OAUTH_API = FunctionSpec(
    package="broker_oauth",
    trigger="api",
    weight=Weight.API,
    memory_mb=512,
    timeout_s=20,
    tables=(TableGrant(table=BROKER_ACCOUNTS, variable="BROKER_ACCOUNTS_TABLE", rights=WRITE),),
    settings=(
        "TOKEN_KEY_ID",
        "BROKER_ENDPOINTS",
        "OAUTH_CALLBACK_URL",
        "CORS_ORIGINS",
        "MARKET_CLOCK_URL",
    ),
    token_uses=(TokenUse.SEAL, TokenUse.OPEN),
)

FUNCTIONS = (AUTH_API, BROKER_ACCOUNTS_API, BROKER_OAUTH_API)
