"""The two providers that need no third party: what they know of a payment is what is recorded."""

from collections.abc import Callable
from dataclasses import dataclass

from shared_utils.payments.ports import Outcome, Paid, PaymentRequest, Pending

# The reference of the payment that our ledger holds for the request's invoice, if any.
Recorded = Callable[[PaymentRequest], str | None]


@dataclass(frozen=True, slots=True)
class LedgerAlone:
    """The ledger is the record, and money changes hands outside the platform: whatever is charged
    or given back counts as settled.
    """

    recorded: Recorded

    def charge(self, request: PaymentRequest) -> Outcome:
        return Paid(f"ledger-{request.key}")

    def refund(self, request: PaymentRequest) -> Outcome:
        return Paid(f"ledger-{request.key}")

    def look_up(self, request: PaymentRequest) -> Outcome | None:
        reference = self.recorded(request)
        return None if reference is None else Paid(reference)


@dataclass(frozen=True, slots=True)
class ByHand:
    """The publisher collects himself, gives back himself, and records it; until then it is open."""

    recorded: Recorded

    def charge(self, request: PaymentRequest) -> Outcome:
        return self._known(request, "The publisher has not recorded the payment yet.")

    def refund(self, request: PaymentRequest) -> Outcome:
        return self._known(request, "The publisher has not recorded the refund yet.")

    def look_up(self, request: PaymentRequest) -> Outcome | None:
        return self._known(request, "The publisher has not recorded it yet.")

    def _known(self, request: PaymentRequest, waiting: str) -> Outcome:
        reference = self.recorded(request)
        return Pending(waiting) if reference is None else Paid(reference)
