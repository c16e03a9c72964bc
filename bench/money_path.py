"""The money path's own time, punctuality, requests, their growth and their cost. The broker is not
counted; neither are the queues between the functions.
"""

from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter, process_time

from bench.rows import Row, percentile
from bench.stand import Stand
from shared_utils.clock import SystemClock

RUNS, WARM_UP = 200, 10
HOLDS = 30
# Performance baselines 5.2: ap-south-1, rupees per dollar, dollars per unit.
RUPEES = 90.0
WRITE_UNIT, READ_UNIT = 0.71e-6, 0.1425e-6
GB_S, INVOCATION = 13.3334e-6, 0.20e-6
SQS_REQUEST, KMS_REQUEST, SOCKET_MESSAGE, LOG_GB = 0.40e-6, 3e-6, 1.05e-6, 0.67
# Assumed: what a run keeps its functions for, and what it logs.
PREPARED_S, WORKED_S, STREAM_S = 20.0, 3.0, 0.3
MONEY_PATH_GB, STREAM_GB = 1769 / 1024, 0.5
LOGGED_BYTES = 6_000


@dataclass(frozen=True)
class Used:
    """By one execution, from its claim to its last booked fill."""

    requests: int
    reads: float
    writes: float
    messages: int
    sessions: int
    changes: int


def run() -> list[Row]:
    return [*_own_time(), *_lateness(), *_growth(), *_cost()]


def _own_time() -> list[Row]:
    """The executor's message to the first send of the first account, through the real client."""
    wall, cpu, whole = [], [], []
    for _ in range(RUNS + WARM_UP):
        stand = Stand(2)
        stamp = stand.claim()
        began, cpu_began = perf_counter(), process_time()
        execution = stand.run(stamp)
        stand.work(execution.execution_id, stand.clients[0])
        whole.append((process_time() - cpu_began) * 1000)
        first, cpu_first = stand.first_order()
        wall.append((first - began) * 1000)
        cpu.append((cpu_first - cpu_began) * 1000)
    wall, cpu, whole = wall[WARM_UP:], cpu[WARM_UP:], whole[WARM_UP:]
    return [
        ("trigger to first order, own CPU time, p50", percentile(cpu, 0.5), 20.0, "ms CPU"),
        ("trigger to first order, own CPU time, p99", percentile(cpu, 0.99), 100.0, "ms CPU"),
        ("the same by the wall clock of this machine, p50", percentile(wall, 0.5), None, "ms"),
        ("the same by the wall clock of this machine, p99", percentile(wall, 0.99), None, "ms"),
        (
            "trigger to one account's four legs recorded, p50",
            percentile(whole, 0.5),
            None,
            "ms CPU",
        ),
    ]


def _lateness() -> list[Row]:
    """How late the clock releases what it holds to a moment."""
    clock, late = SystemClock(), []
    for _ in range(HOLDS):
        at = clock.now() + timedelta(seconds=0.12)
        clock.sleep_until(at)
        late.append((clock.now() - at).total_seconds() * 1000)
    return [(f"scheduled entry: the latest of {HOLDS} holds", max(late), 50.0, "ms")]


def _growth() -> list[Row]:
    """What one more allocation costs: the same for the fiftieth as for the second."""
    used = {accounts: _used(accounts) for accounts in (1, 2, 26, 50)}
    few, many = used[1], used[50]
    rows: list[Row] = [
        ("DynamoDB requests of 4 legs x 2 accounts", float(used[2].requests), None, "requests"),
        ("DynamoDB read units of 4 legs x 2 accounts", used[2].reads, None, "RRU"),
        ("DynamoDB write units of 4 legs x 2 accounts", used[2].writes, None, "WRU"),
    ]
    for name in ("requests", "reads", "writes"):
        first = float(getattr(used[2], name) - getattr(few, name))
        last = float(getattr(many, name) - getattr(used[26], name)) / 24
        rows.append((f"{name}: one more allocation, the 2nd", first, None, "each"))
        rows.append(
            (f"{name}: one more allocation, the 50th / the 2nd", last / first, 1.1, "ratio")
        )
    return rows


def _cost() -> list[Row]:
    """4 legs x 3 brokers, in rupees, from what was counted and the assumptions above."""
    used = _used(3)
    accounts = 3
    parts = {
        "DynamoDB writes": used.writes * WRITE_UNIT,
        "DynamoDB reads": used.reads * READ_UNIT,
        "Lambda: the executor, held from 20 s before": PREPARED_S * MONEY_PATH_GB * GB_S
        + INVOCATION,
        "Lambda: the order manager, 3 s an account": accounts
        * (WORKED_S * MONEY_PATH_GB * GB_S + INVOCATION),
        "Lambda: the two streams' readers": 2
        * accounts
        * (STREAM_S * STREAM_GB * GB_S + INVOCATION),
        "SQS: send, receive, delete": 3 * used.messages * SQS_REQUEST,
        "KMS: a session's token": used.sessions * KMS_REQUEST,
        "WebSocket: each change of an order or position": 1.25 * used.changes * SOCKET_MESSAGE,
        "logs": LOGGED_BYTES * (1 + accounts) / 1e9 * LOG_GB,
    }
    rows: list[Row] = [
        (f"cost: {name}", cost * RUPEES, None, "rupees") for name, cost in parts.items()
    ]
    total = sum(parts.values()) * RUPEES
    return [("marginal cost of an execution, 4 legs x 3 brokers", total, 0.02, "rupees"), *rows]


def _used(accounts: int) -> Used:
    stand = Stand(accounts)
    execution = stand.run(stand.claim())
    for client_id in stand.clients:
        stand.work(execution.execution_id, client_id)
    changes = stand.book()
    usage = stand.store.take_usage()
    return Used(
        requests=usage.total_requests,
        reads=usage.read_units,
        writes=usage.write_units,
        messages=len(stand.messages),
        sessions=stand.desk.sessions,
        changes=changes,
    )
