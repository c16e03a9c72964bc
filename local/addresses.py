"""Where the three stacks' APIs are: the local cloud's fixed addresses, and the cloud's pattern."""

from typing import Any

PREFIX = "ql-algo-trading-local"
STAGE = "v1"
# The API that serves a path, by the path's first segment: `/brokers/…` lives with `/auth/…`.
APIS = {"auth": "auth", "brokers": "auth", "options": "options", "execution": "execution"}
_STACKS = {
    "auth": "auth-broker-stack",
    "options": "options-platform-stack",
    "execution": "execution-engine-stack",
}


def local_addresses(cloud_url: str) -> dict[str, str]:
    """Each API's address in the local cloud, by the first segment of the paths it serves."""
    return {
        segment: f"{cloud_url}/_aws/execute-api/{PREFIX}-{api}/{STAGE}"
        for segment, api in APIS.items()
    }


def servers() -> dict[str, list[dict[str, Any]]]:
    """The document's servers of each path, by the path's first segment."""
    local = local_addresses("http://127.0.0.1:{port}")
    return {
        segment: [_local_server(local[segment]), _cloud_server(_STACKS[api])]
        for segment, api in APIS.items()
    }


def _local_server(url: str) -> dict[str, Any]:
    port = {"default": "4566", "description": "LOCAL_EMULATOR_PORT of `make run`."}
    return {"url": url, "description": "The local platform", "variables": {"port": port}}


def _cloud_server(stack: str) -> dict[str, Any]:
    return {
        "url": f"https://{{api_id}}.execute-api.{{region}}.amazonaws.com/{STAGE}",
        "description": f"The cloud: the output ApiUrl of ql-algo-trading-{{environment}}-{stack}",
        "variables": {
            "api_id": {"default": "abcde12345", "description": "The API's id, from ApiUrl."},
            "region": {"default": "ap-south-1", "description": "Where the stack is deployed."},
        },
    }
