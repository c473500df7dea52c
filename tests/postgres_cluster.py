"""A throwaway PostgreSQL cluster, and the keeper that stops it. Standard library only: the keeper starts quickly.

The cluster listens on a unix socket in a directory of its own and nowhere else. Whoever needs it holds a shared lock;
the keeper, a process of its own, waits for the exclusive lock, which the kernel gives it when the last user is gone, also
when that was killed. It then stops the server and removes the directory.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class NoPostgres(Exception):
    """The programs are missing or do not start; the text says what to do."""


@contextlib.contextmanager
def running(shared: Path) -> Iterator[str]:
    """The directory of the socket of the one cluster of all who share ``shared``. Started by the first, kept to the last."""
    with contextlib.ExitStack() as in_use:
        with _locked(shared / "postgres.start", fcntl.LOCK_EX):
            # Waits while the keeper of an earlier cluster is stopping that.
            in_use.enter_context(_locked(shared / "postgres.in_use", fcntl.LOCK_SH))
            state = shared / "postgres.directory"
            if not state.exists():
                state.write_text(_start(shared))
        yield state.read_text()


@contextlib.contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, kind)
        yield


def _start(shared: Path) -> str:
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: a socket's path has 107 bytes
    data = str(directory / "data")
    options = _SETTINGS | {"unix_socket_directories": str(directory)}
    # Before anything is made: what a killed starter leaves is removed as well.
    _start_keeper(shared, directory)
    try:
        user = _ordinary_user(directory)
        _run(
            [*user, f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        )
        as_words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        _run([*user, f"{programs}/pg_ctl", "start", "-w", "-s", "-D", data, "-l", f"{directory}/log", "-o", as_words])
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return str(directory)


def _start_keeper(shared: Path, directory: Path) -> None:
    """Detached by a second fork in ``setsid --fork``: it is nobody's child, so nobody has to wait for it."""
    _run(["setsid", "--fork", sys.executable, "-S", "-E", __file__, str(shared), str(directory)])


def _programs() -> Path:
    found = shutil.which("initdb")
    candidates = [Path(found).resolve().parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    for directory in candidates:
        if all((directory / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return directory
    raise NoPostgres("PostgreSQL is not installed: apt-get install postgresql")


def _ordinary_user(directory: Path) -> list[str]:
    """PostgreSQL refuses to run as root: then give the directory to another user, and the words to become that user."""
    if os.geteuid() != 0:
        return []
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            os.chown(directory, user.pw_uid, user.pw_gid)
            return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
    raise NoPostgres("running as root, and there is no user postgres or nobody to run PostgreSQL as")


def _run(command: list[str]) -> None:
    # What is started here may inherit these files and live on: a pipe would never end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False)
        if done.returncode != 0:
            output.seek(0)
            raise NoPostgres(f"{' '.join(command)}: {output.read().decode(errors='replace')}")


def _keep(shared: Path, directory: Path) -> None:
    """Wait until nobody uses the cluster, then stop it and remove every trace."""
    with _locked(shared / "postgres.in_use", fcntl.LOCK_EX):
        state = shared / "postgres.directory"
        if state.exists() and state.read_text() == str(directory):
            state.unlink()
        stop = [f"{_programs()}/pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", f"{directory}/data"]
        try:
            if (directory / "data" / "postmaster.pid").exists():
                _run([*_ordinary_user(directory), *stop])
        finally:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), Path(sys.argv[2]))
