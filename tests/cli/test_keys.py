"""``flask idp keys`` as an operator types it."""

import pytest

from tests.cli.test_commands import environment, run  # noqa: F401  fixtures

ALGS = ["RS256", "PS256", "ES256", "EdDSA"]


@pytest.fixture
def keys(run):  # noqa: F811
    assert run("database", "upgrade").exit_code == 0
    return lambda *arguments: run("keys", *arguments)


def lines(result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split(maxsplit=3) for line in result.output.splitlines()]


def test_every_key_is_listed_with_what_it_does(keys):
    found = lines(keys("list"))
    assert [(alg, stage) for _, alg, stage, _ in found] == [(alg, "signing") for alg in ALGS]
    assert all(says.startswith("signs since 20") for *_, says in found)


def test_a_rotation_announces_the_next_key_and_leaves_the_others(keys):
    before = {kid for kid, *_ in lines(keys("list"))}
    [[new, alg, *_]] = lines(keys("rotate", "ES256"))
    assert alg == "ES256"
    after = {kid: (alg, stage, says) for kid, alg, stage, says in lines(keys("list"))}
    assert after.keys() == before | {new}
    assert after[new][:2] == ("ES256", "announced")
    assert ", until 20" in next(says for alg, stage, says in after.values() if (alg, stage) == ("ES256", "signing"))


def test_all_algorithms_are_rotated_at_once(keys):
    assert [alg for _, alg, *_ in lines(keys("rotate", "--all"))] == ALGS
    assert len(lines(keys("list"))) == 2 * len(ALGS)


@pytest.mark.parametrize("arguments", [(), ("ES256", "--all"), ("HS256",)])
def test_a_rotation_wants_to_know_which(keys, arguments):
    assert keys("rotate", *arguments).exit_code == 2


def test_a_compromised_key_is_removed_and_any_other_stays(keys):
    old = next(kid for kid, alg, *_ in lines(keys("list")) if alg == "EdDSA")
    for arguments, said in [
        ((old,), "the only key of EdDSA"),
        (("nobody",), "no signing key has this id"),
    ]:
        result = keys("retire", *arguments)
        assert result.exit_code == 1
        assert said in result.output
    [[new, *_]] = lines(keys("rotate", "EdDSA"))
    assert "this key is signing" in keys("retire", old).output
    assert lines(keys("retire", old, "--compromised"))[0][2] == "removed"
    assert [(kid, stage) for kid, alg, stage, _ in lines(keys("list")) if alg == "EdDSA"] == [(new, "signing")]
