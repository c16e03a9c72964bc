"""What the accounts of a strategy would need for its entry: quotes read once, brokers side by side.

Whatever cannot be read becomes a sentence: a margin never fails the request that asks for it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass

from lambda_functions.options_platform.strategy_manager.margin_plans import (
    AccountMargin,
    EntryEstimate,
    account_margin,
    estimate_entry,
    picture_of,
    trades_on_paper,
)
from lambda_functions.options_platform.strategy_manager.market_moments import MarketMoments
from shared_utils.brokers.basket_margins import BrokerMargin, broker_margin
from shared_utils.brokers.ports import Broker
from shared_utils.clock import Clock
from shared_utils.domain.allocations import StrategyBrokerAllocation
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.errors import DomainError
from shared_utils.domain.strategies import Strategy

logger = logging.getLogger(__name__)

BROKERS_WAIT_S = 6.0
_TOO_SLOW = "it did not answer in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyMargins:
    """`broker_of` opens an account for a question, by user and client id."""

    moments: MarketMoments
    broker_of: Callable[[str, str], Broker]
    clock: Clock
    threads: Executor

    def of(
        self,
        strategy: Strategy,
        allocations: Sequence[StrategyBrokerAllocation],
        accounts: Mapping[str, BrokerAccount],
        *,
        ask_brokers: bool = False,
    ) -> Mapping[str, AccountMargin]:
        """By client id. `accounts` are the owner's; those with a session are asked at their brokers
        when that is wanted.
        """
        if not allocations:
            return {}
        estimates = self._estimates(strategy, allocations)
        asked = self._asked(allocations, accounts, estimates) if ask_brokers else {}
        now = self.clock.now()
        return {
            each.client_id: account_margin(
                each,
                accounts.get(each.client_id),
                estimates[each.client_id],
                asked.get(each.client_id),
                now,
            )
            for each in allocations
        }

    def _estimates(
        self, strategy: Strategy, allocations: Sequence[StrategyBrokerAllocation]
    ) -> dict[str, EntryEstimate | str]:
        try:
            picture = picture_of(strategy, self.moments.of(strategy))
        except DomainError as problem:
            return {each.client_id: problem.message for each in allocations}
        by_lots = {
            lots: estimate_entry(picture, lots)
            for lots in {each.lots_per_execution for each in allocations}
        }
        return {each.client_id: by_lots[each.lots_per_execution] for each in allocations}

    def _asked(
        self,
        allocations: Sequence[StrategyBrokerAllocation],
        accounts: Mapping[str, BrokerAccount],
        estimates: Mapping[str, EntryEstimate | str],
    ) -> dict[str, BrokerMargin | str]:
        now, futures = self.clock.now(), {}
        for each in allocations:
            account, estimate = accounts.get(each.client_id), estimates[each.client_id]
            if account is None or isinstance(estimate, str) or trades_on_paper(each, account):
                continue
            if account.has_session(now):
                futures[each.client_id] = self.threads.submit(self._ask, account, estimate)
        wait(futures.values(), timeout=BROKERS_WAIT_S)
        return {client_id: _answer(future) for client_id, future in futures.items()}

    def _ask(self, account: BrokerAccount, estimate: EntryEstimate) -> BrokerMargin | str:
        try:
            broker = self.broker_of(account.user_id, account.client_id)
            return broker_margin(broker, estimate.orders)
        except DomainError as problem:
            logger.warning("no margin from a broker", extra={"problem_code": problem.code})
            return problem.message


def _answer(future: "Future[BrokerMargin | str]") -> BrokerMargin | str:
    return future.result() if future.done() else _TOO_SLOW
