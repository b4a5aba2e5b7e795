"""`poolhouse serve` as a process: what it takes to start, whom it lets in, how it stops."""

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

import engines
from poolhouse import __version__
from support.process import Serving, poolhouse, serving, starting

_PATIENCE_SECONDS = 20


def eventually(happens: Callable[[], bool]) -> None:
    """Ask again and again, until it happens or the patience ends."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not happens():
        assert time.monotonic() < end


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def key_of(output: str) -> tuple[str, str]:
    values = dict(line.split("=", 1) for line in output.splitlines() if line.startswith("AWS_"))
    return values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"]


@pytest.fixture(scope="module", params=engines.ENGINES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Arguments that name a data folder and a database, empty as on the first day."""
    folder = tmp_path_factory.mktemp("place")
    with engines.database(request.param, folder) as url:
        yield _arguments(folder, url)


def _arguments(folder: Path, url: str) -> list[str]:
    config = folder / "poolhouse.toml"
    config.write_text(
        f'[storage]\nurl = "{url}"\n[messages]\nemail = "folder"\nsms = "folder"\n[triggers]\n'
        'timeout_seconds = 60\n[[triggers.map]]\narn = "*:wait"\nkind = "python"\n'
        'callable = "support.rendezvous:wait"\n'
    )
    return ["--data", str(folder / "data"), "--config", str(config)]


@pytest.fixture(scope="module")
def admin(place: list[str]) -> tuple[str, str]:
    """The first access key, as `init` prints it."""
    done = poolhouse("init", *place)
    assert (done.returncode, done.stderr) == (0, "")
    return key_of(done.stdout)


@pytest.fixture(scope="module")
def server(
    place: list[str], admin: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("log") / "stderr", *place) as running:
        yield running


def test_the_commands_around_a_server(place: list[str], admin: tuple[str, str], server: Serving) -> None:
    """What may be done while the server runs, may be done twice, and keeps what is there."""
    again = poolhouse("init", *place)
    assert again.returncode == 0
    assert "AWS_SECRET_ACCESS_KEY" not in again.stdout
    for _ in range(2):
        migrated = poolhouse("migrate", *place)
        assert (migrated.returncode, migrated.stdout) == (0, "The schema is up to date.\n")
    listed = poolhouse("key", "list", *place)
    assert admin[0] in listed.stdout
    assert admin[1] not in listed.stdout
    looked = poolhouse("doctor", *place)
    assert "ok       key ring" in looked.stdout
    assert "ok       database" in looked.stdout
    assert looked.stderr.startswith("poolhouse: ")
    assert "Traceback" not in looked.stderr
    assert server.healthy()


def test_signed_calls_alone_are_let_in(admin: tuple[str, str], server: Serving) -> None:
    key, secret = admin
    idp = server.client(key, secret)
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Name"] == "people"
    unsigned = server.client()
    unsigned.meta.events.register("choose-signer.cognito-idp.*", lambda **_: UNSIGNED)
    assert refusal(lambda: unsigned.list_user_pools(MaxResults=1)) == "MissingAuthenticationTokenException"
    wrong = server.client(key, secret[:-1] + ("x" if secret[-1] != "x" else "y"))
    assert refusal(lambda: wrong.list_user_pools(MaxResults=1)) == "InvalidSignatureException"
    stranger = server.client("AKIANOBODY0000000000", secret)
    assert refusal(lambda: stranger.delete_user_pool(UserPoolId=pool)) == "UnrecognizedClientException"
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Id"] == pool


def test_keys_come_and_go_while_the_server_runs(place: list[str], server: Serving) -> None:
    made = poolhouse("key", "create", "--action", "ListUserPools", "--name", "reader", *place)
    key, secret = key_of(made.stdout)
    reader = server.client(key, secret)
    reader.list_user_pools(MaxResults=1)
    assert refusal(lambda: reader.create_user_pool(PoolName="x")) == "AccessDeniedException"
    revoked = poolhouse("key", "revoke", key, *place)
    assert (revoked.returncode, revoked.stdout) == (0, f"{key} is revoked.\n")

    def refused() -> bool:
        try:
            reader.list_user_pools(MaxResults=1)
        except ClientError as error:
            return error.response["Error"]["Code"] == "UnrecognizedClientException"
        return False

    eventually(refused)
    assert "revoked" in poolhouse("key", "list", *place).stdout
    unknown = poolhouse("key", "revoke", "AKIANOBODY0000000000", *place)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("poolhouse: there is no access key")


def test_the_development_outbox_is_not_there(server: Serving) -> None:
    import httpx2

    assert httpx2.get(f"{server.url}/_poolhouse/outbox").status_code == 404


def test_a_second_server_on_the_same_sqlite_file_says_why_not(place: list[str], server: Serving) -> None:
    if "sqlite" not in Path(place[3]).read_text():
        return  # PostgreSQL takes as many as come
    second = poolhouse("serve", "--port", "0", *place)
    assert second.returncode == 1
    assert second.stderr.startswith("poolhouse: ")
    assert "Traceback" not in second.stderr
    assert "another" in second.stderr.lower()
    assert server.healthy()


def test_a_request_in_flight_is_finished_before_the_end(store_url: str, tmp_path: Path) -> None:
    """SIGTERM comes while a trigger is waited for; the caller gets the answer all the same."""
    place = [*_arguments(tmp_path, store_url), "--dev"]
    with serving(tmp_path / "first", *place) as server:
        idp = server.client()
        pool = idp.create_user_pool(PoolName="slow", LambdaConfig={"PreSignUp": _WAIT})["UserPool"]["Id"]
        client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
        with socket.create_server(("127.0.0.1", 0)) as here, ThreadPoolExecutor(1) as threads:
            here.settimeout(_PATIENCE_SECONDS)
            slow = threads.submit(
                idp.sign_up,
                ClientId=client,
                Username="jane",
                Password="Correct-Horse-9",
                ClientMetadata={"address": str(here.getsockname()[1])},
            )
            trigger, _ = here.accept()
            with trigger:
                trigger.recv(20)
                server.process.send_signal(signal.SIGTERM)
                eventually(lambda: not server.healthy())
                trigger.sendall(b"!")
            assert slow.result(_PATIENCE_SECONDS)["UserConfirmed"] is False
        assert server.process.wait(_PATIENCE_SECONDS) == 0
    with serving(tmp_path / "second", *place) as again:
        users = again.client().list_users(UserPoolId=pool)["Users"]
        assert [user["Username"] for user in users] == ["jane"]
        assert again.stop() == 0
    for log in (server.log, again.log):
        for line in log.read_text().splitlines():
            assert json.loads(line), "the log is JSON, line by line"


def test_a_server_that_is_told_to_stop_while_it_loads_stops_at_once(tmp_path: Path) -> None:
    """A worker takes no signals before it has loaded; nobody waits half a minute for it."""
    for _ in range(3):
        with starting(tmp_path / "log", "--dev", "--data", str(tmp_path / "data")) as process:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            eventually(lambda: bool(children.read_text()))  # noqa: B023 (called before the next round)
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_SECONDS)


_WAIT = "arn:aws:lambda:us-east-1:000000000000:function:wait"


def test_version() -> None:
    assert poolhouse("version").stdout == f"{__version__}\n"


def test_production_needs_a_key_ring(tmp_path: Path) -> None:
    done = poolhouse("serve", "--port", "0", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert done.stderr.startswith("poolhouse: there is no key ring")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com"])
def test_development_listens_on_loopback_alone(tmp_path: Path, host: str) -> None:
    done = poolhouse("serve", "--dev", "--host", host, "--port", "0", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert done.stderr.startswith("poolhouse: --dev accepts any signature")


def test_a_port_that_is_taken_or_a_host_that_is_elsewhere(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = poolhouse("serve", "--dev", "--port", port, "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stderr) == (
        1,
        f"poolhouse: cannot listen on 127.0.0.1:{port}: Address already in use\n",
    )
    assert poolhouse("init", "--data", str(tmp_path / "data")).returncode == 0
    for host in ("192.0.2.1", "nowhere.invalid"):
        done = poolhouse("serve", "--host", host, "--data", str(tmp_path / "data"))
        assert done.returncode == 1
        assert done.stderr.startswith(f"poolhouse: cannot listen on {host}:9229: ")
        assert done.stderr.count("\n") == 1


def test_a_worker_leaves_with_its_main_process(tmp_path: Path) -> None:
    """However that one ends: who starts another server on the same data finds no orphan in the way."""
    with serving(tmp_path / "log", "--dev", "--data", str(tmp_path / "data")) as server:
        server.process.kill()
        server.process.wait(60)
        for _ in range(600):
            if not server.healthy():
                break
            time.sleep(0.05)
        assert not server.healthy()
