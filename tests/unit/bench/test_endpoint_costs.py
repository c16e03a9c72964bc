"""The bench measures every operation that the stack has, by a request that succeeds."""

from bench import endpoint_costs
from bench.endpoint_asks import MARKET_ASKS, PLATFORM_ASKS
from bench.endpoint_costs import Cost, declared, measured, run, unmeasured


def test_every_operation_of_the_stack_has_a_row():
    """A new operation's ordinary request belongs into bench/endpoint_asks.py."""
    assert unmeasured() == []


def test_no_row_is_of_an_operation_that_the_stack_has_not():
    assert sorted([*PLATFORM_ASKS, *MARKET_ASKS]) == sorted(declared())


def test_a_request_that_only_reads_writes_nothing_and_a_change_is_written():
    costs = measured(rounds=1)
    for operation in ("GET /options/marketplace", "GET /options/strategies/{strategy_id}"):
        assert costs[operation].requests == 1
    writes = {operation: cost.write_units for operation, cost in costs.items()}
    calculators = {each for each in writes if "/calculator/" in each}
    reads = {each for each in writes if each.startswith("GET ")} | calculators
    assert all((writes[each] == 0) == (each in reads) for each in writes)


def test_an_operation_without_a_row_is_named(monkeypatch, capsys):
    monkeypatch.setattr(endpoint_costs, "declared", lambda: ["GET /options/baskets", "PUT /new"])
    monkeypatch.setattr(
        endpoint_costs, "measured", lambda: {"GET /options/baskets": Cost(1, 1, 1, 0)}
    )
    rows = run()
    assert ("operations without a measured request", 1.0, 0.0, "operations") in rows
    assert "PUT /new" in capsys.readouterr().out
