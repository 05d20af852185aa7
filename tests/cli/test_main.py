"""The frame of the command line: help, refusals, and how every kind of error ends."""

from __future__ import annotations

import resource
import subprocess
import sys

import click
import pytest

from calsync.cli.main import Menu, calsync
from calsync.cli.menu import GROUPS, LATER, MENU
from tests.cli.conftest import Run


def test_help_lists_every_command_under_its_group(run: Run) -> None:
    shown = run("--help")
    assert shown.status == 0
    for group in GROUPS:
        assert (f"{group}:" in shown.out) == any(entry.group == group for entry in MENU.values())
    for name, entry in MENU.items():
        assert f"  {name.ljust(max(map(len, MENU)))}  {entry.line}" in shown.out


def test_help_without_a_command_is_shown(run: Run) -> None:
    assert "Usage: calsync" in (ran := run()).out + ran.err
    assert ran.status == 2


@pytest.mark.parametrize("name", MENU)
def test_every_command_has_help_with_an_example_and_its_line_of_the_menu(name: str, run: Run) -> None:
    shown = run(name, "--help")
    assert shown.status == 0
    assert "Example:" in shown.out
    assert f" {name}" in shown.out.split("Example:")[1]
    assert "--json" in shown.out
    group = calsync
    assert isinstance(group, Menu)
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert (command.help or "").startswith(MENU[name].line)


@pytest.mark.parametrize("name", sorted(LATER))
def test_a_command_of_a_later_version_is_refused_by_name(name: str, run: Run) -> None:
    ran = run(name, "--any", "thing")
    assert (ran.status, ran.out) == (2, "")
    assert f"calsync {name}: not in this version" in ran.err


def test_an_unknown_command_names_the_nearest(run: Run) -> None:
    ran = run("plam")
    assert (ran.status, ran.out) == (2, "")
    assert 'there is no command "plam"' in ran.err
    assert "did you mean plan" in ran.err


def test_wrong_usage_is_json_when_json_was_asked_for(run: Run) -> None:
    ran = run("plan", "--no-such-option", "--json")
    assert ran.status == 2
    assert ran.err == ""
    assert ran.json["error"]["code"] == "usage"
    assert ran.json["error"]["hint"] == "calsync plan --help shows how it is used"


def test_completion_offers_commands_without_importing_them() -> None:
    code = (
        "import sys; from calsync.cli.main import main; status = main([]);"
        "print(status, sorted(m for m in sys.modules if m.startswith('calsync.cli.') ))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"_CALSYNC_COMPLETE": "bash_complete", "COMP_WORDS": "calsync p", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
    )
    offered = {line.split(",")[1] for line in ran.stdout.splitlines() if line.startswith("plain")}
    assert offered == {name for name in MENU if name.startswith("p")}
    assert "calsync.cli.plan" not in ran.stdout


def test_help_imports_nothing_that_costs() -> None:
    code = (
        "import sys; from calsync.cli.main import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for costly in (
        "rich",
        "json",
        "zoneinfo",
        "sqlite3",
        "jinja2",
        "babel",
        "tomllib",
        "calsync.model.times",
        "logging",
    ):
        assert f"'{costly}'" not in ran.stdout


def test_help_starts_within_six_times_a_bare_interpreter() -> None:
    def least(*words: str) -> float:
        """Return the least CPU seconds of several runs: what else the machine does at the moment doesn't count."""
        taken = []
        for _ in range(9):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *words], capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(taken)

    assert least("-m", "calsync", "--help") < 6 * least("-c", "pass")
