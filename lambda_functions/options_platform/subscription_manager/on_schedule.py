"""Lambda entry: the billing run, at the environment's own schedule."""

from functools import cache
from typing import Any

import boto3

from lambda_functions.options_platform.subscription_manager.billing_run import BillingRun
from lambda_functions.options_platform.subscription_manager.billing_service import billing_from
from shared_utils.clock import clock_from
from shared_utils.logger import start_logging
from shared_utils.settings import settings_from_environment


@cache
def run() -> BillingRun:
    settings = settings_from_environment()
    start_logging("billing-run", settings.log_level)
    client = boto3.client("dynamodb")
    return BillingRun(
        billing=billing_from(settings, client, clock_from(settings)),
        shard_count=settings.shard_count,
    )


def handler(_: dict[str, Any], context: Any) -> dict[str, int]:
    return run().run(context.aws_request_id)
