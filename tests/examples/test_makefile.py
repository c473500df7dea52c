"""What a newcomer types, and what it says when something is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from examples.demo.settings import ROOT

TARGETS = [
    "help",
    "run",
    "operate",
    "sandbox",
    "test",
    "coverage",
    "check",
    "fuzz",
    "bench",
    "schema",
    "translations",
    "clean",
    "distclean",
]


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        command, cwd=cwd, env=plain | environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_make_alone_lists_every_target_with_a_line() -> None:
    listed = run("make").stdout.splitlines()
    assert [line.split()[1] for line in listed] == TARGETS
    assert all(len(line.split()) > 3 for line in listed)


def test_every_target_exists() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert phony[1].split() == TARGETS


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A copy of what make looks at, everything installed."""
    for name in (
        "Makefile",
        "requirements-hashed.txt",
        "requirements.txt",
        "requirements-dev.txt",
        "examples/requirements.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
        os.utime(tmp_path / name, (1_000_000, 1_000_000))
    (tmp_path / ".venv").mkdir()
    for age, stamp in enumerate((".made", ".installed-to-run", ".installed-to-test")):
        (tmp_path / ".venv" / stamp).touch()
        os.utime(tmp_path / ".venv" / stamp, (2_000_000 + age, 2_000_000 + age))
    return tmp_path


def test_a_second_start_installs_nothing(installed: Path) -> None:
    assert run("make", "-n", "run", cwd=installed).stdout.split() == ["exec", ".venv/bin/python", "-m", "examples"]


@pytest.mark.parametrize("changed", ["requirements-hashed.txt", "requirements.txt", "examples/requirements.txt"])
def test_a_changed_requirement_is_installed_at_the_next_start(installed: Path, changed: str) -> None:
    os.utime(installed / changed, (3_000_000, 3_000_000))
    assert "pip install" in run("make", "-n", "run", cwd=installed).stdout


def test_a_changed_test_requirement_does_not_hold_up_a_start(installed: Path) -> None:
    os.utime(installed / "requirements-dev.txt", (3_000_000, 3_000_000))
    assert "pip install" not in run("make", "-n", "run", cwd=installed).stdout
    assert "-r requirements-dev.txt" in run("make", "-n", "check", cwd=installed).stdout


def test_a_python_that_is_too_old_is_said_with_a_way_on(tmp_path: Path) -> None:
    old = script(tmp_path / "python", 'case "$*" in "-V") echo Python 3.9.2;; *version_info*) exit 1;; esac')
    answer = run(ROOT / ".ci/environment", old, tmp_path / "venv")
    assert answer.returncode == 1
    assert "Python 3.9.2 is too old: Python 3.11 or newer is needed" in answer.stderr
    assert "make PYTHON=" in answer.stderr


def test_no_python_is_said_with_a_way_on(tmp_path: Path) -> None:
    answer = run(ROOT / ".ci/environment", tmp_path / "nothing", tmp_path / "venv")
    assert answer.returncode == 1
    assert "No working Python found" in answer.stderr


def test_a_missing_venv_module_is_said_with_the_package_that_has_it(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    script(tools / "id", "echo 1000")
    text = 'case "$*" in "-V") echo Python 3.11.2;; *ensurepip*) exit 1;; *print*) echo 3.11;; esac'
    python = script(tmp_path / "python", text)
    answer = run(ROOT / ".ci/environment", python, tmp_path / "venv", PATH=f"{tools}:/usr/bin:/bin")
    assert answer.returncode == 1
    assert "sudo apt-get install python3.11-venv" in answer.stderr


def test_an_environment_that_works_is_kept(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    script(tmp_path / "venv/bin/python", "exit 0")
    assert run(ROOT / ".ci/environment", tmp_path / "nothing", tmp_path / "venv").returncode == 0
    assert (tmp_path / "venv/bin/python").exists()


def test_missing_programs_are_named_to_who_may_not_install_them(tmp_path: Path) -> None:
    script(tmp_path / "id", "echo 1000")
    for tool in ("sh", "ls", "head"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "/bin/false")
    answer = run("/bin/sh", ROOT / "tests/install", PATH=str(tmp_path))
    assert answer.returncode == 1
    assert re.search(r"sudo apt-get install .*chromium", answer.stderr)


def test_ci_skips_nothing_and_reads_no_input() -> None:
    text = (ROOT / ".ci/run").read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert "exec </dev/null" in text
    assert text.rstrip().endswith("make check\nmake test")
    for path in (".ci/run", ".ci/environment", "tests/install"):
        assert os.access(ROOT / path, os.X_OK)
        assert run("bash", "-n", ROOT / path).returncode == 0
