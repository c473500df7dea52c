"""Every module of the conformance suite is a test of ours of the same name, or has a reason why it does not apply."""

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "conformance"
NOT_HERE = {
    "fapi2-security-profile-final-ensure-server-handles-non-matching-intent-id": "intents belong to open banking",
    "fapi2-security-profile-final-test-essential-acr-sca-claim": "strong customer authentication is open banking's; "
    "our own essential acr values are tested in tests/web/test_step_up.py",
}


def modules() -> dict[str, list[str]]:
    """Names by plan, as the suite has them."""
    plans: dict[str, list[str]] = {}
    for line in (FOLDER / "modules.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            plans[line.strip("[]")] = names = []
        elif line and not line.startswith(("#", "as ")):
            names.append(line)
    return plans


def written() -> Iterator[str]:
    """Names of the tests in the folder, methods of classes too."""
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


def as_test(module: str) -> str:
    return f"test_{module.replace('-', '_')}".lower()


def test_every_module_is_a_test_or_has_a_reason():
    ours = {name.lower() for name in written()}
    missing = [
        f"{plan}: {module}"
        for plan, names in modules().items()
        for module in names
        if module not in NOT_HERE and as_test(module) not in ours
    ]
    assert not missing, f"{len(missing)} modules have no test:\n" + "\n".join(missing)


def test_no_reason_is_given_for_what_is_tested_or_unknown():
    known = {module for names in modules().values() for module in names}
    ours = {name.lower() for name in written()}
    assert NOT_HERE.keys() <= known
    assert not [module for module in NOT_HERE if as_test(module) in ours]
