"""What the emulator gets wrong about DynamoDB streams, corrected for ministack 1.5.33.

Without these a change is lost or blocks its table locally while the cloud would behave. Corrected:
1. `batchItemFailures` of a stream mapping: delivery resumes at the first failed record.
2. MaximumRetryAttempts, BisectBatchOnFunctionError and the OnFailure destination.
3. Each mapping is worked off on a thread of its own: a slow function delays only itself.
4. Items deleted by their TTL leave a REMOVE record with the service's userIdentity.
5. Saved state includes the stream's records, so the first changes after a restart are delivered.
6. A FIFO queue's mapping works on several message groups at once (one at a time within a group).
"""

import contextvars
import copy
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import AccountRegionScopedDict, _request_account_id, _request_region

_STOCK_REAPER = "dynamodb-ttl-reaper"
_expiring: contextvars.ContextVar[bool] = contextvars.ContextVar("expiring", default=False)


def _import_without_stock_reaper() -> tuple[Any, Any]:
    """The two services, without the thread that deletes expired items and tells no one."""
    stock_start = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name != _STOCK_REAPER:
            stock_start(thread)

    threading.Thread.start = start  # type: ignore[assignment, method-assign]  # only for the import
    try:
        from ministack.services import dynamodb, lambda_svc  # noqa: PLC0415 - see above
    finally:
        threading.Thread.start = stock_start  # type: ignore[method-assign]  # put back
    return dynamodb, lambda_svc


dynamodb, lambda_svc = _import_without_stock_reaper()


def apply(*, ttl_sweep_seconds: float) -> None:
    lambda_svc._poll_dynamodb_streams = _poll_streams
    lambda_svc._sqs_esm_concurrency = _queue_concurrency
    _stock_reset = lambda_svc.reset

    def reset() -> None:
        _stock_reset()
        _unfinished.clear()

    lambda_svc.reset = reset
    dynamodb._build_change_record = _build_change_record
    dynamodb.get_state = _get_state
    dynamodb.load_persisted_state = _load_persisted_state
    threading.Thread(
        target=_sweep_expired_for_ever, args=(ttl_sweep_seconds,), daemon=True, name="ttl-sweep"
    ).start()


# ---- 1, 2, 3: delivery of stream records to functions -------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """A range of absolute stream positions and how often all of it was delivered in vain."""

    start: int
    end: int
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mapping:
    """An event source mapping with what its delivery needs, resolved for one pass."""

    id: str
    settings: dict[str, Any]
    function: Any
    table: str
    stream_arn: str

    @property
    def is_alive(self) -> bool:
        return self.id in lambda_svc._esms


# What is still to be delivered of a batch that failed, first part first, by mapping id.
_unfinished: dict[str, list[_Batch]] = {}


def _poll_streams() -> bool:
    """Hands each idle mapping that has records to a thread; true if it handed out any."""
    dispatched = False
    for account, region, settings in lambda_svc._iter_all_esms():
        account_token = _request_account_id.set(account)
        region_token = _request_region.set(region)
        try:
            mapping = _resolve(settings)
            if mapping is not None and _is_due(mapping):
                # The thread inherits account and region with the context.
                lambda_svc._dispatch_esm_batch(mapping.id, _deliver_next, mapping)
                dispatched = True
        finally:
            _request_account_id.reset(account_token)
            _request_region.reset(region_token)
    return dispatched


def _resolve(settings: dict[str, Any]) -> _Mapping | None:
    if not settings.get("Enabled", True):
        return None
    arn = settings.get("EventSourceArn", "")
    try:
        source = parse_arn(arn)
    except ArnParseError:
        return None
    here = (_request_account_id.get(), _request_region.get())
    if source.service != "dynamodb" or (source.account_id, source.region) != here:
        return None
    named = lambda_svc._dynamodb_stream_table_from_arn_spec(source)
    table = dynamodb._tables.get(named[0]) if named else None
    if named is None or not table or table.get("LatestStreamArn") != arn:
        return None
    function, _ = lambda_svc._get_func_record_for_qualifier(
        settings["FunctionName"], settings.get("Qualifier")
    )
    if function is None:
        return None
    return _Mapping(
        id=settings["UUID"], settings=settings, function=function, table=named[0], stream_arn=arn
    )


def _is_due(mapping: _Mapping) -> bool:
    if lambda_svc._esm_inflight.get(mapping.id, 0):
        return False
    if lambda_svc._esm_backoff_until.get(mapping.id, 0) > time.time():
        return False
    if _unfinished.get(mapping.id):
        return True
    return bool(_position(mapping) < dynamodb.stream_end_position(mapping.table))


def _position(mapping: _Mapping) -> int:
    horizon = int(dynamodb.stream_start_position(mapping.table))
    with lambda_svc._dynamodb_stream_positions_lock:
        known = lambda_svc._dynamodb_stream_positions.get(mapping.id)
        if known is None:
            from_the_start = mapping.settings.get("StartingPosition") == "TRIM_HORIZON"
            known = horizon if from_the_start else dynamodb.stream_end_position(mapping.table)
        position = max(int(known), horizon)
        lambda_svc._dynamodb_stream_positions[mapping.id] = position
    return position


def _advance(mapping: _Mapping, position: int) -> None:
    if mapping.is_alive:
        with lambda_svc._dynamodb_stream_positions_lock:
            lambda_svc._dynamodb_stream_positions[mapping.id] = position


def _deliver_next(mapping: _Mapping) -> None:
    """One invocation: the rest of a failed batch first, else the next records of the stream."""
    waiting = _unfinished.get(mapping.id)
    if waiting:
        batch = waiting.pop(0)
    else:
        start = _position(mapping)
        size = mapping.settings.get("BatchSize", 100)
        found = dynamodb.stream_records_since(mapping.table, start, size)
        batch = _Batch(start=start, end=start + len(found))
    raw = dynamodb.stream_records_since(mapping.table, batch.start, batch.end - batch.start)
    records = lambda_svc._apply_filter_criteria(raw, mapping.settings)
    if not records:
        _advance(mapping, batch.end)
        return
    result = lambda_svc._execute_function(mapping.function, {"Records": records})
    if not mapping.is_alive:
        return
    failed_at = _first_failure(mapping, records, result)
    if failed_at is None:
        _advance(mapping, batch.end)
        mapping.settings["LastProcessingResult"] = f"OK - {len(records)} records"
        lambda_svc.logger.info(
            "ESM: Lambda %s processed %d DynamoDB stream records from %s\n%s",
            mapping.settings["FunctionName"], len(records), mapping.table, result.get("log", ""),
        )  # fmt: skip
        return
    _after_failure(mapping, batch, raw, records[failed_at], result)


def _first_failure(
    mapping: _Mapping, records: list[dict[str, Any]], result: dict[str, Any]
) -> int | None:
    """Index of the first record to deliver again; None when all of them went well."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.settings.get("FunctionResponseTypes") or []):
        return None
    body = result.get("body")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except json.JSONDecodeError:
            return None
    failures = body.get("batchItemFailures") if isinstance(body, dict) else None
    if not failures:
        return None
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    named = [failure.get("itemIdentifier") for failure in failures]
    # An identifier that is not of this batch fails the whole batch, as in the cloud.
    return min((numbers.index(number) if number in numbers else 0) for number in named)


def _after_failure(
    mapping: _Mapping,
    batch: _Batch,
    raw: list[dict[str, Any]],
    first_failed: dict[str, Any],
    result: dict[str, Any],
) -> None:
    mapping.settings["LastProcessingResult"] = "FAILED"
    lambda_svc.logger.warning(
        "ESM: Lambda %s failed processing DynamoDB stream batch from %s: %s\n%s",
        mapping.settings["FunctionName"], mapping.table, result.get("body"), result.get("log", ""),
    )  # fmt: skip
    start = batch.start + raw.index(first_failed)
    _advance(mapping, start)
    left = raw[start - batch.start :]
    waiting = _unfinished.setdefault(mapping.id, [])
    exhausted = _why_given_up(mapping, left, batch.failures + 1)
    if mapping.settings.get("BisectBatchOnFunctionError") and len(left) > 1:
        # Splitting does not count as a retry; what came before the failure is done.
        middle = start + len(left) // 2 if start == batch.start else batch.end
        halves = [(start, middle), (middle, batch.end)]
        waiting[:0] = [_Batch(start=a, end=b, failures=batch.failures) for a, b in halves if a < b]
    elif exhausted is not None:
        lambda_svc._send_ddb_stream_failure_record(
            mapping.settings, mapping.function, left, mapping.stream_arn, result, exhausted
        )
        _advance(mapping, batch.end)
    else:
        waiting.insert(0, _Batch(start=start, end=batch.end, failures=batch.failures + 1))
        pause = min(lambda_svc._ESM_BACKOFF_SECONDS, 0.1 * 2**batch.failures)
        lambda_svc._esm_backoff_until[mapping.id] = time.time() + pause
        threading.Timer(pause + 0.01, lambda_svc._esm_wake.set).start()


def _why_given_up(mapping: _Mapping, records: list[dict[str, Any]], failures: int) -> str | None:
    allowed = mapping.settings.get("MaximumRetryAttempts")
    if allowed is not None and 0 <= int(allowed) < failures:
        return "RetryAttemptsExhausted"
    oldest_allowed = int(mapping.settings.get("MaximumRecordAgeInSeconds") or -1)
    created = (record["dynamodb"]["ApproximateCreationDateTime"] for record in records)
    if 0 < oldest_allowed < time.time() - min(created):
        return "MaxRecordAgeExceeded"
    return None


# ---- 6: FIFO queues ------------------------------------------------------------------------------

_stock_queue_concurrency = lambda_svc._sqs_esm_concurrency


def _queue_concurrency(esm: dict[str, Any], function: Any, config: Any, _queue: Any = None) -> int:
    # The queue itself holds back a group that has a message in flight, so batches never share one.
    return int(_stock_queue_concurrency(esm, function, config, None))


# ---- 4: items deleted by their TTL ---------------------------------------------------------------

_stock_build_change_record = dynamodb._build_change_record


def _build_change_record(*args: Any, **kwargs: Any) -> dict[str, Any]:
    record: dict[str, Any] = _stock_build_change_record(*args, **kwargs)
    if _expiring.get():
        record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    return record


def _sweep_expired_for_ever(every_seconds: float) -> None:
    while True:
        time.sleep(every_seconds)
        # On the server's own thread, where every other write happens: no half-seen transaction.
        loop = app._MAIN_LOOP
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(_sweep_expired, context=contextvars.copy_context())


def _sweep_expired() -> None:
    _expiring.set(True)
    for (account, region, table_name), setting in list(dynamodb._ttl_settings.all_items()):
        table = dynamodb._tables.get_scoped(account, region, table_name)
        if not table or setting.get("TimeToLiveStatus") != "ENABLED":
            continue
        _request_account_id.set(account)
        _request_region.set(region)
        for partition, sort, item in _expired(table, setting.get("AttributeName", "")):
            dynamodb._remove_item(table, partition, sort)
            dynamodb._emit_stream_event(table_name, "REMOVE", item, None)


def _expired(table: dict[str, Any], attribute: str) -> list[tuple[Any, Any, dict[str, Any]]]:
    now = time.time()
    return [
        (partition, sort, item)
        for partition, rows in table["items"].items()
        for sort, item in rows.items()
        if "N" in (item.get(attribute) or {}) and float(item[attribute]["N"]) <= now
    ]


# ---- 5: saved state ------------------------------------------------------------------------------

_stock_get_state = dynamodb.get_state
_stock_load_persisted_state = dynamodb.load_persisted_state


def _get_state() -> dict[str, Any]:
    return {
        **_stock_get_state(),
        "stream_records": copy.deepcopy(dynamodb._stream_records),
        "stream_trimmed": copy.deepcopy(dynamodb._stream_trimmed),
        "stream_sequence": dynamodb._stream_seq_counter,
    }


def _load_persisted_state(data: dict[str, Any]) -> None:
    _stock_load_persisted_state(data)
    for name in ("_stream_records", "_stream_trimmed"):
        saved = data.get(name.removeprefix("_"))
        if isinstance(saved, AccountRegionScopedDict):
            getattr(dynamodb, name).update(saved)
    dynamodb._stream_seq_counter = int(data.get("stream_sequence", 0))
