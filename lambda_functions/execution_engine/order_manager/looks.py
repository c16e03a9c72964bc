"""What one look at a broker's order book proves about our orders. Pure.

    claim        sent?        quiet period over      look 1     look 2 (>= 5 s later)
      |------------|-----------------|------------------|----------|
                   unknown_since     since + Q          absent 1   absent 2 -> NOT_PLACED

Only a complete, successful look counts, and only when it was begun after the quiet period and after
the order row was read: an older book says nothing about a newer order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_utils.domain.order_reports import apply_report, describes
from shared_utils.domain.orders import (
    BrokerReport,
    Order,
    OrderFlag,
    OrderState,
    flag,
    look_found_nothing,
    prove_absent,
    see_cancel_settled,
)

ABSENT_LOOKS_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRules:
    """`quiet_s` covers the read timeout, the broker's queue and the book's lag; per broker.
    `cancel_settles_s` covers a fill that crosses its cancel on the wire.
    """

    quiet_s: float = 30.0
    gap_s: float = 5.0
    cancel_settles_s: float = 5.0


def judge_look(
    orders: Iterable[Order], book: Iterable[BrokerReport], begun_at: datetime, rules: LookRules
) -> tuple[Order, ...]:
    """The orders that this look changes. `begun_at` is the time just before the book was asked."""
    reports = tuple(book)
    changed = []
    for order in orders:
        mine = [report for report in reports if describes(order, report)]
        after = order
        for report in mine:
            after = apply_report(after, report)
        if len(mine) > 1:
            note = f"{len(mine)} orders at the broker carry one tag"
            after = flag(after, OrderFlag.DUPLICATE, at=begun_at, note=note)
        if not mine:
            after = _absent(order, begun_at, rules)
        elif after is order:
            after = _settled_cancel(order, begun_at, rules)
        if after is not order:
            # However much one look told, it is one change of the row that was read.
            changed.append(replace(after, version=order.version + 1))
    return tuple(changed)


def _settled_cancel(order: Order, begun_at: datetime, rules: LookRules) -> Order:
    """Time alone proves nothing: a worker that did not look may have missed the fill."""
    believed_from = order.updated_at + timedelta(seconds=rules.cancel_settles_s)
    is_cancelled = order.state is OrderState.CANCELLED
    if is_cancelled and order.cancel_seen_settled_at is None and begun_at >= believed_from:
        return see_cancel_settled(order, at=begun_at)
    return order


def _absent(order: Order, begun_at: datetime, rules: LookRules) -> Order:
    if order.state is not OrderState.UNKNOWN or order.unknown_since is None:
        return order
    quiet_is_over = begun_at >= order.unknown_since + timedelta(seconds=rules.quiet_s)
    gap_is_over = order.last_absent_at is None or begun_at >= order.last_absent_at + timedelta(
        seconds=rules.gap_s
    )
    if not (quiet_is_over and gap_is_over):
        return order
    if order.absent_looks + 1 >= ABSENT_LOOKS_NEEDED:
        return prove_absent(order, at=begun_at)
    return look_found_nothing(order, at=begun_at)
