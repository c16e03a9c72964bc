"""Positions, margins and charges as Kite writes them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.risk_calculations.charges import Charges
from simulator.funds import Account, Margin, PositionKey, average_price
from simulator.market import MarketQuote
from simulator.orders import Trade

Json = dict[str, Any]


def positions(account: Account, quotes: dict[PositionKey, MarketQuote]) -> dict[str, list[Json]]:
    """`net` with what was carried over, `day` of today's trades alone."""
    today = Account(user_id=account.user_id, cash=ZERO, trades=account.trades)
    return {
        "net": [_row(account, key, quotes[key]) for key in account.net_quantities()],
        "day": [_row(today, key, quotes[key]) for key in today.net_quantities()],
    }


def _row(account: Account, key: PositionKey, quote: MarketQuote) -> Json:
    exchange, symbol, product = key
    mine = [t for t in account.trades if (t.exchange, t.symbol, t.product) == key]
    carried = account.carried.get(key)
    overnight = carried.quantity if carried else 0
    quantity = account.net_quantities()[key]
    bought, sold = _side(mine, "BUY"), _side(mine, "SELL")
    over = abs(overnight), abs(overnight) * (carried.average_price if carried else ZERO)
    all_bought = _plus(bought, over) if overnight > 0 else bought
    all_sold = _plus(sold, over) if overnight < 0 else sold
    value = all_sold[1] - all_bought[1]
    pnl = value + quantity * quote.last_price
    return {
        "tradingsymbol": symbol,
        "exchange": exchange,
        "instrument_token": quote.instrument.token,
        "product": product,
        "quantity": quantity,
        "overnight_quantity": overnight,
        "multiplier": 1,
        "average_price": _exact(average_price(account, key)),
        "close_price": quote.close if overnight else 0,
        "last_price": quote.last_price,
        "value": to_paisa(value),
        "pnl": to_paisa(pnl),
        "m2m": to_paisa(pnl),
        "unrealised": to_paisa(pnl),
        "realised": 0,
        **_named("buy_", all_bought),
        "buy_m2m": to_paisa(all_bought[1]),
        **_named("sell_", all_sold),
        "sell_m2m": to_paisa(all_sold[1]),
        **_named("day_buy_", bought),
        **_named("day_sell_", sold),
    }


_Side = tuple[int, Decimal]  # units and their value


def _side(trades: Iterable[Trade], side: str) -> _Side:
    mine = [t for t in trades if t.side == side]
    return sum(t.quantity for t in mine), sum((t.quantity * t.price for t in mine), ZERO)


def _plus(a: _Side, b: _Side) -> _Side:
    return a[0] + b[0], a[1] + b[1]


def _named(prefix: str, side: _Side) -> Json:
    price = _exact(side[1] / side[0]) if side[0] else 0
    names = (f"{prefix}quantity", f"{prefix}price", f"{prefix}value")
    return dict(zip(names, (side[0], price, to_paisa(side[1])), strict=True))


def _exact(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.0001"))


def segments(account: Account, margin: Margin) -> dict[str, Json]:
    """`/user/margins`: F&O lives in the equity segment; there is nothing in commodities."""
    used = margin.total + account.premium_paid
    equity = _segment(enabled=True, cash=account.cash, live=account.cash - used)
    equity["utilised"] |= {
        "debits": to_paisa(used),
        "span": margin.span,
        "exposure": margin.exposure,
        "option_premium": to_paisa(account.premium_paid + margin.premium),
    }
    return {"equity": equity, "commodity": _segment(enabled=False, cash=ZERO, live=ZERO)}


def _segment(*, enabled: bool, cash: Decimal, live: Decimal) -> Json:
    utilised = (
        "debits exposure m2m_realised m2m_unrealised option_premium payout span holding_sales "
        "turnover liquid_collateral stock_collateral delivery"
    )
    return {
        "enabled": enabled,
        "net": to_paisa(live),
        "available": {
            "adhoc_margin": 0,
            "cash": to_paisa(cash),
            "opening_balance": to_paisa(cash),
            "live_balance": to_paisa(live),
            "collateral": 0,
            "intraday_payin": 0,
        },
        "utilised": dict.fromkeys(utilised.split(), 0),
    }


def margin_row(margin: Margin, charges: Charges, symbol: str = "", exchange: str = "") -> Json:
    return {
        "type": "equity" if symbol else "",
        "tradingsymbol": symbol,
        "exchange": exchange,
        "span": margin.span,
        "exposure": margin.exposure,
        "option_premium": to_paisa(margin.premium),
        "additional": 0,
        "bo": 0,
        "cash": 0,
        "var": 0,
        "pnl": {"realised": 0, "unrealised": 0},
        "leverage": 1 if symbol else 0,
        "charges": charges_row(charges),
        "total": to_paisa(margin.total),
    }


def charges_row(charges: Charges) -> Json:
    gst = to_paisa(charges.gst)
    return {
        "transaction_tax": charges.stt,
        "transaction_tax_type": "stt",
        "exchange_turnover_charge": to_paisa(
            charges.exchange_transaction + charges.investor_protection
        ),
        "sebi_turnover_charge": _exact(charges.sebi_fee),
        "brokerage": charges.brokerage,
        "stamp_duty": to_paisa(charges.stamp_duty),
        "gst": {"igst": gst, "cgst": 0, "sgst": 0, "total": gst},
        "total": charges.total,
    }
