"""``make operate ARGS="clients list"``: ``flask idp …`` for the provider that ``make run`` started here."""

import subprocess
import sys

from examples.demo import material
from examples.demo.settings import DemoSettings, SettingsInvalid, read

WRONG_SETTINGS = 2


def environment(settings: DemoSettings) -> dict[str, str]:
    """The running provider's own: the same stores, keys and clients."""
    found = material.provider_environment(settings)
    found.setdefault("IDP_REDIS_URL", material.redis_note(settings).read_text(encoding="ascii"))
    return found


def main() -> int:
    """The command's own exit code; 2 for a wrong setting, or when nothing runs here."""
    try:
        settings = read()
    except SettingsInvalid as fault:
        print(fault, file=sys.stderr)
        return WRONG_SETTINGS
    if not material.redis_note(settings).exists():
        print(f"nothing runs in {settings.var}: make run first (or set DEMO_VAR)", file=sys.stderr)
        return WRONG_SETTINGS
    command = [sys.executable, "-m", "flask", "--app", "wsgi:make_app", "idp", *sys.argv[1:]]
    return subprocess.call(command, env=environment(settings))  # noqa: S603  a command line of our own, no shell


if __name__ == "__main__":
    sys.exit(main())
