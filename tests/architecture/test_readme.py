"""What the documents say must be there: targets, commands, settings, paths, rooms, people, links."""

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
import yaml
from pydantic import BaseModel

from adapters.ant.settings import AlipayAccountSettings
from adapters.carrier.settings import CarrierThreeElementSettings
from adapters.counter.settings import CounterVerifySettings
from adapters.face_judge import FaceJudgeSettings
from adapters.police.settings import PolicePopulationSettings
from adapters.portrait.settings import LocalFaceSettings
from adapters.registry.settings import BusinessRegistrySettings
from adapters.sandbox.faults import MODES
from adapters.sms import SmsSettings
from adapters.social.settings import SocialSecuritySettings
from adapters.unionpay.settings import UnionPayCardSettings
from adapters.wechat.settings import WechatSettings
from examples.demo.settings import PORTS
from idp import cli
from idp.clients import load
from idp.settings import Settings
from idp.web.pages import CAMERA, TABLE, J

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = ROOT / "README.md"
ADR = ROOT / "docs" / "adr"
GROUPS: dict[str, type[BaseModel]] = {
    "IDP_CHANNELS__POLICE_POPULATION": PolicePopulationSettings,
    "IDP_CHANNELS__BUSINESS_REGISTRY": BusinessRegistrySettings,
    "IDP_CHANNELS__LOCAL_FACE": LocalFaceSettings,
    "IDP_CHANNELS__CARRIER_THREE_ELEMENT": CarrierThreeElementSettings,
    "IDP_CHANNELS__SOCIAL_SECURITY": SocialSecuritySettings,
    "IDP_FACES": FaceJudgeSettings,
    "IDP_SMS": SmsSettings,
}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")

of_every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def code_of(document: Path) -> str:
    """What stands in fences and in spans: commands, names, paths."""
    text = text_of(document)
    fences = [body for _, body in _FENCE.findall(text)]
    return "\n".join([*fences, *_SPAN.findall(_FENCE.sub("", text))])


def fences_of(document: Path, language: str) -> list[str]:
    return [body for kind, body in _FENCE.findall(text_of(document)) if kind == language]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", text_of(ROOT / "Makefile"), re.MULTILINE))


def command_of(words: list[str]) -> click.Command | None:
    """The command that ``words`` name; what follows a whole command are its arguments."""
    found: click.Command = click.Group("idp", {str(command.name): command for command in cli.GROUPS})
    for word in words:
        if not isinstance(found, click.Group):
            return found
        if word not in found.commands:
            return None
        found = found.commands[word]
    return found


def commands_in(document: Path) -> list[str]:
    return re.findall(r"flask idp ([a-z-]+(?: [a-z][a-z-]*)*)", code_of(document))


# ---- commands and settings -------------------------------------------------------------------------------------------


@of_every_document
def test_every_make_target_that_is_named_exists(document: Path):
    assert set(re.findall(r"^make ([a-z]+)\b", code_of(document), re.MULTILINE)) <= make_targets()


def test_the_readme_names_the_two_commands():
    named = re.findall(r"^make ([a-z]+)\b", fences_of(README, "sh")[0], re.MULTILINE)
    assert named == ["run", "test"]


@of_every_document
def test_every_flask_command_that_is_named_exists(document: Path):
    assert [text for text in commands_in(document) if command_of(text.split()) is None] == []


def test_the_readme_lists_every_flask_command():
    leaves = set()
    for command in cli.GROUPS:
        subs = command.commands if isinstance(command, click.Group) else {}
        leaves |= {f"{command.name} {sub}" for sub in subs} or {str(command.name)}
    assert leaves <= {" ".join(text.split()[:2]) for text in commands_in(README)}


def is_setting(name: str) -> bool:
    for group, model in GROUPS.items():
        inner = name.removeprefix(group + "__")
        if inner != name:
            return inner.lower() in model.model_fields
    return name in GROUPS or name.removeprefix("IDP_").lower() in Settings.model_fields


@of_every_document
def test_every_setting_that_is_named_exists(document: Path):
    names = {name.removesuffix("_FILE").rstrip("_") for name in re.findall(r"\bIDP_[A-Z][A-Z0-9_]*", code_of(document))}
    assert [name for name in sorted(names) if not is_setting(name)] == []
    ports = {f"DEMO_{name}_PORT" for name in PORTS} | {"DEMO_VAR"}
    assert set(re.findall(r"\bDEMO_[A-Z_]+", code_of(document))) <= ports


def test_the_operations_guide_explains_every_setting():
    code = code_of(ROOT / "docs" / "operations.md")
    assert [name for name in Settings.model_fields if f"IDP_{name.upper()}" not in code] == []


@pytest.mark.parametrize(
    ("begin", "end", "model"),
    [
        ("The police channel needs", "\n\nA profile", PolicePopulationSettings),
        ("The social-security channel needs", "\n\nAlipay", SocialSecuritySettings),
        ("Alipay and Zhima need", "\n\nWeChat", AlipayAccountSettings),
        ("WeChat needs", "\n\nThe face", WechatSettings),
        ("The carrier channel", "\n\nThe card", CarrierThreeElementSettings),
        ("The card channel needs", "\n\nThe business", UnionPayCardSettings),
        ("The business registry needs", "\n\nThe counter", BusinessRegistrySettings),
        ("The counter channel needs", "\n\n## ", CounterVerifySettings),
    ],
)
def test_the_operations_guide_names_only_settings_that_the_channel_has(begin: str, end: str, model: type[BaseModel]):
    table = text_of(ROOT / "docs" / "operations.md").partition(begin)[2].partition(end)[0]
    named = {text.lower() for text in re.findall(r"`([A-Z][A-Z0-9_]+)`", table) if not text.startswith("IDP_")}
    assert named
    assert named <= set(model.model_fields)
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert required <= named | {"base_url"}


def test_the_pages_guide_has_every_address_and_method():
    """When this fails: a row of `docs/pages.md` is missing, too many, or names other methods."""
    built: dict[str, str] = {}
    for method, address, _, _ in (*TABLE, *CAMERA):
        short = (address.removeprefix(J) or "/") if address.startswith(J) else address
        place = f"{J if address.startswith(J) else ''} {short}"
        built[place] = f"{built[place]} {method}" if place in built else method
    text = text_of(ROOT / "docs" / "pages.md").partition("### Outside a journey")[2]
    outside, _, inside = text.partition("### In a journey")
    told = {}
    for prefix, part in (("", outside), (J, inside.partition("\n## ")[0])):
        rows = re.findall(r"^\| `([^`]+)` \| ([A-Z ]+) \|", part, re.MULTILINE)
        told |= {f"{prefix} {path}": methods for path, methods in rows}
    assert told == built


# ---- the map ---------------------------------------------------------------------------------------------------------


def paths_of_the_map() -> Iterator[Path]:
    """Paths of the README's tree, by their indentation."""
    tree = fences_of(README, "text")[0]
    parents: list[Path] = []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        parents[depth:] = [Path(*parents[depth - 1 : depth]) / line.split()[0]]
        yield parents[depth]


def test_every_path_of_the_map_exists_and_folders_end_with_a_slash():
    tree = fences_of(README, "text")[0]
    assert tree.count("\n") > 10
    for path, line in zip(paths_of_the_map(), tree.splitlines(), strict=True):
        assert (ROOT / path).exists(), path
        assert (ROOT / path).is_dir() == line.split()[0].endswith("/"), path


def rooms_and_modules() -> set[str]:
    """What lies directly in ``idp``."""
    found = {path.parent.name for path in (ROOT / "idp").glob("*/__init__.py")}
    return found | {path.stem for path in (ROOT / "idp").glob("*.py") if path.stem != "__init__"}


def test_the_map_in_idp_names_every_room_and_nothing_else():
    docstring = ast.get_docstring(ast.parse(text_of(ROOT / "idp" / "__init__.py"))) or ""
    mapped = re.findall(r"^ {4}([a-z_]+) {2,}\S", docstring, re.MULTILINE)
    assert len(mapped) == len(set(mapped))
    assert set(mapped) == rooms_and_modules()


def test_the_map_of_the_readme_has_every_room():
    drawn = {
        path.parts[1].removesuffix(".py")
        for path in paths_of_the_map()
        if len(path.parts) == 2 and path.parts[0] == "idp"
    }
    assert {path.parent.name for path in (ROOT / "idp").glob("*/__init__.py")} <= drawn


# ---- decisions -------------------------------------------------------------------------------------------------------


def decisions() -> list[Path]:
    return sorted(ADR.glob("[0-9]*.md"))


def test_the_index_of_decisions_is_complete_and_in_order():
    rows = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+?) \| accepted \|$", text_of(ADR / "README.md"), re.MULTILINE)
    assert [name for _, name, _ in rows] == [path.name for path in decisions()]
    assert all(name.startswith(number) for number, name, _ in rows)
    assert [number for number, _, _ in rows] == [f"{n:04d}" for n in range(1, len(rows) + 1)]
    for _, name, title in rows:
        heading = text_of(ADR / name).splitlines()[0].lstrip("# ").partition(". ")[2]
        assert heading == title


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.stem)
def test_a_decision_says_status_context_decision_and_consequences(path: Path):
    text = text_of(path)
    assert re.search(r"^(\* )?Status: accepted", text, re.MULTILINE)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [h for h in headings if h in {"Context", "Decision", "Consequences"}] == [
        "Context",
        "Decision",
        "Consequences",
    ]


# ---- people, examples, faults ----------------------------------------------------------------------------------------


def test_the_people_of_the_readme_are_those_that_are_seeded():
    text = text_of(README)
    accounts = yaml.safe_load(text_of(ROOT / "examples" / "citizens.yaml"))
    for account in accounts:
        row = f"| {account['name']} | {account['id_number']} | `{account['login_name']}` | `{account['password']}` | {account['level']} |"
        assert row in text
        assert (
            f"{account['name']}（`{account['login_name']}` / `{account['password']}`，等级 {account['level']}" in text
        )
    table = text.partition("Three have an account:")[2].partition("Nine more")[0]
    assert len(re.findall(r"^\| \S+ \| \d{17}[\dX] \|", table, re.MULTILINE)) == len(accounts)


def test_the_example_client_is_accepted_in_production():
    (example,) = fences_of(ROOT / "docs" / "registering-a-client.md", "yaml")
    (client,) = load(example.replace("<64 hex digits>", "5e" * 32), development=False)
    assert client.backchannel_logout_uri


def test_the_sandbox_guide_explains_every_fault_mode_and_nothing_else():
    table = text_of(ROOT / "docs" / "sandbox.md").partition("## Fault modes")[2].partition("\n\nUnavailable")[0]
    first_cells = re.findall(r"^\|([^|]+)\|", table, re.MULTILINE)
    assert {mode for cell in first_cells for mode in _SPAN.findall(cell)} == MODES


# ---- links -----------------------------------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def anchors_of(document: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#{1,6} (.+)$", _FENCE.sub("", text_of(document)), re.MULTILINE)}


@of_every_document
def test_every_relative_link_leads_somewhere(document: Path):
    for target in typing.cast("list[str]", _LINK.findall(_FENCE.sub("", text_of(document)))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        place = (document.parent / path).resolve() if path else document
        assert place.is_relative_to(ROOT), target
        assert place.exists(), target
        if anchor and place.suffix == ".md":
            assert anchor in anchors_of(place), target


def test_the_picture_of_the_road_says_what_it_shows():
    picture = text_of(ROOT / "docs" / "img" / "road.svg")
    assert 'role="img"' in picture
    for part in ("title", "desc"):
        assert re.search(rf'<{part} id="road-{part}">[^<]+</{part}>', picture)
    assert 'aria-labelledby="road-title road-desc"' in picture
