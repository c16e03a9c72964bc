"""Lambda entry: the REST API's broker accounts."""

from functools import cache
from typing import Any

import boto3

from lambda_functions.broker_accounts import routes
from lambda_functions.broker_accounts.service import BrokerAccountService
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.brokers.catalogue import BROKERS
from shared_utils.clock import clock_from
from shared_utils.logger import start_logging
from shared_utils.sealing import Sealer
from shared_utils.settings import settings_from_environment
from shared_utils.storage.broker_accounts import BrokerAccounts


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("broker-accounts", settings.log_level)
    operations = Operations()
    routes.register(
        operations,
        BrokerAccountService(
            accounts=BrokerAccounts(boto3.client("dynamodb"), settings.broker_accounts_table),
            sealer=Sealer(boto3.client("kms"), settings.token_key_id),
            clock=clock_from(settings),
            supported=tuple(BROKERS),
            paper_trading=settings.enable_paper_trading,
        ),
    )
    return Application(operations, cors_origins=settings.cors_origins)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
