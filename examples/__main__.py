"""``make run``: the whole house on one machine, one command, one process tree. See :mod:`examples`."""

import contextlib
import sys
import time

from examples.demo import material, people
from examples.demo.children import ChildDied, Children, Stopped
from examples.demo.ports import PortsInUse, require_free
from examples.demo.settings import DemoSettings, SettingsInvalid, read
from idp.domain.errors import StoreUnavailable
from idp.stores.redis.embedded import EmbeddedServer

WRONG_SETTINGS = 2


def main() -> int:
    """Start, announce, wait, stop. 0 after Ctrl-C or SIGTERM, 1 when something died, 2 for a wrong setting or port."""
    began = time.monotonic()
    try:
        settings = read()
        require_free(settings.host, settings.ports)
    except (SettingsInvalid, PortsInUse) as fault:
        print(fault, file=sys.stderr)
        return WRONG_SETTINGS
    children = Children()
    try:
        with contextlib.ExitStack() as stack:
            _start(settings, children, stack)
            print(people.announcement(settings, time.monotonic() - began), flush=True)
            children.watch()
    except Stopped:
        print("\n已停止 stopped", flush=True)
        return 0
    except (ChildDied, StoreUnavailable) as fault:
        print(f"{fault}; everything is stopped", file=sys.stderr)
        return 1
    return 0


def _start(settings: DemoSettings, children: Children, stack: contextlib.ExitStack) -> None:
    """Start everything and wait until it answers. What ``stack`` was given stops it, last first."""
    print("启动中 starting …", *people.warnings(settings.inherited), sep="\n", flush=True)
    material.make_private_directory(settings.var)
    material.make_master_key(settings.var / "master.key")
    environment = material.provider_environment(settings)
    if "IDP_REDIS_URL" not in environment:
        server = stack.enter_context(EmbeddedServer(settings.var / "valkey"))
        environment["IDP_REDIS_URL"] = server.url
        note = material.redis_note(settings)
        note.write_text(server.url, encoding="ascii")
        stack.callback(note.unlink, missing_ok=True)
    stack.callback(children.stop)
    beside = [material.sandbox(settings), *material.portals(settings)]
    for child in beside:
        children.start(child)
    stamp = material.preparation_stamp(settings, environment)
    if not material.is_prepared(settings, stamp):
        children.run("schema and citizens", material.SEED, environment)
        if stamp is not None:
            path, text = stamp
            path.write_text(text, encoding="ascii")
    provider = material.provider(settings, environment)
    children.start(provider)
    children.wait_for([*beside, provider])


if __name__ == "__main__":
    sys.exit(main())
