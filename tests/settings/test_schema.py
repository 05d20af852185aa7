"""What is made of the definitions is current, agrees with the loader, and loads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from calsync.errors import ConfigErrors
from calsync.model.rules import Client, Owner, Policy
from calsync.settings.checks import built_in
from calsync.settings.example import example
from calsync.settings.load import Settings, load
from calsync.settings.schema import CLIENT_ONLY, OWNER, POLICY, ROOT, json_schema

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA: dict[str, Any] = json.loads(json_schema())
KEY_IN_COMMENT = re.compile(r"^# (?=[a-z_.]+ = |\[)", re.MULTILINE)
HOLIDAYS = '[calendars.h]\ntype = "ics"\npath = "h"\nuse = "days_off"\n'
CLIENT_OFF = '[clients.x]\nemail = "a@b.example"\ndays_off = ["h"]'
MINE = '\n[calendars.mine]\ntype = "ics"\npath = "mine.ics"\n'


@pytest.mark.parametrize(
    ("module", "file"),
    [("calsync.settings.schema", "calsync.schema.json"), ("calsync.settings.example", "calsync.example.toml")],
)
def test_the_file_in_config_is_current(module: str, file: str) -> None:
    printed = subprocess.run([sys.executable, "-m", module], check=True, capture_output=True, cwd=CONFIG.parent)
    assert (CONFIG / file).read_bytes() == printed.stdout, f"python -m {module} > config/{file}"


def test_the_example_loads_as_it_is(loaded: Callable[[str], Settings]) -> None:
    settings = loaded(example())
    assert settings.rules.mode == "observe"
    assert [client.key for client in settings.rules.clients] == ["acme"]


def test_the_example_loads_with_every_commented_key_and_has_every_key_of_this_version(
    loaded: Callable[[str], Settings],
) -> None:
    whole = KEY_IN_COMMENT.sub("", example())
    loaded(whole + MINE)
    document = tomllib.loads(whole)
    for table in ROOT.tables():
        name = table.name.strip("[]").removesuffix(".NAME")
        here = {"the top of the file": document, "match": document["clients"]["acme"]["match"]}.get(table.name)
        here = here or {"clients": document["clients"]["acme"]}.get(name) or document[name]
        here = here | document["defaults"] if name == "clients" else here
        assert {key.name for key in table.keys if not key.later} <= here.keys(), table.name


def test_the_schema_is_valid_and_takes_the_example() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(tomllib.loads(KEY_IN_COMMENT.sub("", example()) + MINE), SCHEMA)


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        pytest.param('[defaults]\nbuffer_after = "1h30m"', True, id="duration"),
        pytest.param('[defaults]\nbuffer_after = "PT1H30M"', True, id="ISO duration"),
        pytest.param('[defaults]\nmessage_before = ["1d", "1h"]', True, id="several"),
        pytest.param('[clients.x]\nmatch.domains = ["x.example"]', True, id="client"),
        pytest.param('[clients.x]\nemail = "a@x.example"\nagenda = { tr = ["a"] }', True, id="agenda by language"),
        pytest.param('[defaults]\nbuffer_after = "15"', False, id="no unit"),
        pytest.param("[defaults]\nbuffer_after = 15", False, id="number"),
        pytest.param('[defaults]\nlongest = "P1M"', False, id="months"),
        pytest.param('[defaults]\nlongest = "P"', False, id="ISO nothing"),
        pytest.param('[defaults]\nlongest = "PT"', False, id="ISO no time"),
        pytest.param('[defaults]\nlongest = ""', False, id="nothing"),
        pytest.param('[defaults]\nsend = "veto"', True, id="veto"),
        pytest.param('[defaults]\nmessages = "week"', False, id="later value"),
        pytest.param('[defaults]\nnudges = ["10m"]', True, id="nudges"),
        pytest.param('[channels.x]\ntype = "gmail"', False, id="later type"),
        pytest.param('[channels.x]\ntype = "smtp"\nhost = "x"\ntimeout = "5s"', True, id="smtp"),
        pytest.param('[channels.x]\ntype = "smtp"\nhost = "x"\nport = 0', False, id="port"),
        pytest.param('[channels.x]\ntype = "apprise"\nurls = [{ env = "NTFY" }]', True, id="apprise"),
        pytest.param('[channels.x]\ntype = "apprise"\nurls = ["ntfy://x"]', False, id="plain secret"),
        pytest.param('[channels.x]\ntype = "apprise"\nurls = [{ env = "A", file = "b" }]', False, id="two places"),
        pytest.param('[channels.x]\ntype = "apprise"\nurls = [{ env = "1 A" }]', False, id="no variable"),
        pytest.param('[channels.x]\ntype = "folder"', False, id="missing"),
        pytest.param("[defaults]\nper_cal = 1", False, id="unknown"),
        pytest.param('[defaults]\nblock_titles = ["a"]', False, id="too few"),
        pytest.param("[defaults]\ngroup_from = 1", False, id="too small"),
        pytest.param("[defaults]\ngroup_from = true", False, id="true is no number"),
        pytest.param(f"{HOLIDAYS}{CLIENT_OFF}", True, id="days off"),
        pytest.param('[calendars.h]\ntype = "ics"\npath = "h"\nuse = "nothing"', False, id="no use"),
        pytest.param('[clients.x]\nemail = "a, b"', False, id="address"),
        pytest.param('[clients.x]\nemail = "a@b.example"\nrate = "90"', False, id="rate"),
    ],
)
def test_the_schema_takes_what_the_loader_takes(tmp_path: Path, change: str, taken: bool) -> None:
    base = '[owner]\nname = "D"\nemail = "d@k.example"\ntimezone = "UTC"\n[calendars.w]\ntype = "ics"\npath = "w"\n'
    (tmp_path / "config.toml").write_text(base + change)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert validator.is_valid(tomllib.loads(base + change)) == taken
    if taken:
        load(tmp_path / "config.toml")
    else:
        with pytest.raises(ConfigErrors):
            load(tmp_path / "config.toml")


def test_the_model_has_the_built_in_values_of_the_schema() -> None:
    values = built_in(POLICY)
    values |= {"except_titles": values.pop("except")}
    same = {name: value for name, value in values.items() if name != "messages"}
    plain = Policy(except_titles=same["except_titles"], away=same["away"], agenda={"": ()})
    assert {name: getattr(plain, name) for name in same} == same
    assert set(Policy.__dataclass_fields__) == same.keys() | {"per_call", "channel"}
    owner = Owner(name="D", sign="D", email="d@kaya.example", timezone=ZoneInfo("UTC"), share={"": ()})
    assert {name: getattr(owner, name) for name in built_in(OWNER.keys)} == built_in(OWNER.keys)
    assert built_in(CLIENT_ONLY).keys() <= set(Client.__dataclass_fields__)


def test_every_key_says_what_it_does_and_later_ones_say_so_in_the_schema() -> None:
    for table in ROOT.tables():
        assert all(key.help.endswith(".") for key in table.keys)
        for key in (key for key in table.keys if key.later):
            made = key.schema()
            assert made["not"] == {} and made["description"].startswith("Later, not in this version: ")


def test_loading_a_config_imports_no_library_and_nothing_that_only_problems_need() -> None:
    code = "import sys, calsync.settings.load; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=CONFIG.parent)
    loaded = set(ran.stdout.split())
    assert not loaded & {"difflib", "json", "tempfile", "pydantic", "msgspec", "tomlkit", "babel", "jinja2", "dateutil"}
