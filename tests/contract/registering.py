"""What every implementation of the registering ports must do.

``RegisteredClientsContract`` wants fixtures ``registered_clients`` and ``initial_tokens``.
"""

from dataclasses import replace

import pytest

from idp.domain.errors import ClientIdTaken, InitialTokenRefused
from idp.domain.ports import InitialToken, InitialTokens, KeptClient, RegisteredClients
from tests.contract.lasting import NOW, race

TOKEN = InitialToken("t1", "窗口 desk@hall.example", {"scopes": ["openid"]}, NOW, NOW + 100, 2)
CLIENT = KeptClient(
    "hall", {"client_id": "hall", "client_name": "办事大厅"}, NOW, {"first": "s" * 43}, b"d" * 32, initial_token_id="t1"
)


class RegisteredClientsContract:
    """A registered client is kept whole, changed by one at a time, and every change is seen."""

    def test_a_client_is_read_as_it_was_kept(
        self, registered_clients: RegisteredClients, initial_tokens: InitialTokens
    ):
        initial_tokens.create(TOKEN, b"1" * 32)
        registered_clients.add(CLIENT, now=NOW)
        assert registered_clients.by_id("hall") == CLIENT
        assert registered_clients.by_id("Hall") is None
        plain = KeptClient("desk", {}, NOW - 1, disabled_at=NOW)
        registered_clients.add(plain, now=NOW)
        assert registered_clients.all() == (plain, CLIENT)

    def test_no_second_client_is_called_the_same_or_nearly(self, registered_clients: RegisteredClients):
        registered_clients.add(replace(CLIENT, initial_token_id=None), now=NOW)
        number = registered_clients.number()
        for name in ("hall", "HALL", "Ｈall"):
            with pytest.raises(ClientIdTaken):
                registered_clients.add(KeptClient(name, {}, NOW), now=NOW)
        assert len(registered_clients.all()) == 1
        assert registered_clients.number() == number

    def test_every_change_is_seen_by_its_number(self, registered_clients: RegisteredClients):
        numbers = [registered_clients.number()]
        client = KeptClient("hall", {}, NOW)
        registered_clients.add(client, now=NOW)
        numbers.append(registered_clients.number())
        assert registered_clients.replace(replace(client, metadata={"a": 1}))
        numbers.append(registered_clients.number())
        assert registered_clients.remove("hall")
        numbers.append(registered_clients.number())
        assert len(set(numbers)) == 4
        assert not registered_clients.remove("hall")
        assert registered_clients.number() == numbers[-1]

    def test_of_two_changes_of_the_same_state_one_holds(self, registered_clients: RegisteredClients):
        client = KeptClient("hall", {"n": 0}, NOW)
        registered_clients.add(client, now=NOW)
        done = race(4, lambda index: registered_clients.replace(replace(client, metadata={"n": index + 1})))
        assert sorted(map(bool, done)) == [False, False, False, True]
        found = registered_clients.by_id("hall")
        assert found is not None
        assert (found.version, found.metadata["n"]) == (2, done.index(True) + 1)
        assert not registered_clients.replace(replace(client, client_id="nobody"))

    def test_a_token_lets_as_many_register_as_it_says_whoever_comes_at_once(
        self, registered_clients: RegisteredClients, initial_tokens: InitialTokens
    ):
        initial_tokens.create(TOKEN, b"1" * 32)

        def register(index: int) -> bool:
            try:
                registered_clients.add(KeptClient(f"c-{index}", {}, NOW, initial_token_id="t1"), now=NOW)
            except InitialTokenRefused:
                return False
            return True

        assert sorted(map(bool, race(5, register))) == [False, False, False, True, True]
        assert len(registered_clients.all()) == 2
        found = initial_tokens.by_id("t1")
        assert found is not None
        assert found.uses_left == 0
        assert not found.good(NOW)

    def test_a_clash_of_names_spends_nothing(
        self, registered_clients: RegisteredClients, initial_tokens: InitialTokens
    ):
        initial_tokens.create(TOKEN, b"1" * 32)
        registered_clients.add(CLIENT, now=NOW)
        with pytest.raises(ClientIdTaken):
            registered_clients.add(CLIENT, now=NOW)
        assert initial_tokens.by_id("t1") == replace(TOKEN, uses_left=1)

    def test_a_token_that_is_over_registers_nobody(
        self, registered_clients: RegisteredClients, initial_tokens: InitialTokens
    ):
        initial_tokens.create(TOKEN, b"1" * 32)
        initial_tokens.create(replace(TOKEN, id="t2", created_at=NOW + 1), b"2" * 32)
        assert initial_tokens.revoke("t2", now=NOW)
        assert not initial_tokens.revoke("t2", now=NOW)
        assert not initial_tokens.revoke("nobody's", now=NOW)
        for token_id, now in (("t1", NOW + 100), ("t2", NOW), ("nobody's", NOW)):
            with pytest.raises(InitialTokenRefused):
                registered_clients.add(replace(CLIENT, initial_token_id=token_id), now=now)
        assert registered_clients.all() == ()
        assert [token.id for token in initial_tokens.listing()] == ["t2", "t1"]
        assert initial_tokens.by_digest(b"1" * 32) == TOKEN
        assert initial_tokens.by_digest(b"3" * 32) is None
