"""``flask idp …``: what an operator types. One file per group of commands.

Owns: the words on the terminal and exit codes. Never: a rule of its own; commands call the same services as pages do.
Neighbours: ``wsgi.py`` hands in the way to compose the provider, so ``doctor`` can look at a set-up that does not
start.
"""

from collections.abc import Callable

import click
from flask import Flask
from flask.cli import AppGroup

from idp.cli import accounts, audit, channels, database, doctor, events, initial_tokens, keys, settings
from idp.cli.workbench import EXTENSION, Workbench

GROUPS: tuple[click.Command, ...] = (
    doctor.doctor,
    channels.channels,
    settings.settings,
    accounts.citizens,
    initial_tokens.clients,  # with every command: its module loads those of the others
    events.events,
    keys.keys,
    audit.audit,
    database.database,
)


def mount(app: Flask, compose: Callable[[], Workbench]) -> None:
    """Add the command group ``idp`` to ``app``."""
    app.extensions[EXTENSION] = compose
    group = AppGroup("idp", help="Yihaotong, the identity provider.")
    for command in GROUPS:
        group.add_command(command)
    app.cli.add_command(group)
