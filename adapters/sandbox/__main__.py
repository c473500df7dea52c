"""``python -m adapters.sandbox``: serve every sandbox upstream on one port."""

import argparse
import secrets
import sys

from adapters.sandbox.server import NotLoopback, Options, serve


def main(arguments: list[str] | None = None) -> int:
    """Parse, say what is where, serve. Exit status 2 for an address or port that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m adapters.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: loopback)")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--control-token", default="", help="token for /__control (default: generated and printed)")
    parser.add_argument("--synthetic", type=int, default=0, help="generated people in the register")
    parser.add_argument("--no-sms-flow-control", action="store_true", help="any number of texts to one phone")
    parser.add_argument("--allow-other-machines", action="store_true", help="permit a non-loopback address")
    given = parser.parse_args(arguments)
    options = Options(
        host=given.host,
        port=given.port,
        control_token=given.control_token or secrets.token_urlsafe(24),
        synthetic=given.synthetic,
        sms_flow_control=not given.no_sms_flow_control,
        allow_other_machines=given.allow_other_machines,
    )
    out = sys.stdout
    try:
        out.write(
            f"sandbox http://{options.host}:{options.port}/  inbox http://{options.host}:{options.port}/sms/inbox\n"
        )
        if not given.control_token:
            out.write(f"control token {options.control_token}\n")
        out.flush()
        serve(options)
    except NotLoopback as error:
        sys.stderr.write(f"{error} is not a loopback address; pass --allow-other-machines to bind it\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"cannot serve on {options.host}:{options.port}: {error.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
