"""A connection to the emulated cloud: its clients and the addresses in their path form.

The emulator's own outputs are amazonaws.com names, which do not resolve here, so every address is
built from the endpoint and the id that the API was given (tag ms-custom-id) or got.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from local.emulator.program import ROOT_KEY, ROOT_SECRET
from local.ports import REGION


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """endpoint such as http://127.0.0.1:4566; the key is root unless another is given.

    A key of twelve digits is root of the account of that number, isolated from all others.
    """

    endpoint: str
    access_key: str = ROOT_KEY
    secret_key: str = field(default=ROOT_SECRET, repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str = REGION

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            aws_session_token=self.session_token,
            region_name=self.region,
        )

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of this cloud. Options are boto3's own, such as endpoint_url."""
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=60,
            s3={"addressing_style": "path"},
        )
        return self._session.client(  # type: ignore[call-overload]  # the service is data here
            service, **{"endpoint_url": self.endpoint, "config": config, **options}
        )

    def rest_url(self, api_id: str, stage: str) -> str:
        """Base address of a REST API's stage, without a trailing slash."""
        return f"{self.endpoint}/_aws/execute-api/{api_id}/{stage}"

    def websocket_url(self, api_id: str, stage: str) -> str:
        """Where a client opens its socket."""
        return self.rest_url(api_id, stage).replace("http", "ws", 1)

    def connections_url(self, api_id: str, stage: str) -> str:
        """The endpoint_url for the apigatewaymanagementapi client (@connections)."""
        return self.rest_url(api_id, stage)

    @property
    def cognito_url(self) -> str:
        """The endpoint of Cognito's own API; JWKS at {it}/{pool id}/.well-known/jwks.json."""
        return self.endpoint
