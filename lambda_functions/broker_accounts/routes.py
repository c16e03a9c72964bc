"""REST routes of broker accounts."""

import re
from collections.abc import Callable

from lambda_functions.broker_accounts.schemas import (
    CREATE_EXAMPLE,
    UPDATE_EXAMPLE,
    AccountPage,
    AccountResponse,
    CreateAccountRequest,
    UpdateAccountRequest,
    shown,
)
from lambda_functions.broker_accounts.service import BrokerAccountService
from shared_utils.api.operations import Operations
from shared_utils.api.requests import RequestContext
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import Conflict, NotFound, RuleBroken

TAG = "Broker accounts"
_ACCOUNT = "/brokers/accounts/{client_id}"
Switch = Callable[[str, str], BrokerAccount]
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def register(operations: Operations, service: BrokerAccountService) -> None:
    _register_reads(operations, service)
    _register_writes(operations, service)
    _register_changes(operations, service)
    _register_switches(operations, service)


def _register_reads(operations: Operations, service: BrokerAccountService) -> None:
    @operations.operation(
        "GET",
        "/brokers/accounts",
        operation_id="listBrokerAccounts",
        tag=TAG,
        response=AccountPage,
    )
    def list_accounts(context: RequestContext) -> AccountPage:
        """My broker accounts."""
        mine = service.mine(context.principal.user_id)
        return AccountPage(items=[shown(each, service.clock) for each in mine])

    @operations.operation(
        "GET",
        _ACCOUNT,
        operation_id="getBrokerAccount",
        tag=TAG,
        response=AccountResponse,
        errors=(NotFound,),
    )
    def get_account(context: RequestContext) -> AccountResponse:
        """A broker account."""
        account = service.get(context.principal.user_id, _client_id(context))
        return shown(account, service.clock)


def _register_writes(operations: Operations, service: BrokerAccountService) -> None:
    @operations.operation(
        "POST",
        "/brokers/accounts",
        operation_id="createBrokerAccount",
        tag=TAG,
        request=CreateAccountRequest,
        response=AccountResponse,
        status=201,
        errors=(RuleBroken, Conflict),
        example=CREATE_EXAMPLE,
    )
    def create_account(context: RequestContext, body: CreateAccountRequest) -> AccountResponse:
        """Add a broker account; logging in at the broker comes next."""
        account = service.create(context.principal.user_id, body.to_spec())
        return shown(account, service.clock)


def _register_changes(operations: Operations, service: BrokerAccountService) -> None:
    @operations.operation(
        "PUT",
        _ACCOUNT,
        operation_id="updateBrokerAccount",
        tag=TAG,
        request=UpdateAccountRequest,
        response=AccountResponse,
        errors=(NotFound, RuleBroken, Conflict),
        example=UPDATE_EXAMPLE,
    )
    def update_account(context: RequestContext, body: UpdateAccountRequest) -> AccountResponse:
        """Change a broker account's terms or credentials."""
        user_id, client_id = context.principal.user_id, _client_id(context)
        return shown(service.update(user_id, client_id, body.to_changes()), service.clock)

    @operations.operation(
        "DELETE",
        _ACCOUNT,
        operation_id="deleteBrokerAccount",
        tag=TAG,
        status=204,
        errors=(NotFound, Conflict),
    )
    def delete_account(context: RequestContext) -> None:
        """Remove a broker account with its secrets; what is allocated to it stops trading."""
        service.delete(context.principal.user_id, _client_id(context))


def _register_switches(operations: Operations, service: BrokerAccountService) -> None:
    def switch(verb: str, operation_id: str, turn: Switch) -> None:
        def turned(context: RequestContext) -> AccountResponse:
            account = turn(context.principal.user_id, _client_id(context))
            return shown(account, service.clock)

        turned.__doc__ = turn.__doc__
        operations.operation(
            "POST",
            f"{_ACCOUNT}/{verb}",
            operation_id=operation_id,
            tag=TAG,
            response=AccountResponse,
            errors=(NotFound, Conflict),
        )(turned)

    def enable(user_id: str, client_id: str) -> BrokerAccount:
        """Let the account trade."""
        return service.set_enabled(user_id, client_id, enabled=True)

    def disable(user_id: str, client_id: str) -> BrokerAccount:
        """Stop the account; what it holds can still be closed."""
        return service.set_enabled(user_id, client_id, enabled=False)

    def enable_entries(user_id: str, client_id: str) -> BrokerAccount:
        """Allow new positions again."""
        return service.set_entries(user_id, client_id, enabled=True)

    def disable_entries(user_id: str, client_id: str) -> BrokerAccount:
        """The kill switch: no new positions; exits go on."""
        return service.set_entries(user_id, client_id, enabled=False)

    switch("enable", "enableBrokerAccount", enable)
    switch("disable", "disableBrokerAccount", disable)
    switch("entries-enable", "enableAccountEntries", enable_entries)
    switch("entries-disable", "disableAccountEntries", disable_entries)


def _client_id(context: RequestContext) -> str:
    """The path's; NotFound for what no account can be called."""
    client_id = context.path["client_id"]
    if not _CLIENT_ID.fullmatch(client_id):
        raise NotFound("There is no such broker account.")
    return client_id
