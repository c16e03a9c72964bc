import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lambda_functions.execution_engine.order_manager.account_desks import side_by_side


def test_a_send_that_fails_leaves_no_other_send_running_behind_it():
    failed, ended = threading.Event(), []

    def fails():
        failed.set()
        raise ValueError("the row could not be written")

    def slow():
        failed.wait(5)
        threading.Event().wait(0.05)
        ended.append("slow")

    with ThreadPoolExecutor(2) as threads:
        with pytest.raises(ValueError, match="could not be written"):
            side_by_side(threads, [fails, slow])
        assert ended == ["slow"]


def test_sends_really_go_side_by_side():
    both = threading.Barrier(2, timeout=5)
    with ThreadPoolExecutor(2) as threads:
        side_by_side(threads, [both.wait, both.wait])
