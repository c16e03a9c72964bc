"""What a trader reads of his strategies and their broker allocations."""

from dataclasses import dataclass

from lambda_functions.options_platform.strategy_manager.allocation_plans import (
    AllocationSummary,
    summary_of,
)
from lambda_functions.options_platform.strategy_manager.margin_queries import StrategyMargins
from lambda_functions.options_platform.strategy_manager.rooms import Room
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.errors import NotFound
from shared_utils.domain.strategies import Strategy
from shared_utils.storage.pages import Page

Owned = tuple[StrategyBrokerAllocation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyQueries:
    room: Room
    margins: StrategyMargins

    def mine(self, user_id: str, limit: int, cursor: str | None) -> Page[Strategy]:
        return self.room.strategies.mine(user_id, limit=limit, cursor=cursor)

    def in_basket(
        self, user_id: str, basket_id: str, limit: int, cursor: str | None
    ) -> Page[Strategy]:
        """Oldest first. Raises NotFound for a basket that is missing or another's."""
        if self.room.baskets.get(user_id, basket_id) is None:
            raise NotFound(f"There is no basket {basket_id}.")
        return self.room.strategies.in_basket(user_id, basket_id, limit=limit, cursor=cursor)

    def strategy(self, user_id: str, strategy_id: str) -> Strategy:
        return self.room.strategy(user_id, strategy_id)

    def allocations(
        self, user_id: str, strategy_id: str, *, ask_brokers: bool
    ) -> tuple[Owned, AllocationSummary]:
        strategy = self.room.strategy(user_id, strategy_id)
        own = self.room.allocations.of_strategy_for(user_id, strategy_id)
        return own, self.summary(strategy, own, ask_brokers=ask_brokers)

    def summary(
        self, strategy: Strategy, allocations: Owned, *, ask_brokers: bool = False
    ) -> AllocationSummary:
        accounts = {each.client_id: each for each in self.room.accounts.of_user(strategy.user_id)}
        margins = self.margins.of(strategy, allocations, accounts, ask_brokers=ask_brokers)
        return summary_of(strategy, allocations, accounts, margins, self.room.market())

    def my_allocations(
        self, user_id: str, limit: int, cursor: str | None
    ) -> Page[StrategyBrokerAllocation]:
        return self.room.allocations.mine(user_id, limit=limit, cursor=cursor)

    def of_account(
        self, user_id: str, client_id: str, limit: int, cursor: str | None
    ) -> Page[StrategyBrokerAllocation]:
        """Raises NotFound for an account that is missing or another's."""
        if self.room.accounts.get(user_id, client_id) is None:
            raise NotFound(f"There is no broker account {client_id}.")
        return self.room.allocations.of_account(user_id, client_id, limit=limit, cursor=cursor)
