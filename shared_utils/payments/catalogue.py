"""The payment providers that an environment may choose (`billing.payment_provider`)."""

from collections.abc import Callable, Mapping

from shared_utils.payments.ports import PaymentProvider
from shared_utils.payments.recorded_payments import ByHand, LedgerAlone, Recorded

PROVIDERS: Mapping[str, Callable[[Recorded], PaymentProvider]] = {
    "ledger": LedgerAlone,
    "by_hand": ByHand,
}
