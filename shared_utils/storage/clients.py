"""The few calls of boto3's low-level DynamoDB client that storage makes, and how it is set up."""

from typing import Any, Protocol

from botocore.config import Config

Item = dict[str, dict[str, Any]]
Key = dict[str, dict[str, str]]


class DynamoClient(Protocol):
    """boto3.client("dynamodb"), or what stands in for it in a simulation."""

    def get_item(self, *args: Any, **kwargs: Any) -> Any: ...
    def batch_get_item(self, *args: Any, **kwargs: Any) -> Any: ...
    def put_item(self, *args: Any, **kwargs: Any) -> Any: ...
    def update_item(self, *args: Any, **kwargs: Any) -> Any: ...
    def delete_item(self, *args: Any, **kwargs: Any) -> Any: ...
    def query(self, *args: Any, **kwargs: Any) -> Any: ...
    def transact_write_items(self, *args: Any, **kwargs: Any) -> Any: ...


def impatient(connections: int = 10) -> Config:
    """For the money path: two attempts with short timeouts, then the caller decides.

    A slow answer is a fault here: the claim of an order is worth less every second. `connections`
    is how many threads share the client.
    """
    return Config(
        connect_timeout=1,
        read_timeout=2,
        max_pool_connections=connections,
        retries={"mode": "standard", "total_max_attempts": 2},
        tcp_keepalive=True,
    )
