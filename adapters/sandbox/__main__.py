"""Serve every sandbox upstream, and the text-message inbox, on one port of this machine."""

import argparse
import secrets
import sys
from typing import Final

from adapters.sandbox.server import NotLoopback, Options, PortTaken, serve
from idp.settings import Mode, declared_mode

REFUSED: Final = 2


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m adapters.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: loopback)")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--cmpp-port", type=int, default=0, help="port of the CMPP gateway (default: none)")
    parser.add_argument("--control-token", default="", help="token for /__control (default: generated and printed)")
    parser.add_argument("--synthetic", type=int, default=0, help="people that every channel knows")
    parser.add_argument("--generated", type=int, default=0, help="people with everything that people have or lack")
    parser.add_argument("--seed", type=int, default=None, help="repeats people, faults and latency (default: random)")
    parser.add_argument("--latency", action="store_true", help="answer as slowly as the real upstreams do")
    parser.add_argument("--no-sms-flow-control", action="store_true", help="any number of texts to one phone")
    parser.add_argument("--allow-other-machines", action="store_true", help="permit a non-loopback address")
    return parser.parse_args(given)


def announcement(options: Options) -> str:
    """Where to click, and one command to try."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    base = f"http://{host}:{options.port}"
    lines = [
        "沙箱已启动 sandbox is up (Ctrl-C stops it)",
        f"  首页 start here       {base}/",
        f"  控制台 faults, log    {base}/control?token={options.control_token}",
        f"  短信收件箱 texts       {base}/sms/inbox",
        *([f"  CMPP 2.0              {host}:{options.cmpp_port}"] if options.cmpp_port else []),
        f"  随机种子 seed          {options.seed}",
        "试一试 try: the next three police requests get no answer",
        f"  curl -X PUT {base}/__control/faults -H 'Authorization: Bearer {options.control_token}' \\",
        '    -H \'Content-Type: application/json\' -d \'{"channel": "police", "mode": "timeout", "count": 3}\'',
    ]
    return "\n".join(lines) + "\n"


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Parse, say what is where, serve. Exit status 2 in production, or for an address or port that cannot be used."""
    given = _arguments(arguments)
    # Its credentials and keys are public: nothing that serves citizens may run beside it.
    if declared_mode() == Mode.PRODUCTION:
        sys.stderr.write("IDP_MODE is production: the sandbox plays the upstreams, its keys are public; not started\n")
        return REFUSED
    options = Options(
        host=given.host,
        port=given.port,
        control_token=given.control_token or secrets.token_urlsafe(24),
        synthetic=given.synthetic,
        generated=given.generated,
        seed=secrets.randbelow(2**31) if given.seed is None else given.seed,
        cmpp_port=given.cmpp_port,
        latency=given.latency,
        sms_flow_control=not given.no_sms_flow_control,
        allow_other_machines=given.allow_other_machines,
    )
    try:
        serve(options, announce=lambda: _say(announcement(options)))
    except NotLoopback as error:
        sys.stderr.write(f"{error} is not a loopback address; pass --allow-other-machines to bind it\n")
        return REFUSED
    except PortTaken as error:
        sys.stderr.write(f"cannot serve on {error}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
