"""`service install|uninstall`: what is written where, what is refused, and that nobody else's unit is touched."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from calsync.cli.running import Running, of_units
from calsync.cli.unit import ours
from calsync.ledger.lock import StateLock
from calsync.settings.load import load
from tests.cli.conftest import Run

ME = pwd.getpwuid(os.geteuid())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def an_old_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calsync.cli.service.systemd_version", lambda: 252)


def folder_of(root: Path, home: Path, manager: str) -> Path:
    return root / (f"{home}/.config/systemd/user".lstrip("/") if manager == "user" else "etc/systemd/system")


@pytest.mark.parametrize("manager", ["system", "user"])
def test_install_writes_a_unit_for_this_config_and_says_what_to_run(
    run: Run, sample: Path, home: Path, root: Path, manager: str
) -> None:
    ran = run("service", "install", f"--{manager}", "--root", str(root))
    assert (ran.status, ran.err) == (0, "")
    path = folder_of(root, home, manager) / "calsync.service"
    unit = path.read_text()
    assert ours(unit)
    assert f"--config {sample}/config.toml run" in unit
    assert f"Environment=STATE_DIRECTORY={sample}/state" in unit
    assert [line for line in unit.splitlines() if line.startswith("ReadWritePaths=")] == [
        f"ReadWritePaths={sample}/state",
        f"ReadWritePaths=-{sample}",
        f"ReadWritePaths=-{sample}/outbox",
    ]
    assert (f"User={ME.pw_name}" in unit.splitlines()) == (manager == "system")
    assert (sample / "state").stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o644
    ctl = "systemctl --user" if manager == "user" else "systemctl"
    for line in (f"{ctl} daemon-reload", f"{ctl} enable calsync.service", f"{ctl} restart calsync.service"):
        assert line in ran.out
    assert ("loginctl enable-linger" in ran.out) == (manager == "user")


def test_the_unit_keeps_its_state_where_this_shell_does(run: Run, sample: Path, home: Path, root: Path) -> None:
    config = sample / "config.toml"
    config.write_text(config.read_text().replace('state_dir = "state"\n', ""))
    assert run("service", "install", "--user", "--root", str(root)).status == 0
    unit = (folder_of(root, home, "user") / "calsync.service").read_text()
    assert f"Environment=STATE_DIRECTORY={home}/.local/state/calsync" in unit


def test_a_calendar_behind_a_link_is_written_where_it_really_is(
    run: Run, sample: Path, tmp_path: Path, home: Path, root: Path
) -> None:
    real = tmp_path / "real folder"
    real.mkdir()
    (sample / "work.ics").rename(real / "work.ics")
    (sample / "work.ics").symlink_to(real / "work.ics")
    run("service", "install", "--user", "--root", str(root))
    assert f'ReadWritePaths="-{real}"' in (folder_of(root, home, "user") / "calsync.service").read_text()


def test_a_second_install_follows_the_config(run: Run, sample: Path, home: Path, root: Path) -> None:
    run("service", "install", "--user", "--root", str(root))
    config = sample / "config.toml"
    config.write_text(config.read_text().replace('path = "outbox"', 'path = "mail"'))
    assert run("service", "install", "--user", "--root", str(root)).status == 0
    assert f"ReadWritePaths=-{sample}/mail" in (folder_of(root, home, "user") / "calsync.service").read_text()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("[Service]\nExecStart=/bin/true\n", "calsync did not write it", id="somebody else's"),
        pytest.param(None, "somebody changed it since calsync wrote it", id="ours, changed"),
    ],
)
def test_a_unit_that_is_not_ours_any_more_is_left_as_it_is(
    run: Run, sample: Path, home: Path, root: Path, text: str | None, why: str
) -> None:
    path = folder_of(root, home, "user") / "calsync.service"
    run("service", "install", "--user", "--root", str(root))
    kept = text if text is not None else path.read_text() + "Nice=1\n"
    path.write_text(kept)

    refused = run("service", "install", "--user", "--root", str(root))
    assert (refused.status, refused.out) == (2, "")
    assert why in refused.err
    left = run("service", "uninstall", "--user", "--root", str(root))
    assert left.status == 1
    assert "left alone" in left.out
    assert path.read_text() == kept


def test_uninstall_takes_only_what_install_wrote(
    run: Run, sample: Path, home: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calsync.cli.service.systemd_version", lambda: 254)
    folder = folder_of(root, home, "user")
    folder.mkdir(parents=True)
    (folder / "other.service").write_text("")
    written = run("service", "install", "--user", "--root", str(root), "--json").json["written"]
    assert len(written) == 3
    removed = run("service", "uninstall", "--user", "--root", str(root), "--json").json
    assert sorted(removed["removed"]) == sorted(written)
    assert [path.name for path in folder.rglob("*")] == ["other.service"]
    assert (sample / "config.toml").exists()
    assert (sample / "state").exists()
    again = run("service", "uninstall", "--user", "--root", str(root))
    assert (again.status, again.out) == (0, f"no unit of calsync is in {folder}\n")


def test_a_drop_in_of_the_owners_stays(
    run: Run, sample: Path, home: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calsync.cli.service.systemd_version", lambda: 254)
    run("service", "install", "--user", "--root", str(root))
    mine = folder_of(root, home, "user") / "calsync.service.d/override.conf"
    mine.write_text("[Service]\nNice=1\n")
    assert run("service", "uninstall", "--user", "--root", str(root)).status == 0
    assert mine.exists()


def test_uninstall_asks_first_to_disable_what_is_enabled(run: Run, sample: Path, home: Path, root: Path) -> None:
    folder = folder_of(root, home, "user")
    run("service", "install", "--user", "--root", str(root))
    (folder / "default.target.wants").mkdir()
    (folder / "default.target.wants/calsync.service").symlink_to(folder / "calsync.service")
    refused = run("service", "uninstall", "--user", "--root", str(root))
    assert refused.status == 2
    assert "systemctl --user disable --now calsync.service" in refused.err
    assert (folder / "calsync.service").exists()


def test_daemon_and_timer_are_not_installed_side_by_side(run: Run, sample: Path, root: Path) -> None:
    assert run("service", "install", "--user", "--timer", "--root", str(root)).status == 0
    refused = run("service", "install", "--user", "--root", str(root))
    assert refused.status == 2
    assert "one of both is enough" in refused.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(None, "config", id="no config"),
        pytest.param(("[owner]", "[nonsense]"), "nonsense", id="a config that is wrong"),
        pytest.param(('"work.ics"', '"away/work.ics"'), "calendars.work", id="the folder of a calendar is missing"),
        pytest.param(('"work.ics"', '"a\\tb/work.ics"'), "", id="a path that no unit can name"),
    ],
)
def test_install_refuses_what_could_not_run(
    run: Run, sample: Path, root: Path, change: tuple[str, str] | None, said: str
) -> None:
    config = sample / "config.toml"
    (sample / "a\tb").mkdir()
    if change is None:
        config.unlink()
    else:
        config.write_text(config.read_text().replace(*change))
    refused = run("service", "install", "--user", "--root", str(root))
    assert (refused.status, refused.out) == (2, "")
    assert said in refused.err
    assert not list(root.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who alone gives files away")
def test_files_of_several_owners_are_no_work_for_one_unit(run: Run, sample: Path, root: Path) -> None:
    config = sample / "config.toml"
    config.write_text(config.read_text() + '\n[calendars.home]\ntype = "ics"\npath = "home.ics"\n')
    (sample / "home.ics").write_bytes((sample / "work.ics").read_bytes())
    os.chown(sample / "home.ics", 65534, 65534)
    refused = run("service", "install", "--system", "--root", str(root))
    assert refused.status == 2
    assert "several owners" in refused.err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who alone installs for somebody else")
def test_root_installs_for_the_owner_of_the_files_with_the_state_of_that_ones_shell(
    run: Run, sample: Path, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home of nobody"
    nobody = pwd.struct_passwd(("nobody", "x", 65534, 65534, "", str(home), "/bin/sh"))
    monkeypatch.setattr("calsync.cli.site.pwd.getpwuid", lambda uid: nobody if uid == 65534 else ME)
    config = sample / "config.toml"
    config.write_text(config.read_text().replace('state_dir = "state"\n', ""))
    for path in (sample / "work.ics", sample):
        os.chown(path, 65534, 65534)
    ran = run("service", "install", "--system", "--root", str(root))
    assert ran.status == 0
    assert "runs as: nobody" in ran.out
    assert "warning: nobody can't get at" in ran.out  # the test's folders are for root alone
    state = home / ".local/state/calsync"
    assert state.stat().st_uid == 65534
    unit = (root / "etc/systemd/system/calsync.service").read_text()
    assert f'Environment="STATE_DIRECTORY={state}"' in unit


def test_secrets_are_named_with_the_place_for_them(run: Run, sample: Path, home: Path, root: Path) -> None:
    config = sample / "config.toml"
    config.write_text(config.read_text().replace("[defaults]", '[defaults]\nchannel = "server"') + CHANNELS)
    ran = run("service", "install", "--user", "--root", str(root))
    assert ran.status == 0, ran.err
    unit = (folder_of(root, home, "user") / "calsync.service").read_text()
    assert f"LoadCredential=smtp:{home}/.config/credstore/smtp" in unit
    assert f"put the secret here, readable for its owner alone: {home}/.config/credstore/smtp" in ran.out
    assert "the unit has no $NTFY" in ran.out


CHANNELS = """
[channels.server]
type = "smtp"
host = "mail.kaya.example"
user = "deniz"
password = { credential = "smtp" }
[channels.me]
type = "apprise"
urls = [{ env = "NTFY" }]
"""


def test_a_unit_with_this_config_and_another_state_folder_fails_the_check(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = sample / "config.toml"
    config.write_text(config.read_text().replace('state_dir = "state"\n', ""))
    settings = load(config)

    def said(**other: object) -> tuple[str, str]:
        environ = {"STATE_DIRECTORY": "/srv/state"}
        known = {"name": "calsync.service", "pid": "1", "ready": True, "config": config, "environ": environ}
        monkeypatch.setattr("calsync.cli.running._running", lambda: [Running(**{**known, **other})])  # type: ignore[arg-type]
        ((state, what, _),) = of_units(settings, sample / "state")
        return state, what

    assert said() == ("fail", f"calsync.service uses the state folder /srv/state, this command {sample}/state")
    here = {"STATE_DIRECTORY": str(sample / "state")}
    assert said(environ=here, ready=False)[0] == "ok"
    assert "still uses" in said(environ=here)[1]  # the config says so since its start
    (sample / "state").mkdir()
    with StateLock(sample / "state", "run"):
        assert said(environ=here, pid=str(os.getpid()))[0] == "ok"
        assert said(environ=here)[0] == "fail"
    assert said(environ={"HOME": "/home/deniz"})[0] == "fail"
    assert said(config=sample / "other.toml")[0] == "ok"
    assert said(config=None)[0] == "ok"
