"""What the packages serve is what the APIs route to them."""

import importlib
import inspect
from unittest.mock import MagicMock

import pytest

from cdk_stack import routes_of_auth_broker, routes_of_execution_engine, routes_of_options_platform
from cdk_stack.function_specs import FunctionSpec
from shared_utils.api.operations import Operations

ROUTES = (
    *routes_of_auth_broker.ROUTES,
    *routes_of_options_platform.ROUTES,
    *routes_of_execution_engine.ROUTES,
)
FUNCTIONS = sorted({route.function.package: route.function for route in ROUTES}.items())


def served_by(function: FunctionSpec) -> Operations:
    """The package's operations; what would answer them is not there."""
    routes = importlib.import_module(
        f"lambda_functions.{function.package.replace('/', '.')}.routes"
    )
    operations = Operations()
    others = list(inspect.signature(routes.register).parameters)[1:]
    routes.register(operations, *[MagicMock() for _ in others])
    return operations


@pytest.mark.parametrize(("package", "function"), FUNCTIONS)
def test_a_packages_operations_are_its_routes(package: str, function: FunctionSpec) -> None:
    declared = {
        (operation.method, operation.path, operation.public)
        for operation in served_by(function).declared
    }
    routed = {
        (route.method, route.path, route.public)
        for route in ROUTES
        if route.function.package == package
    }
    assert routed == declared
