"""``flask idp settings``: every setting, what it means, its default, and whether it is set."""

import click
from flask.cli import with_appcontext
from pydantic_core import PydanticUndefined

from idp.cli.workbench import compose
from idp.settings import PREFIX, Settings

# What `make run` reads besides: it starts several programs, and only one of them is the provider.
DEMONSTRATION = {
    "DEMO_PROVIDER_PORT": "port of the provider [8000]",
    "DEMO_SANDBOX_PORT": "port of the sandbox upstreams [8100]",
    "DEMO_PORTAL_A_PORT": "port of the first demo portal [8001]",
    "DEMO_PORTAL_B_PORT": "port of the second demo portal [8002]",
    "DEMO_VAR": "directory that keeps the demonstration's data [var]",
}


@click.command("settings", help="List every setting.")
@with_appcontext
def settings() -> None:
    """Print name, default, meaning; a set one is marked. Secrets are never printed."""
    current = compose().settings
    for name, field in Settings.model_fields.items():
        mark = "*" if name in current.model_fields_set else " "
        default = "(none)" if field.default in {None, PydanticUndefined} else str(field.default)
        click.echo(f"{mark} {PREFIX}{name.upper():<22} {field.description} [{default or '-'}]")
    for name, meaning in DEMONSTRATION.items():
        click.echo(f"  {name:<26} make run: {meaning}")
    click.echo("* set in the environment; IDP_<NAME>_FILE names a file that holds the value.")
