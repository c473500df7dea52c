"""What the rows of registered clients say to somebody who reads the database."""

from sqlalchemy import Engine

from idp.domain.ports import InitialToken, KeptClient
from idp.stores.sql.client_tables import initial_tokens as token_table
from idp.stores.sql.client_tables import registered_clients as client_table
from idp.stores.sql.registered_clients import SqlInitialTokens, SqlRegisteredClients

NOW = 1_735_689_600.25


def test_neither_contacts_nor_secrets_nor_tokens_stand_there_in_the_clear(
    engine: Engine, registered_clients: SqlRegisteredClients, initial_tokens: SqlInitialTokens
):
    token = InitialToken("t1", "zhang@hall.example", {}, NOW, NOW + 9, 1)
    initial_tokens.create(token, b"1" * 32)
    kept = KeptClient("hall", {"contacts": ["li@hall.example"]}, NOW, {"first": "s3cret" * 8}, initial_token_id="t1")
    registered_clients.add(kept, now=NOW)
    with engine.connect() as connection:
        rows = repr([connection.execute(table.select()).all() for table in (client_table, token_table)])
    for secret in ("zhang@", "li@", "s3cret"):
        assert secret not in rows
    assert registered_clients.by_id("hall") == kept
