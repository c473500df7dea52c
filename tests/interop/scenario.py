"""A Node script as a process: it says a JSON object a line, the test answers (see ``node/talk.mjs``)."""

import json
import subprocess
import tempfile
from types import TracebackType
from typing import Any, Self

from tests.interop.node_home import HOME, NODE


class ScriptFailed(AssertionError):
    """The script ended; the text is what it wrote."""


class Scenario:
    """One run of ``node/<name>.mjs``. ``given`` are its parameters."""

    def __init__(self, name: str, given: dict[str, Any]) -> None:
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed by __exit__
        self._process = subprocess.Popen(
            [NODE, f"{name}.mjs", json.dumps(given)], cwd=HOME, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._complaints.close()

    def hear(self) -> dict[str, Any]:
        """The next object. Raises ScriptFailed when the script ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._complaints.seek(0)
            raise ScriptFailed(self._complaints.read())
        heard: dict[str, Any] = json.loads(line)
        return heard

    def answer(self, **what: Any) -> dict[str, Any]:
        """Answer the last question; what the script says next."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self.hear()
