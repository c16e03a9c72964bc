"""What every use case of this package works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lambda_functions.options_platform.strategy_manager.contract_checks import MarketDay
from shared_utils.clock import Clock
from shared_utils.domain.baskets import Basket, changeable_basket
from shared_utils.domain.errors import Conflict, NotFound
from shared_utils.domain.ids import Kind
from shared_utils.domain.strategies import Strategy, StrategyStatus
from shared_utils.domain.strategy_rules import StrategyLimits
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.storage.allocations import Allocations
from shared_utils.storage.baskets import Baskets
from shared_utils.storage.broker_accounts import BrokerAccounts
from shared_utils.storage.strategies import Strategies
from shared_utils.storage.trading_records import TradingRecords


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Stores, facts, clock, ids and limits of one function; built where it starts."""

    baskets: Baskets
    strategies: Strategies
    allocations: Allocations
    accounts: BrokerAccounts
    records: TradingRecords
    facts: Callable[[], MarketFacts]
    clock: Clock
    fresh_id: Callable[[Kind, datetime], str]
    limits: StrategyLimits

    def market(self) -> MarketDay:
        return MarketDay(facts=self.facts(), today=ist_date(self.clock.now()))

    def basket(self, user_id: str, basket_id: str) -> Basket:
        """Raises NotFound for what is missing or another's, Conflict for an archived one."""
        return changeable_basket(self.baskets.get(user_id, basket_id), basket_id)

    def strategy(self, user_id: str, strategy_id: str) -> Strategy:
        """Raises NotFound for what is missing or another's."""
        strategy = self.strategies.get(user_id, strategy_id)
        if strategy is None:
            raise NotFound(f"There is no strategy {strategy_id}.")
        return strategy

    def changeable(self, user_id: str, strategy_id: str) -> Strategy:
        strategy = self.strategy(user_id, strategy_id)
        if strategy.status is StrategyStatus.ARCHIVED:
            raise Conflict("The strategy is archived: it is kept as a record.", code="ARCHIVED")
        return strategy
