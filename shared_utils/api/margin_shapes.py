"""Margins on the wire: the estimate and the broker's own figure, each under its label."""

from typing import Literal

from shared_utils.api.wire_types import Amount, Instant, ResponseModel
from shared_utils.domain.broker_accounts import BrokerName


class MarginEstimate(ResponseModel):
    """Rupees, by our own SPAN-like scenarios. `span`, `exposure`, `expiry_day_extra` and
    `premium_paid` add up to `final`; `peak` is the most that is needed while the legs go out in
    their order, `required` the peak and a tenth; `hedge_benefit` is what the legs would need more
    if each stood alone.
    """

    source: Literal["ESTIMATE"]
    span: Amount
    exposure: Amount
    expiry_day_extra: Amount
    premium_paid: Amount
    final: Amount
    peak: Amount
    required: Amount
    hedge_benefit: Amount


class BrokerMargin(ResponseModel):
    """Rupees, by the broker, what the account holds considered: `initial` while the orders go out,
    `final` once they stand. `available` is what the account has free, `used` what it has blocked.
    """

    source: Literal["BROKER"]
    broker_name: BrokerName
    initial: Amount
    final: Amount
    available: Amount
    used: Amount


class AccountMargin(ResponseModel):
    """What an account would need for the strategy's entry, from quotes of `quotes_at`.

    `broker` is null where the broker was not asked or did not answer, `estimate` where no quotes
    can be had; `is_enough` is null where it cannot be said. The sentence says all of it.
    `available` comes from the BROKER, or is the CAPITAL that the account's owner states.
    """

    estimate: MarginEstimate | None
    quotes_at: Instant | None
    broker: BrokerMargin | None
    available: Amount | None
    available_from: Literal["BROKER", "CAPITAL"] | None
    is_enough: bool | None
    sentence: str


class TotalMargin(ResponseModel):
    """Of all accounts that trade: the estimates, `required` with their tenth. Null where one of
    them cannot be said; the sentence says which and why.
    """

    required: Amount | None
    final: Amount | None
    sentence: str
