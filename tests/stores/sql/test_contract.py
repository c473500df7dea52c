"""The suites of the lasting ports, on SQLite and on PostgreSQL."""

from tests.contract.lasting import (
    AuditLogContract,
    CitizensContract,
    ConsentsContract,
    CredentialsContract,
    KeyStoreContract,
)


class TestSqlCitizens(CitizensContract):
    pass


class TestSqlCredentials(CredentialsContract):
    pass


class TestSqlConsents(ConsentsContract):
    pass


class TestSqlAuditLog(AuditLogContract):
    pass


class TestSqlKeyStore(KeyStoreContract):
    pass
