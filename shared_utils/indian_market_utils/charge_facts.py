"""What trading costs, dated: rates as fractions of the premium turnover (0.001 is 0.1 percent).

The arithmetic (who pays, what is rounded) belongs to `risk_calculations`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Exchange
from shared_utils.indian_market_utils.config_fields import (
    Node,
    read_dated,
    value_of,
    value_or_unknown,
)
from shared_utils.indian_market_utils.dated_values import Dated, in_force

Rates = tuple[Dated[Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFacts:
    """Every rate the market has charged, by the day it took effect."""

    stt_on_sale: Rates
    stt_on_exercise: Rates
    exchange_transaction: Mapping[Exchange, Rates]
    investor_protection: Mapping[Exchange, Rates]
    sebi_fee: Rates
    stamp_duty_on_purchase: Rates
    gst: Rates
    brokerage_per_order: Mapping[BrokerName, tuple[Dated[Decimal | None], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRates:
    """The rates of one day. Fractions of turnover; brokerage in rupees per executed order.

    STT on sale is the seller's, on the premium; on exercise the holder's, on the intrinsic value;
    stamp duty the buyer's; GST is on brokerage, exchange, protection and SEBI fees.
    """

    stt_on_sale: Decimal
    stt_on_exercise: Decimal
    exchange_transaction: Decimal
    investor_protection: Decimal
    sebi_fee: Decimal
    stamp_duty_on_purchase: Decimal
    gst: Decimal
    brokerage_per_order: Decimal


def charge_rates_on(
    charges: ChargeFacts, exchange: Exchange, broker: BrokerName, on_day: date
) -> ChargeRates:
    """The rates in force; a rate that is not known for that day raises MARKET_FACT_UNKNOWN."""
    brokerage = charges.brokerage_per_order[broker]
    return ChargeRates(
        stt_on_sale=in_force(charges.stt_on_sale, on_day, "STT rate on sale"),
        stt_on_exercise=in_force(charges.stt_on_exercise, on_day, "STT rate on exercise"),
        exchange_transaction=in_force(
            charges.exchange_transaction[exchange], on_day, f"{exchange} transaction charge"
        ),
        investor_protection=in_force(
            charges.investor_protection[exchange], on_day, f"{exchange} investor protection charge"
        ),
        sebi_fee=in_force(charges.sebi_fee, on_day, "SEBI fee"),
        stamp_duty_on_purchase=in_force(
            charges.stamp_duty_on_purchase, on_day, "stamp duty on purchase"
        ),
        gst=in_force(charges.gst, on_day, "GST rate"),
        brokerage_per_order=in_force(brokerage, on_day, f"brokerage of {broker}"),
    )


def read_charges(node: Node) -> ChargeFacts:
    """The `charges` section."""
    node.only(*ChargeFacts.__slots__)
    protection, transaction = node.field("investor_protection"), node.field("exchange_transaction")
    brokerage = node.field("brokerage_per_order").only(*BrokerName)
    return ChargeFacts(
        stt_on_sale=_rates(node.field("stt_on_sale")),
        stt_on_exercise=_rates(node.field("stt_on_exercise")),
        exchange_transaction=_by_exchange(transaction),
        investor_protection=_by_exchange(protection),
        sebi_fee=_rates(node.field("sebi_fee")),
        stamp_duty_on_purchase=_rates(node.field("stamp_duty_on_purchase")),
        gst=_rates(node.field("gst")),
        brokerage_per_order=MappingProxyType(
            {
                broker: read_dated(brokerage.field(broker), value_or_unknown(Node.number), "value")
                for broker in BrokerName
            }
        ),
    )


def _rates(node: Node) -> Rates:
    return read_dated(node, value_of(Node.number), "value")


def _by_exchange(node: Node) -> Mapping[Exchange, Rates]:
    node.only(*Exchange)
    return MappingProxyType({x: _rates(node.field(x)) for x in Exchange})
