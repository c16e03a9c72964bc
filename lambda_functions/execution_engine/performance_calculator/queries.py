"""What a trader reads of his positions and their profit, valued at the moment of asking."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lambda_functions.execution_engine.performance_calculator.fresh_marks import (
    MarkedPosition,
    MarkFault,
    MarkProblem,
    MarkRules,
    marked,
    unmarked,
)
from shared_utils.clock import Clock
from shared_utils.domain.errors import NotFound, Unavailable
from shared_utils.domain.executions import Execution, ExecutionStatus
from shared_utils.domain.orders import Order, OrderFlag
from shared_utils.domain.positions import Position, PositionStatus
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.market_data.ports import QuoteSource
from shared_utils.risk_calculations.profits import Profit, is_current, profit_of
from shared_utils.storage.executions import Executions
from shared_utils.storage.orders import Orders
from shared_utils.storage.pages import MOST_PER_PAGE, Page
from shared_utils.storage.positions import Positions
from shared_utils.storage.strategies import Strategies


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitReport:
    """`current` is of what is open or was closed today, `total` of all there ever was.

    `problems` are the marks that are unknown, each making its sums unknown.
    """

    at: datetime
    current: Profit
    total: Profit
    problems: tuple[MarkProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """`todays_pnl` None: a part of it is unknown, and `pnl_problem` says which."""

    at: datetime
    executions: dict[ExecutionStatus, int]
    open_positions: int
    live_orders: int
    orders_needing_attention: int
    todays_pnl: Profit | None
    pnl_problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """`quotes_for` opens a source of quotes for a user; it raises Unavailable if there is none."""

    quotes_for: Callable[[str], QuoteSource]
    facts: Callable[[], MarketFacts]
    clock: Clock
    max_age_s: float

    def of(self, user_id: str, positions: Sequence[Position]) -> tuple[MarkedPosition, ...]:
        """All valued at one moment."""
        symbols = {each.contract.symbol for each in positions if each.status is PositionStatus.OPEN}
        if not symbols:
            return tuple(MarkedPosition(position=each) for each in positions)
        try:
            quotes = self.quotes_for(user_id).quotes(sorted(symbols))
        except Unavailable as none:
            problem = MarkProblem(code=MarkFault.NO_QUOTE_SOURCE, sentence=none.message)
            return tuple(unmarked(each, problem) for each in positions)
        rules = MarkRules(facts=self.facts(), now=self.clock.now(), max_age_s=self.max_age_s)
        return tuple(marked(each, quotes.get(each.contract.symbol), rules) for each in positions)


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionQueries:
    positions: Positions
    strategies: Strategies
    marks: Marks

    def page(
        self, user_id: str, limit: int, cursor: str | None, *, open_only: bool
    ) -> Page[Position]:
        """As they were last written."""
        return self.positions.page_of_user(user_id, limit, cursor, open_only=open_only)

    def live(self, user_id: str, limit: int, cursor: str | None) -> Page[MarkedPosition]:
        """Open ones, at what they are worth now."""
        page = self.positions.page_of_user(user_id, limit, cursor, open_only=True)
        return Page(self.marks.of(user_id, page.items), page.cursor)

    def one(self, user_id: str, position_id: str) -> MarkedPosition:
        position = self.positions.by_id(user_id, position_id)
        if position is None:
            raise NotFound(f"There is no position {position_id}.")
        return self.marks.of(user_id, (position,))[0]

    def of_strategy(self, user_id: str, strategy_id: str) -> tuple[MarkedPosition, ...]:
        """Open and closed. Raises NotFound for a strategy that is missing or another's."""
        return self.marks.of(user_id, self._positions_of(user_id, strategy_id))

    def profit(self, user_id: str) -> tuple[ProfitReport, dict[str, ProfitReport]]:
        """Of everything, and strategy by strategy."""
        every = self.marks.of(user_id, self.positions.of_user(user_id))
        by_strategy: dict[str, list[MarkedPosition]] = {}
        for each in every:
            by_strategy.setdefault(each.position.strategy_id, []).append(each)
        parts = {name: self._report(group) for name, group in by_strategy.items()}
        return self._report(every), parts

    def profit_of_strategy(self, user_id: str, strategy_id: str) -> ProfitReport:
        return self._report(self.of_strategy(user_id, strategy_id))

    def _positions_of(self, user_id: str, strategy_id: str) -> tuple[Position, ...]:
        found = self.positions.of_strategy(user_id, strategy_id)
        if not found and self.strategies.get(user_id, strategy_id) is None:
            raise NotFound(f"There is no strategy {strategy_id}.")
        return found

    def _report(self, every: Iterable[MarkedPosition]) -> ProfitReport:
        held, now = tuple(every), self.marks.clock.now()
        positions = [each.position for each in held]
        today = ist_date(now)
        return ProfitReport(
            at=now,
            current=profit_of(each for each in positions if is_current(each, today)),
            total=profit_of(positions),
            problems=tuple(each.problem for each in held if each.problem is not None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardQueries:
    positions: PositionQueries
    executions: Executions
    orders: Orders

    def so_far(self, user_id: str) -> Dashboard:
        """The trading day so far, in India's date."""
        marks = self.positions.marks
        now = marks.clock.now()
        today = ist_date(now)
        held = marks.of(user_id, self.positions.positions.of_user(user_id))
        watched = self._watched(user_id)
        pnl, problem = _todays(held, today)
        return Dashboard(
            at=now,
            executions=self._executions(user_id, today),
            open_positions=sum(each.position.status is PositionStatus.OPEN for each in held),
            live_orders=sum(not order.is_settled for order in watched),
            orders_needing_attention=sum(_needs_attention(order, today) for order in watched),
            todays_pnl=pnl,
            pnl_problem=problem,
        )

    def _watched(self, user_id: str) -> list[Order]:
        found: list[Order] = []
        cursor = None
        while True:
            page = self.orders.unsettled_of_user(user_id, MOST_PER_PAGE, cursor)
            found += page.items
            cursor = page.cursor
            if cursor is None:
                return found

    def _executions(self, user_id: str, today: date) -> dict[ExecutionStatus, int]:
        counts = dict.fromkeys(ExecutionStatus, 0)
        cursor = None
        while True:
            page = self.executions.for_user(user_id, MOST_PER_PAGE, cursor)
            for execution in page.items:
                if _day_of(execution) == today:
                    counts[execution.status] += 1
            cursor = page.cursor
            if cursor is None or (page.items and _day_of(page.items[-1]) < today):
                return counts


def _needs_attention(order: Order, today: date) -> bool:
    """What never reached its broker is watched for long after its day, and settled all the same."""
    recent = not order.is_settled or ist_date(order.planned_at) == today
    return recent and OrderFlag.NEEDS_ATTENTION in order.flags


def _day_of(execution: Execution) -> date:
    return ist_date(execution.scheduled_for)


def _todays(held: Iterable[MarkedPosition], today: date) -> tuple[Profit | None, str | None]:
    """Only what was opened today earned all of its profit today."""
    current = [each for each in held if is_current(each.position, today)]
    carried = sum(ist_date(each.position.opened_at) < today for each in current)
    if carried:
        return None, (
            f"{carried} positions were opened before today: their part of today's profit needs "
            "their value at the last close, which is not kept."
        )
    profit = profit_of(each.position for each in current)
    if profit.net is not None:
        return profit, None
    unknown = [each.problem.sentence for each in current if each.problem is not None]
    return profit, unknown[0] if unknown else "The charges of a fill's day are not known."
