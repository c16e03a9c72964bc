"""What our code logs is JSON with the request's keys; a planted secret never comes out."""

import json
import logging

import pytest

from shared_utils.logger import MASK, PARENTS, masked, start_logging

CANARY = "c4naryS3cretValue9x"


@pytest.fixture
def lines(capsys):
    """Start logging, and read what came out as JSON. The parents are put back afterwards."""
    parents = [logging.getLogger(name) for name in PARENTS]
    before = [(each, each.handlers, each.level, each.propagate) for each in parents]

    def read():
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    yield read
    for parent, handlers, level, propagate in before:
        parent.handlers, parent.propagate = handlers, propagate
        parent.setLevel(level)


def test_a_service_line_carries_its_fields_and_the_requests_keys(lines):
    # Powertools keeps a service's handler for the process: a name that no other test starts.
    logger = start_logging("a-service-of-this-test", "INFO")
    logger.append_keys(request_id="req-1")
    log = logging.getLogger("lambda_functions.execution_engine.order_manager.service")

    log.info("The order was accepted.", extra={"order_id": "ord_1"})

    (line,) = lines()
    assert line["message"] == "The order was accepted."
    assert (line["order_id"], line["request_id"], line["service"]) == (
        "ord_1",
        "req-1",
        "a-service-of-this-test",
    )


def test_starting_twice_does_not_print_twice(lines):
    start_logging("a-service", "INFO")
    start_logging("a-service", "INFO")

    logging.getLogger("shared_utils.storage.rows").info("Once.")

    assert len(lines()) == 1


def test_a_level_below_the_setting_is_silent(lines):
    start_logging("quiet-service", "WARNING")

    logging.getLogger("shared_utils.storage.rows").info("Nobody hears this.")

    assert lines() == []


def log_a_field(log, logger):
    log.info("A field.", extra={"access_token": CANARY})


def log_a_nested_field(log, logger):
    log.info("Nested.", extra={"account": {"sessions": [{"api_secret_sealed": CANARY}]}})


def log_a_header(log, logger):
    log.info("A header.", extra={"headers": {"Authorization": f"token k:{CANARY}"}})


def log_a_camel_case_field(log, logger):
    log.info("Camel case.", extra={"body": {"refreshToken": CANARY, "jwtToken": CANARY}})


def log_an_address(log, logger):
    log.info("An address.", extra={"url": f"https://b.in/cb?request_token={CANARY}&x=1"})


def log_an_argument(log, logger):
    log.info("Answer: %s", {"password": CANARY})


def log_a_key(log, logger):
    logger.append_keys(ticket=CANARY)
    log.info("A key.")


def log_an_exception(log, logger):
    try:
        int(f"refused: authorization: Bearer {CANARY}")
    except ValueError:
        log.exception("It failed.")


def log_a_bare_jwt(log, logger):
    log.info("A bare token.", extra={"seen": f"eyJhbGciOi.{CANARY}.sig"})


def log_an_object(log, logger):
    class Session:
        def __str__(self):
            return f"Session(access_token='{CANARY}')"

    log.info("An object.", extra={"session": Session()})


def log_a_request_body(log, logger):
    log.info("A body.", extra={"body": json.dumps({"totp": CANARY, "user": "u"})})


@pytest.mark.parametrize(
    "write",
    [
        log_a_field,
        log_a_nested_field,
        log_a_header,
        log_a_camel_case_field,
        log_an_address,
        log_an_argument,
        log_a_key,
        log_an_exception,
        log_a_bare_jwt,
        log_an_object,
        log_a_request_body,
    ],
)
def test_a_planted_secret_does_not_come_out(write, lines):
    logger = start_logging(write.__name__, "INFO")

    write(logging.getLogger("lambda_functions.auth.service"), logger)

    (line,) = lines()
    assert CANARY not in json.dumps(line)
    assert MASK in json.dumps(line)


def test_what_is_no_secret_stays_readable():
    fields = {
        "order_id": "ord_1",
        "token_expires_at": "2026-11-24",
        "spinning": "yes",
        "count": 3,
        "sentence": "The session of the account has ended.",
        "none": None,
    }

    assert masked(fields) == fields
