"""How often what goes wrong. Probabilities per call or order; times in seconds."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Profile:
    """`latest_accept_s` stays inside the quiet period, as the protocol supposes; only a hedge of
    the tardy profile comes later (`late_hedge`, up to `latest_hedge_s`), and must then be found.
    """

    name: str
    dies_at_io: float = 0.004
    pauses_at_io: float = 0.002
    write_applied_answer_lost: float = 0.003
    write_not_applied: float = 0.003
    index_lags: float = 0.3
    message_twice: float = 0.05
    tick_lost: float = 0.1
    refused: float = 0.02
    lost_request: float = 0.02
    lost_reply: float = 0.03
    empty_reply: float = 0.01
    late_accept: float = 0.02
    latest_accept_s: float = 25.0
    late_hedge: float = 0.0
    latest_hedge_s: float = 90.0
    rms_rejects: float = 0.02
    never_fills: float = 0.02
    partial: float = 0.2
    fill_s: float = 0.5
    fill_crosses: float = 0.3
    crosses_within_s: float = 3.0
    cancel_lost: float = 0.05
    book_fails: float = 0.05
    book_lag_s: float = 2.0
    trade_lag_s: float = 1.0
    position_lag_s: float = 1.0
    outage: float = 0.1
    no_quotes: float = 0.02
    session_lost: float = 0.05
    switched_off: float = 0.0
    trader_cancels: float = 0.05


USUAL = Profile("usual")
STORMY = Profile(
    "stormy",
    dies_at_io=0.02,
    pauses_at_io=0.01,
    lost_request=0.08,
    lost_reply=0.1,
    late_accept=0.08,
    book_fails=0.25,
    outage=0.4,
    message_twice=0.2,
)
SLOW = Profile(
    "slow",
    refused=0.08,
    rms_rejects=0.08,
    never_fills=0.1,
    partial=0.6,
    fill_s=6.0,
    fill_crosses=0.8,
    cancel_lost=0.2,
    trade_lag_s=4.0,
    pauses_at_io=0.01,
)
SWITCHED = Profile("switched", switched_off=0.9, pauses_at_io=0.02, fill_s=2.0)
JAMMED = Profile(
    "jammed", pauses_at_io=0.05, message_twice=0.6, refused=0.1, late_accept=0.05, dies_at_io=0.002
)
# As late as the quiet period allows: only mutants are hunted in it.
LATE = replace(JAMMED, name="late", late_accept=0.3, latest_accept_s=28.0)
TARDY = Profile("tardy", late_hedge=0.2, dies_at_io=0.002)
_NOTHING_GOES_WRONG = (
    "dies_at_io",
    "pauses_at_io",
    "write_applied_answer_lost",
    "write_not_applied",
    "index_lags",
    "message_twice",
    "tick_lost",
    "refused",
    "lost_request",
    "lost_reply",
    "empty_reply",
    "late_accept",
    "rms_rejects",
    "never_fills",
    "cancel_lost",
    "book_fails",
    "outage",
    "no_quotes",
    "session_lost",
    "trader_cancels",
)
QUIET = replace(USUAL, name="quiet", **dict.fromkeys(_NOTHING_GOES_WRONG, 0.0))
PROFILES = {each.name: each for each in (USUAL, STORMY, SLOW, SWITCHED, JAMMED, LATE, TARDY, QUIET)}

_IN_TURN = (USUAL, SWITCHED, USUAL, STORMY, SLOW, TARDY, JAMMED, STORMY)
WEATHERS = len(_IN_TURN)


def profile_of(seed: int) -> Profile:
    """Every seed has its weather, in turn; every other round of them also exits (see World)."""
    return _IN_TURN[seed % WEATHERS]
