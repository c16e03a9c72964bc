"""Lambda entry: the REST API's sign-up, sign-in and profiles."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from lambda_functions.auth import routes
from lambda_functions.auth.service import AuthService
from lambda_functions.auth.user_pool import UserPool
from shared_utils.api.application import Application
from shared_utils.api.operations import Operations
from shared_utils.clock import clock_from
from shared_utils.logger import start_logging
from shared_utils.settings import settings_from_environment
from shared_utils.storage.user_profiles import UserProfiles

# A sign-up that is tried again by itself would meet its own user: one attempt, in our own time.
_ONCE = Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1})


@cache
def application() -> Application:
    settings = settings_from_environment()
    start_logging("auth", settings.log_level)
    operations = Operations()
    routes.register(
        operations,
        AuthService(
            pool=UserPool(boto3.client("cognito-idp", config=_ONCE), settings.user_pool_client_id),
            profiles=UserProfiles(boto3.client("dynamodb"), settings.user_profiles_table),
            clock=clock_from(settings),
        ),
    )
    return Application(operations, cors_origins=settings.cors_origins)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return application()(event, context)
