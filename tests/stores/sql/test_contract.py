"""The suites of the lasting ports, on SQLite and on PostgreSQL."""

from tests.contract.account_links import AccountLinksContract
from tests.contract.announcing import SecurityEventsContract
from tests.contract.changing_hands import ChangingHandsContract
from tests.contract.correcting import CorrectionsContract
from tests.contract.faces import FacesContract
from tests.contract.holding import HoldingContract, MergesContract
from tests.contract.lasting import (
    AuditLogContract,
    CitizensContract,
    ConsentsContract,
    CredentialsContract,
    KeyStoreContract,
)
from tests.contract.registering import RegisteredClientsContract
from tests.contract.standings import StandingsContract


class TestSqlCitizens(CitizensContract):
    pass


class TestSqlHolding(HoldingContract):
    pass


class TestSqlCorrections(CorrectionsContract):
    pass


class TestSqlMerges(MergesContract):
    pass


class TestSqlChangingHands(ChangingHandsContract):
    pass


class TestSqlCredentials(CredentialsContract):
    pass


class TestSqlFaces(FacesContract):
    pass


class TestSqlConsents(ConsentsContract):
    pass


class TestSqlAuditLog(AuditLogContract):
    pass


class TestSqlSecurityEvents(SecurityEventsContract):
    pass


class TestSqlKeyStore(KeyStoreContract):
    pass


class TestSqlRegisteredClients(RegisteredClientsContract):
    pass


class TestSqlAccountLinks(AccountLinksContract):
    pass


class TestSqlStandings(StandingsContract):
    pass
