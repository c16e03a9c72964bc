"""Lambda entry: the REST API's marketplace and subscriptions."""

from functools import cache
from typing import Any

import boto3

from lambda_functions.options_platform.subscription_manager import routes
from lambda_functions.options_platform.subscription_manager.billing_queries import BillingQueries
from lambda_functions.options_platform.subscription_manager.billing_service import billing_from
from lambda_functions.options_platform.subscription_manager.queries import SubscriptionQueries
from lambda_functions.options_platform.subscription_manager.service import SubscriptionService
from shared_utils.api.application import Application, Replays
from shared_utils.api.operations import Operations
from shared_utils.clock import clock_from
from shared_utils.logger import start_logging
from shared_utils.settings import Settings, settings_from_environment
from shared_utils.storage.basket_versions import BasketVersions
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.clients import DynamoClient
from shared_utils.storage.marketplace import ListedBaskets
from shared_utils.storage.subscription_events import SubscriptionEvents


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("subscription-manager", settings.log_level)
    client = boto3.client("dynamodb")

    def replays() -> Replays:
        from shared_utils.api.idempotency import KeyedReplies  # noqa: PLC0415 - costs only those requests that have a key

        return KeyedReplies(client, settings.idempotency_table)

    operations = Operations()
    _register(operations, settings, client)
    return Application(operations, cors_origins=settings.cors_origins, replays=replays)


def _register(operations: Operations, settings: Settings, client: DynamoClient) -> None:
    clock, events_table = clock_from(settings), settings.subscription_events_table
    billing = billing_from(settings, client, clock)
    subscriptions, baskets = billing.subscriptions, billing.baskets
    versions = BasketVersions(client, settings.basket_versions_table)
    routes.register(
        operations,
        SubscriptionService(
            subscriptions=subscriptions,
            baskets=baskets,
            versions=versions,
            accounts=BrokerAccounts(client, settings.broker_accounts_table),
            billing=billing,
            clock=clock,
            paper_trading=settings.enable_paper_trading,
        ),
        SubscriptionQueries(
            listed=ListedBaskets(client, settings.baskets_table),
            subscriptions=subscriptions,
            baskets=baskets,
            versions=versions,
            events=SubscriptionEvents(client, events_table),
            clock=clock,
        ),
        billing,
        BillingQueries(
            invoices=billing.invoices,
            ledger=billing.ledger,
            subscriptions=subscriptions,
            clock=clock,
        ),
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
