"""The served page of the API: readable, offline, and a way to the local cloud."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from local import processes
from local.docs_program import docs_program
from local.openapi import TARGET
from tests.emulator import free_port


class Cloud(BaseHTTPRequestHandler):
    """Answers with what it was asked, as a gateway that refuses would: 401 and an error."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = {
            "path": self.path,
            "authorization": self.headers.get("Authorization"),
            "key": self.headers.get("Idempotency-Key"),
            "cookie": self.headers.get("Cookie"),
            "body": self.rfile.read(length).decode(),
        }
        body = json.dumps(asked).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def cloud() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Cloud)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def page(cloud: HTTPServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The started program's address."""
    state = tmp_path_factory.mktemp("docs")
    program = docs_program(
        port=free_port("docs"), cloud_url=f"http://127.0.0.1:{cloud.server_port}"
    )
    processes.start(program, state)
    yield program.port.url
    processes.stop(program.name, state)


def fetched(url: str) -> tuple[str, Any]:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own loopback address
        return answer.read().decode(errors="replace"), answer.headers


def test_the_page_loads_everything_it_needs_from_itself(page: str) -> None:
    html, headers = fetched(f"{page}/")

    wanted = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(wanted) >= 4
    for path in wanted:
        assert path.startswith("/"), path
        assert len(fetched(page + path)[0]) > 100, path
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_the_document_is_the_committed_one_with_itself_as_the_only_server(page: str) -> None:
    served = json.loads(fetched(f"{page}/openapi.json")[0])

    committed = json.loads(Path(TARGET).read_text(encoding="utf-8"))
    assert served["servers"] == [{"url": "/", "description": "The local platform"}]
    assert all("servers" not in each for each in served["paths"].values())
    assert served["components"] == committed["components"]
    assert set(served["paths"]) == set(committed["paths"])


def test_a_request_tried_out_reaches_the_api_that_serves_it_and_its_refusal_comes_back(
    page: str,
) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        f"{page}/brokers/accounts?a=%2Fb",
        data=b'{"client_id": "Z1"}',
        headers={
            "Authorization": "Bearer token",
            "Content-Type": "application/json",
            "Idempotency-Key": "once",
            "Cookie": "a=b",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310 - our own loopback address

    assert refused.value.code == 401
    assert json.loads(refused.value.read()) == {
        "path": "/_aws/execute-api/ql-algo-trading-local-auth/v1/brokers/accounts?a=%2Fb",
        "authorization": "Bearer token",
        "key": "once",
        "cookie": None,
        "body": '{"client_id": "Z1"}',
    }
    refused.value.close()


def test_what_no_api_serves_is_not_handed_on(page: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{page}/_aws/cognito")  # noqa: S310 - our own loopback address

    assert refused.value.code == 404
    refused.value.close()


def test_a_cloud_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    nobody = free_port("emulator")
    program = docs_program(port=free_port("docs"), cloud_url=nobody.url)
    processes.start(program, tmp_path)
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{program.port.url}/options/baskets")  # noqa: S310
        assert refused.value.code == 502
        assert "does not answer" in json.loads(refused.value.read())["error"]["message"]
        refused.value.close()
    finally:
        processes.stop(program.name, tmp_path)
