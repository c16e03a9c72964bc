"""How money changes hands: the port behind which a payment provider stands.

An attempt has a key. Asking twice with one key moves money once; what became of a key whose answer
was lost is looked up, and only one that the provider has never heard of is asked again, under the
very same key.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from shared_utils.domain.errors import Unavailable


class ProviderUnavailable(Unavailable):
    """The provider gave no answer that can be read: the outcome is unknown until looked up."""

    code = "PAYMENT_PROVIDER_UNAVAILABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """`amount` in rupees, above zero: taken from the subscriber, or given back to him."""

    key: str
    amount: Decimal
    user_id: str
    subscription_id: str
    invoice_id: str
    billing_key: str


@dataclass(frozen=True, slots=True)
class Paid:
    """The money has changed hands; `reference` is the provider's own."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """No money moved and under this key none ever will."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """No money moved and none moves by itself: somebody has yet to act, and that will be recorded.

    Where money may still move by itself the outcome is unknown: ProviderUnavailable.
    """

    reason: str


Outcome = Paid | Declined | Pending


class PaymentProvider(Protocol):
    """Every method raises ProviderUnavailable when the outcome is unknown."""

    def charge(self, request: PaymentRequest) -> Outcome: ...

    def refund(self, request: PaymentRequest) -> Outcome: ...

    def look_up(self, request: PaymentRequest) -> Outcome | None:
        """What became of the request's key; None when the provider has never heard of it."""
        ...
