"""The text of units: quoting by systemd's rules, fitting, and knowing one's own; that systemd takes them all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from calsync.cli.unit import Site, fitted, ours, quoted, shipped, unit_files, was_ours

UNIT = "[Unit]\nDescription=x\n\n[Service]\n# why\nUser=a\nExecStart=/bin/x\nUser=b\n\n[Install]\nWantedBy=y\n"


@pytest.mark.parametrize(
    ("value", "command", "expected"),
    [
        pytest.param("/home/deniz/work.ics", False, "/home/deniz/work.ics", id="plain"),
        pytest.param("/home/deniz/My Files", False, '"/home/deniz/My Files"', id="a space"),
        pytest.param("/a/100%", False, "/a/100%%", id="a specifier"),
        pytest.param('/a/"b"', False, '"/a/\\"b\\""', id="quotes"),
        pytest.param("/a/it's", False, '"/a/it\'s"', id="an apostrophe"),
        pytest.param("/a\\b", False, '"/a\\\\b"', id="a backslash"),
        pytest.param("/a/$HOME", False, "/a/$HOME", id="a dollar in a path"),
        pytest.param("/a/$HOME", True, "/a/$$HOME", id="a dollar in a command"),
        pytest.param(";", True, '";"', id="what would part two commands"),
        pytest.param("", False, '""', id="nothing"),
        pytest.param("/ev/şirket", False, "/ev/şirket", id="letters beyond ASCII"),
    ],
)
def test_a_word_is_written_so_that_systemd_reads_it_as_it_is(value: str, command: bool, expected: str) -> None:
    assert quoted(value, command=command) == expected


@pytest.mark.parametrize("value", ["/a\nUser=root", "/a\tb", "/a\x7f"])
def test_a_path_that_would_end_its_line_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        quoted(value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, UNIT, id="nothing"),
        pytest.param(
            {"User": ["c"]},
            UNIT.replace("User=a\n", "User=c\n").replace("User=b\n", ""),
            id="stands where the first stood",
        ),
        pytest.param({"User": []}, UNIT.replace("User=a\n", "").replace("User=b\n", ""), id="none takes it out"),
        pytest.param(
            {"ReadWritePaths": ["/a", "/b"]},
            UNIT.replace("\n\n[I", "\n\n# This machine and this config\nReadWritePaths=/a\nReadWritePaths=/b\n\n[I"),
            id="a new one stands at the end of the section",
        ),
    ],
)  # fmt: skip
def test_a_unit_is_fitted_line_by_line(changes: dict[str, list[str]], expected: str) -> None:
    assert fitted(UNIT, changes) == expected


def a_site(**other: object) -> Site:
    known: dict[str, object] = {
        "manager": "system",
        "program": ("/opt/calsync/bin/calsync",),
        "config": Path("/etc/calsync/config.toml"),
        "state": Path("/var/lib/calsync"),
    }
    return Site(**{**known, **other})  # type: ignore[arg-type]


def the_unit(site: Site, *, timer: bool = False, version: int = 252) -> list[str]:
    files = unit_files(site, timer=timer, version=version)
    return files["calsync-once.service" if timer else "calsync.service"].splitlines()


def test_without_local_files_systemd_makes_up_the_user_and_its_state_folder() -> None:
    unit = the_unit(a_site())
    assert "DynamicUser=yes" in unit
    assert "StateDirectory=calsync" in unit
    assert "ProtectHome=yes" in unit
    assert not [line for line in unit if line.startswith(("Environment=", "ReadWritePaths="))]


def test_with_local_files_it_runs_as_their_owner_and_writes_in_their_folders_alone() -> None:
    home = Path("/home/deniz")
    unit = the_unit(a_site(user="deniz", state=home / ".local/state/calsync", writable=(home / "My Files",)))
    assert "User=deniz" in unit
    assert "Environment=STATE_DIRECTORY=/home/deniz/.local/state/calsync" in unit
    assert [line for line in unit if line.startswith("ReadWritePaths=")] == [
        "ReadWritePaths=/home/deniz/.local/state/calsync",
        'ReadWritePaths="-/home/deniz/My Files"',
    ]
    assert "ProtectHome=read-only" in unit
    assert not [line for line in unit if line.startswith(("DynamicUser=", "StateDirectory="))]


@pytest.mark.parametrize(
    ("other", "line"),
    [
        pytest.param({"user": "deniz", "state": Path("/srv/state")}, "ProtectHome=yes", id="nothing of it in a home"),
        pytest.param({"user": "deniz", "read": (Path("/root/ca.pem"),)}, "ProtectHome=read-only", id="something read"),
        pytest.param({"program": ("/home/d/bin/calsync",)}, "ProtectHome=yes", id="a made-up user sees no home"),
        pytest.param({"user": "deniz"}, "PrivateTmp=yes", id="nothing of it in /tmp"),
        pytest.param({"user": "deniz", "writable": (Path("/tmp/cal"),)}, "PrivateTmp=no", id="a calendar in /tmp"),  # noqa: S108
        pytest.param({"user": "deniz"}, "PrivateUsers=yes", id="files of the user's own group"),
        pytest.param({"credentials": ("smtp", "ntfy")}, "LoadCredential=ntfy", id="credentials by name"),
        pytest.param(
            {"manager": "user", "credentials": ("smtp",), "credstore": Path("/home/d/.config/credstore")},
            "LoadCredential=smtp:/home/d/.config/credstore/smtp",
            id="a user's credentials by path",
        ),
        pytest.param(
            {"manager": "user", "credentials": ("smtp",)}, "SetCredential=smtp:\\n", id="empty until it is put there"
        ),
    ],
)  # fmt: skip
def test_the_sandbox_gives_way_only_where_the_config_needs_it(other: dict[str, object], line: str) -> None:
    assert line in the_unit(a_site(**other))


@pytest.mark.parametrize("manager", ["system", "user"])
def test_a_file_of_another_group_takes_the_user_namespace_away(manager: str) -> None:
    unit = the_unit(a_site(manager=manager, user="deniz", own_group=False))
    assert not [line for line in unit if line.startswith("PrivateUsers=")]
    # What a user's systemd can't do without that namespace keeps a unit from starting, or is passed over in silence.
    assert bool([line for line in unit if line.startswith("PrivateDevices=")]) == (manager == "system")


def test_drop_ins_are_for_a_systemd_that_knows_them() -> None:
    def names(version: int) -> set[str]:
        return set(unit_files(a_site(), timer=False, version=version))

    assert names(252) == {"calsync.service"}
    assert names(253) - names(252) == {"calsync.service.d/10-notify-reload.conf"}
    assert names(254) - names(253) == {"calsync.service.d/20-backoff.conf"}


def test_a_newer_systemd_signals_by_itself_and_the_check_stays() -> None:
    drop_in = unit_files(a_site(), timer=False, version=253)["calsync.service.d/10-notify-reload.conf"]
    assert drop_in.splitlines()[-3:] == [
        "Type=notify-reload",
        "ExecReload=",
        "ExecReload=/opt/calsync/bin/calsync --config /etc/calsync/config.toml check -q --offline",
    ]


def test_our_files_are_known_until_somebody_changes_them() -> None:
    for text in unit_files(a_site(), timer=False, version=254).values():
        assert ours(text)
        assert was_ours(text)
        assert not ours(text + "\n")
        assert was_ours(text + "\n")
    assert not was_ours(shipped("calsync.service"))


SITES = {
    "shipped for the system": a_site(),
    "an owner's files": a_site(
        user="root",
        state=Path("/var/lib/it's 100% \"$mine\"; \\n"),
        writable=(Path("/var/lib/My Files"),),
        credentials=("smtp",),
        config=Path("/etc/calsync/a b.toml"),
    ),
    "a user's": a_site(
        manager="user", state=Path("/home/d/st ate"), credentials=("smtp",), credstore=Path("/home/d/c%")
    ),
    "a user's without namespaces": a_site(manager="user", namespaces=False),
}  # fmt: skip


@pytest.mark.needs_debian("systemd-analyze", "systemd")
@pytest.mark.parametrize("site", SITES.values(), ids=SITES.keys())
def test_systemd_has_nothing_to_say_against_a_unit(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "a folder" / "calsync"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    known = {name: getattr(site, name) for name in Site.__slots__}
    site = Site(**{**known, "program": (str(program),)})
    folder = tmp_path / "units"
    folder.mkdir()
    texts = unit_files(site, timer=False, version=252) | unit_files(site, timer=True, version=252)
    for name, text in texts.items():
        (folder / name).write_text(text)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    manager = ["--user"] if site.manager == "user" else []
    files = [str(folder / name) for name in texts]
    ran = subprocess.run(["systemd-analyze", *manager, "verify", "--man=no", *files], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.needs_debian("systemd-analyze", "systemd")
@pytest.mark.parametrize("site", [SITES["shipped for the system"], SITES["an owner's files"]], ids=["shipped", "local"])
@pytest.mark.parametrize("timer", [False, True], ids=["daemon", "timer"])
def test_what_the_system_unit_leaves_open_is_little(site: Site, timer: bool, tmp_path: Path) -> None:
    name = "calsync-once.service" if timer else "calsync.service"
    (tmp_path / name).write_text("\n".join(the_unit(site, timer=timer)))
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=15", str(tmp_path / name)],
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
