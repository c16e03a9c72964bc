"""Lambda entry: the REST API's logins at brokers."""

import secrets
from functools import cache
from typing import Any

import boto3

from lambda_functions.broker_oauth import routes
from lambda_functions.broker_oauth.callback_pages import for_browser
from lambda_functions.broker_oauth.logins import LOGINS
from lambda_functions.broker_oauth.service import BrokerLogins
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.broker_desk import endpoints_of
from shared_utils.brokers.catalogue import BrokerParts
from shared_utils.brokers.rate_limits import OrderRates
from shared_utils.clock import clock_from
from shared_utils.logger import start_logging
from shared_utils.sealing import Sealer
from shared_utils.settings import settings_from_environment
from shared_utils.storage.broker_accounts import BrokerAccounts


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("broker-oauth", settings.log_level)
    clock = clock_from(settings)
    operations = Operations()
    logins = BrokerLogins(
        accounts=BrokerAccounts(boto3.client("dynamodb"), settings.broker_accounts_table),
        sealer=Sealer(boto3.client("kms"), settings.token_key_id),
        clock=clock,
        logins=LOGINS,
        endpoints=endpoints_of(settings),
        send_for=BrokerParts(clock=clock, rates=OrderRates(clock)).send_for,
        fresh_secret=_fresh_secret,
    )
    routes.register(operations, logins, settings.oauth_callback_url)
    return Application(operations, cors_origins=settings.cors_origins)


def _fresh_secret() -> str:
    return secrets.token_urlsafe(32)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return for_browser(event, application()(event, context))
