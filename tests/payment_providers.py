"""A payment provider whose answers a test decides, and that moves money once for each key."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from shared_utils.payments.ports import (
    Declined,
    Outcome,
    Paid,
    PaymentRequest,
    Pending,
    ProviderUnavailable,
)

PAID, DECLINED, PENDING = "paid", "declined", "pending"
# It acted and its answer is lost; it was never reached.
LOST, UNREACHED = "lost", "unreached"


@dataclass
class ScriptedProvider:
    """`script` is what happens to the next new keys, then every one is paid. `on_call` is told of
    every call and may raise: the process dies there.
    """

    script: list[str] = field(default_factory=list)
    known: dict[str, Outcome] = field(default_factory=dict)
    moved: dict[str, Decimal] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    on_call: Callable[[], None] = lambda: None

    def say(self, *words: str) -> None:
        self.script += words

    def charge(self, request: PaymentRequest) -> Outcome:
        return self._asked("charge", request, request.amount)

    def refund(self, request: PaymentRequest) -> Outcome:
        return self._asked("refund", request, -request.amount)

    def look_up(self, request: PaymentRequest) -> Outcome | None:
        self.calls.append(("look_up", request.key))
        self.on_call()
        return self.known.get(request.key)

    def total(self) -> Decimal:
        return sum(self.moved.values(), Decimal(0))

    def keys_of(self, calls: Iterable[str] = ("charge", "refund")) -> list[str]:
        return [key for call, key in self.calls if call in calls]

    def _asked(self, call: str, request: PaymentRequest, amount: Decimal) -> Outcome:
        self.calls.append((call, request.key))
        self.on_call()
        if request.key not in self.known:
            word = self.script.pop(0) if self.script else PAID
            if word == UNREACHED:
                raise ProviderUnavailable("The provider does not answer.")
            self._act(word, request.key, amount)
            if word == LOST:
                raise ProviderUnavailable("The provider's answer was lost.")
        self.on_call()
        return self.known[request.key]

    def _act(self, word: str, key: str, amount: Decimal) -> None:
        if word in {PAID, LOST}:
            self.moved[key] = amount
            self.known[key] = Paid(f"ref-{key}")
        elif word == PENDING:
            self.known[key] = Pending("It waits for the bank.")
        else:
            self.known[key] = Declined("The account has no funds.")
