"""A broker's report applied to our order: late, doubled and out-of-order reports are harmless."""

from dataclasses import replace

from shared_utils.domain.orders import (
    TRANSITIONS,
    BrokerReport,
    Fill,
    Order,
    OrderFlag,
    OrderState,
    Step,
    Trigger,
)

_SEEN = {
    OrderState.OPEN: Trigger.SEEN_OPEN,
    OrderState.PARTIALLY_FILLED: Trigger.SEEN_PARTLY_FILLED,
    OrderState.FILLED: Trigger.SEEN_FILLED,
    OrderState.CANCELLED: Trigger.SEEN_CANCELLED,
    OrderState.REJECTED: Trigger.SEEN_REJECTED,
}


def apply_report(order: Order, report: BrokerReport) -> Order:
    """The order after `report`; the very same object when the report tells nothing new.

    Each fill counts once by its trade id, quantities only grow, and a state that the table does not
    lead to from here is ignored. FILLED waits until the fills we hold add up: the book may say
    COMPLETE before the trade book shows the trades.
    """
    fills = _with_new_fills(order, report)
    reported = max(order.reported_filled, report.filled_quantity)
    state = _state_after(order, report, filled=sum(fill.quantity for fill in fills))
    flags = _flags_after(order, report, fills)
    changed = (
        state is not order.state
        or fills != order.fills
        or reported != order.reported_filled
        or order.broker_order_id != report.broker_order_id
        or flags != order.flags
    )
    if not changed:
        return order
    step = Step(at=report.at, state=state, note=report.reason or f"broker says {report.state}")
    refused = state is OrderState.REJECTED and order.state is not OrderState.REJECTED
    return replace(
        order,
        state=state,
        broker_order_id=order.broker_order_id or report.broker_order_id,
        fills=fills,
        reported_filled=reported,
        reported_average=report.average_price or order.reported_average,
        code="BROKER_REJECTED" if refused else order.code,
        reason=(report.reason or order.reason) if refused else order.reason,
        flags=flags,
        history=(*order.history, step),
        updated_at=report.at,
        version=order.version + 1,
    )


def describes(order: Order, report: BrokerReport) -> bool:
    """Whether the report is of this order: found by our tag or its broker id, never by likeness."""
    if order.broker_order_id is not None:
        return order.broker_order_id == report.broker_order_id
    return report.tag == order.tag


def agrees(order: Order, report: BrokerReport) -> bool:
    """A report that carries our tag must also be of our contract, side and quantity."""
    return (report.symbol, report.side, report.quantity) == (
        order.contract.symbol,
        order.side,
        order.quantity,
    )


def _with_new_fills(order: Order, report: BrokerReport) -> tuple[Fill, ...]:
    known = {fill.trade_id for fill in order.fills}
    fills = list(order.fills)
    for fill in sorted(report.fills, key=lambda fill: (fill.at, fill.trade_id)):
        if fill.trade_id not in known:
            known.add(fill.trade_id)
            fills.append(fill)
    return tuple(fills)


def _state_after(order: Order, report: BrokerReport, *, filled: int) -> OrderState:
    trigger = _SEEN[report.state]
    if report.state in {OrderState.OPEN, OrderState.FILLED, OrderState.PARTIALLY_FILLED}:
        if filled >= order.quantity:
            trigger = Trigger.SEEN_FILLED
        elif filled > 0 or report.filled_quantity > 0:
            trigger = Trigger.SEEN_PARTLY_FILLED
        else:
            trigger = Trigger.SEEN_OPEN
    elif filled >= order.quantity:
        trigger = Trigger.SEEN_FILLED
    elif order.state in {OrderState.CANCELLED, OrderState.REJECTED} and filled > 0:
        trigger = Trigger.SEEN_PARTLY_FILLED
    return TRANSITIONS[order.state].get(trigger, order.state)


def _flags_after(
    order: Order, report: BrokerReport, fills: tuple[Fill, ...]
) -> tuple[OrderFlag, ...]:
    flags = list(order.flags)
    if order.state is OrderState.NOT_PLACED and OrderFlag.LATE not in flags:
        flags.append(OrderFlag.LATE)
    foreign_id = order.broker_order_id not in {None, report.broker_order_id}
    overfilled = sum(fill.quantity for fill in fills) > order.quantity
    if (foreign_id or overfilled or not agrees(order, report)) and OrderFlag.MISMATCH not in flags:
        flags.append(OrderFlag.MISMATCH)
    return tuple(flags)
