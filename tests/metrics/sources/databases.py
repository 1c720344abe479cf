"""Real database servers for the tests of SQL sources, each started once for a module, on a port of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pymysql
import pytest

from config import embedded
from tests.config.processes import free_port

PASSWORD = "planted-secret-7"


class Postgres:
    """The server of the wheel, listening on a port, with a superuser, an owner and a reader."""

    def __init__(self, server: embedded.Server, port: int) -> None:
        self.server, self.port = server, port
        self.address = f"127.0.0.1:{port}"

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(
            host=str(self.server.socket_dir),
            port=self.port,
            user="pilotlight",
            dbname="pilotlight",
            autocommit=True,
        ) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def sessions(self) -> int:
        """How many of ours are still there; they are given a moment to go."""
        return settled(
            lambda: self.run("select count(*) from pg_stat_activity where application_name = 'Pilotlight'")[
                0
            ][0]
        )


def settled(count: Any) -> int:
    deadline = time.monotonic() + 3
    while (found := int(count())) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def grown(call: Callable[[], object]) -> int:
    """By how many bytes the process was larger at most, meanwhile, than before: of its peak the kernel begins a new count."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    call()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    [line] = [
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")
    ]
    return int(line.split()[1]) * 1024


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    port = free_port()
    listening = {"listen_addresses": "127.0.0.1", "port": str(port)}
    server = embedded.Server(folder)
    with patch.dict(embedded._OPTIONS, listening), patch.object(embedded, "SOCKET", f".s.PGSQL.{port}"):
        held = server.hold()
        try:
            (server.data / "pg_hba.conf").write_text(
                "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
            )
            found = server.postmaster()
            assert found
            found.send_signal(signal.SIGHUP)
            one = Postgres(server, port)
            one.run(
                f"create role reader login password '{PASSWORD}'",
                f"create role owner login password '{PASSWORD}'",
                f"create role boss login superuser password '{PASSWORD}'",
                f"create role writer login password '{PASSWORD}'",
                "create table deals (day date, won int, total int, region text)",
                "insert into deals select date '2026-06-01' + n, 3, 4, case n % 2 when 0 then 'north' else 'süd' end from generate_series(0, 9) n",
                "create table salaries (amount int)",
                "create table mine (n int)",
                "alter table mine owner to owner",
                "grant select on deals to reader, owner, writer",
                "grant update (won) on deals to writer",
            )
            yield one
        finally:
            server.let_go(held)


@contextmanager
def encrypted(server: Postgres, folder: Path) -> Iterator[int]:
    """A port where the server speaks TLS, which the wheel's cannot by itself."""
    _certify(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")

    class Front(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if len(self.request.recv(8)) < 8 or not self.request.send(b"S"):  # it asks whether we can
                return
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as line,
                socket.create_connection(("127.0.0.1", server.port)) as behind,
            ):
                threading.Thread(target=_pass_on, args=(behind, line), daemon=True).start()
                _pass_on(line, behind)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Front) as front:
        front.daemon_threads = True
        threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True).start()
        yield front.server_address[1]
        front.shutdown()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)


class MariaDB:
    def __init__(self, path: Path, port: int, authority: str) -> None:
        self.socket, self.port, self.authority = path, port, authority
        self.address = f"127.0.0.1:{port}"

    def run(self, *statements: str) -> Any:
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def sessions(self) -> int:
        return settled(
            lambda: self.run("select count(*) from information_schema.processlist where user <> 'root'")[0][0]
        )


@contextmanager
def mariadb(folder: Path) -> Iterator[MariaDB]:
    programs = {name: _program(name) for name in ("mariadb-install-db", "mariadbd")}
    authority = _certify(folder)
    # The server does not run as root unless told to by name.
    account = ["--user=root"] if os.geteuid() == 0 else []
    data, path, port = folder / "data", folder / "s", free_port()
    with (folder / "log").open("wb") as log:
        subprocess.run(
            [
                *(programs["mariadb-install-db"], "--no-defaults", f"--datadir={data}", *account),
                *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
            ],
            stdout=log, stderr=log, check=True,
        )  # fmt: skip
        process = subprocess.Popen(
            [
                *(programs["mariadbd"], "--no-defaults", f"--datadir={data}", *account),
                *(f"--socket={path}", f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve"),
                *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=8M", "--local-infile=1"),
                *(f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.key", f"--pid-file={folder}/pid"),
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        one = MariaDB(path, port, authority)
        _await(one, process)
        one.run(
            "create database sales",
            "use sales",
            "create table deals (day date, won int, total int, closed timestamp null, flag bit(1), big longtext)",
            "insert into deals select date '2026-06-01' + interval seq day, 3, 4, null, b'1', null from seq_0_to_9",
            "create table salaries (amount int)",
            f"create user reader@'%' identified by '{PASSWORD}'",
            "grant select on sales.deals to reader@'%'",
            f"create user writer@'%' identified by '{PASSWORD}'",
            "grant select, insert on sales.* to writer@'%'",
            f"create user roled@'%' identified by '{PASSWORD}'",
            f"create user chief@'%' identified by '{PASSWORD}'",
            "grant all on *.* to chief@'%'",
            "create role editors",
            "grant select, delete on sales.* to editors",
            "grant editors to roled@'%'",
            "set default role editors for roled@'%'",
        )
        yield one
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/libexec:/usr/local/sbin")
    if found is None:
        missing = f"no {name} here: on Debian, sudo apt-get install mariadb-server-core mariadb-client-core"
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail(f"{missing}; and REQUIRE_SERVICES is set")
        pytest.skip(missing)
    return found


def _await(server: MariaDB, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(server.socket)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail("MariaDB does not start")
        time.sleep(0.05)


def _certify(folder: Path) -> str:
    """A certificate for ``localhost``, made by itself; what vouches for it is the answer (PEM)."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    (folder / "server.pem").write_text(pem)
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem
