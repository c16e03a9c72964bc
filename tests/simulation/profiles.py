"""How often what goes wrong. Probabilities per call or order; times in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    name: str
    dies_at_io: float = 0.004
    pauses_at_io: float = 0.002
    write_applied_answer_lost: float = 0.003
    write_not_applied: float = 0.003
    message_twice: float = 0.05
    tick_lost: float = 0.1
    refused: float = 0.02
    lost_request: float = 0.02
    lost_reply: float = 0.03
    empty_reply: float = 0.01
    late_accept: float = 0.02
    latest_accept_s: float = 25.0
    rms_rejects: float = 0.02
    never_fills: float = 0.02
    partial: float = 0.2
    fill_s: float = 0.5
    fill_crosses: float = 0.3
    cancel_lost: float = 0.05
    book_fails: float = 0.05
    book_lag_s: float = 2.0
    trade_lag_s: float = 1.0
    outage: float = 0.1
    hedges_only: bool = False


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
QUIET = Profile(
    "quiet",
    **{
        name: 0.0
        for name in (
            "dies_at_io", "pauses_at_io", "write_applied_answer_lost", "write_not_applied",
            "message_twice", "tick_lost", "refused", "lost_request", "lost_reply", "empty_reply",
            "late_accept", "rms_rejects", "never_fills", "cancel_lost", "book_fails", "outage",
        )
    },
)  # fmt: skip
PROFILES = {profile.name: profile for profile in (USUAL, STORMY, QUIET)}
