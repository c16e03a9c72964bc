"""May this entry be sent? Pure checks of plain values; every refusal has a code and a sentence.

A limit that is None was not set by the trader and denies nothing. A *measurement* that is None
(trades so far, profit so far, margin) while its limit is set denies: what is not known is not
within its limit. Exits are never asked: they reduce risk. Money in rupees, percentages in percent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Denial:
    """`code` is stable and typed, `sentence` is for the trader."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """One kill switch: whose it is (`platform`, `account ZR1234`), and whether entries may pass.

    None says that it could not be read, which stops entries as well.
    """

    name: str
    entries_enabled: bool | None


def deny_by_switch(switch: SwitchState) -> Denial | None:
    """KILL_SWITCH when it is off, KILL_SWITCH_UNKNOWN when it could not be read."""
    if switch.entries_enabled is None:
        return Denial(
            "KILL_SWITCH_UNKNOWN", f"The kill switch of the {switch.name} could not be read."
        )
    if not switch.entries_enabled:
        return Denial("KILL_SWITCH", f"The kill switch of the {switch.name} stops all entries.")
    return None


def deny_daily_trades(*, limit: int | None, trades_today: int | None) -> Denial | None:
    """MAX_DAILY_TRADES when one more trade would be more than `limit`."""
    if limit is None:
        return None
    if trades_today is None:
        return _unknown("DAILY_TRADES_UNKNOWN", "number of trades today")
    if trades_today < limit:
        return None
    return Denial(
        "MAX_DAILY_TRADES",
        f"{trades_today} trades were made today and at most {limit} are allowed.",
    )


def deny_daily_loss(
    *, limit: Decimal | None, pnl_today: Decimal | None, code: str = "MAX_DAILY_LOSS"
) -> Denial | None:
    """When the day's net loss (realised and open, after charges) has reached `limit`.

    `code` tells an allocation's MAX_DAILY_LOSS from a strategy's DAILY_LOSS_LIMIT and an account's
    ACCOUNT_DAILY_LOSS.
    """
    if limit is None:
        return None
    if pnl_today is None:
        return _unknown("DAILY_PNL_UNKNOWN", "profit and loss of today")
    if -pnl_today < limit:
        return None
    return Denial(code, f"Today's loss is {-pnl_today:.2f} and its limit is {limit:.2f}.")


def deny_position_value(*, limit: Decimal | None, value: Decimal | None) -> Denial | None:
    """MAX_POSITION_VALUE; `value` is premium times quantity over all legs, bought and sold."""
    if limit is None:
        return None
    if value is None:
        return _unknown("POSITION_VALUE_UNKNOWN", "value of the position")
    if value <= limit:
        return None
    return Denial(
        "MAX_POSITION_VALUE",
        f"The position is worth {value:.2f} and at most {limit:.2f} is allowed.",
    )


def deny_margin(
    *,
    required: Decimal | None,
    available: Decimal | None,
    used: Decimal | None,
    max_utilization: Decimal | None,
) -> Denial | None:
    """Always asked, limit or not: MARGIN_UNKNOWN, INSUFFICIENT_MARGIN, MAX_MARGIN_UTILIZATION.

    `required` is the peak of this entry; `available` is what is still free. Utilization is
    (used + required) / (used + available), in percent.
    """
    if required is None or available is None or used is None:
        return _unknown("MARGIN_UNKNOWN", "margin")
    if required > available:
        return Denial(
            "INSUFFICIENT_MARGIN",
            f"{required:.2f} of margin is needed and {available:.2f} is free.",
        )
    total = used + available
    if max_utilization is None or required <= 0:
        return None
    utilization = (used + required) / total * 100
    if utilization <= max_utilization:
        return None
    return Denial(
        "MAX_MARGIN_UTILIZATION",
        f"{utilization:.1f} percent of the margin would be used; "
        f"at most {max_utilization:f} is allowed.",
    )


def deny_loss_per_trade(
    *,
    limit: Decimal | None,
    worst_loss: Decimal | None,
    is_unlimited: bool = False,
    code: str = "MAX_LOSS_PER_TRADE",
) -> Denial | None:
    """`worst_loss` (positive rupees) is what the trade can lose with its stops, else at expiry.

    An unlimited loss breaks every limit.
    """
    if limit is None:
        return None
    if is_unlimited:
        return Denial(code, f"The loss is not limited and at most {limit:.2f} is allowed.")
    if worst_loss is None:
        return _unknown("WORST_LOSS_UNKNOWN", "worst loss")
    if worst_loss <= limit:
        return None
    return Denial(code, f"The trade can lose {worst_loss:.2f} and at most {limit:.2f} is allowed.")


def deny_loss_of_capital(
    *,
    max_percentage: Decimal | None,
    capital: Decimal | None,
    worst_loss: Decimal | None,
    is_unlimited: bool = False,
) -> Denial | None:
    """MAX_LOSS_PERCENTAGE of the account's capital; CAPITAL_UNKNOWN when that is not known."""
    if max_percentage is None:
        return None
    if capital is None or capital <= 0:
        return _unknown("CAPITAL_UNKNOWN", "capital of the account")
    return deny_loss_per_trade(
        limit=capital * max_percentage / 100,
        worst_loss=worst_loss,
        is_unlimited=is_unlimited,
        code="MAX_LOSS_PERCENTAGE",
    )


def deny_lots(*, limit: int | None, lots: int) -> Denial | None:
    """MAX_LOTS_PER_ORDER of the account, for one leg; NO_LOTS when there is nothing to trade."""
    if lots <= 0:
        return Denial("NO_LOTS", "The allocation comes to no lots.")
    if limit is None or lots <= limit:
        return None
    return Denial("MAX_LOTS_PER_ORDER", f"The order is of {lots} lots and at most {limit} may be.")


def deny_daily_orders(
    *, limit: int | None, orders_today: int | None, orders_now: int
) -> Denial | None:
    """MAX_ORDERS_PER_DAY of the account, slices counted."""
    if limit is None:
        return None
    if orders_today is None:
        return _unknown("DAILY_ORDERS_UNKNOWN", "number of orders today")
    if orders_today + orders_now <= limit:
        return None
    return Denial(
        "MAX_ORDERS_PER_DAY",
        f"{orders_today} orders were sent today, {orders_now} more would pass the {limit} allowed.",
    )


def denials(found: Iterable[Denial | None]) -> tuple[Denial, ...]:
    """All that deny, in the order asked: a trader sees every reason at once."""
    return tuple(denial for denial in found if denial is not None)


def _unknown(code: str, what: str) -> Denial:
    return Denial(code, f"The {what} is not known, so the entry is not sent.")
