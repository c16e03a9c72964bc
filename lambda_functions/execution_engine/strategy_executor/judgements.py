"""Whether a run, and each account in it, may trade. Pure; every denial has a code and a sentence.

Everything fails closed: what is not known (margin, limits used) is a denial, never a pass.
"""

from dataclasses import dataclass
from decimal import Decimal

from shared_utils.brokers.ports import Margins
from shared_utils.domain.broker_accounts import BrokerAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What was read of an account while preparing. `problem` is why it cannot be read, if so."""

    account: BrokerAccount | None
    has_session: bool
    trades_today: int | None
    loss_today: Decimal | None
    margins: Margins | None
    problem: tuple[str, str] | None = None
