"""Stack 1: signing in, profiles, broker accounts and logins at brokers."""

from tests.authorization.answers import HIDDEN, OWN_THINGS, OWNER_ONLY, PUBLIC

_CREDENTIALS = {"email": "{email}", "password": "{password}"}
_ACCOUNT = {
    "client_id": "{new}",
    "broker_name": "paper",
    "display_name": "One more",
    "capital": 100_000,
}
# The word that ties a login to its account is nobody's here.
_CALLBACK = "state=made-up&request_token=abc&status=success"

ROWS = {
    "signUp": PUBLIC.asking(
        body={"email": "{new}@example.com", "password": "{password}", "name": "New"}
    ),
    "confirmSignUp": PUBLIC.asking(body={"email": "{email}", "confirmation_code": "000000"}),
    "resendCode": PUBLIC.asking(body={"email": "{new}@example.com"}),
    "signIn": PUBLIC.asking(body=_CREDENTIALS),
    "refreshTokens": PUBLIC.but(none="401 SESSION_OVER").asking(body={"refresh_token": "made-up"}),
    "getProfile": OWN_THINGS.showing("email"),
    "updateProfile": OWN_THINGS.showing("email").asking(body={"phone": "+919812345678"}),
    "listBrokerAccounts": OWN_THINGS.showing("client_id"),
    "createBrokerAccount": OWN_THINGS.asking(body=_ACCOUNT),
    "getBrokerAccount": OWNER_ONLY.showing("client_id"),
    "updateBrokerAccount": OWNER_ONLY.asking(body={"display_name": "Renamed"}),
    "deleteBrokerAccount": OWNER_ONLY,
    "enableBrokerAccount": OWNER_ONLY,
    "disableBrokerAccount": OWNER_ONLY,
    "enableAccountEntries": OWNER_ONLY,
    "disableAccountEntries": OWNER_ONLY,
    "startBrokerLogin": OWNER_ONLY.asking(query="client_id={zerodha_id}"),
    "finishBrokerLogin": PUBLIC.but(none="403 LOGIN_REFUSED", missing=HIDDEN).asking(
        query=_CALLBACK
    ),
}
