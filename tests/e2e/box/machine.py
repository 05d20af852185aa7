"""A box: a real systemd as PID 1 of namespaces of its own, on a throw-away overlay of this machine's files.

It shares nothing with the machine but the network: servers on the machine's loopback can be reached. calsync is
/opt/calsync/bin/calsync in it. CALSYNC_BOX_ROOT names the tree of another system, to try its systemd:
debootstrap makes one (--variant=minbase --include=systemd-sysv,dbus,libpam-systemd,libssl3t64,libsqlite3-0,libffi8).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
LOWER = os.environ.get("CALSYNC_BOX_ROOT", "/")
PROGRAM = "/opt/calsync/bin/calsync"
_UP_S = 60.0
_RUN_S = 60.0


class NoBoxError(RuntimeError):
    """No box can be had on this machine; the text says what went wrong."""


def until(so: Callable[[], object], *, within: float = 20.0, what: str = "") -> None:
    """Wait for a condition, and for nothing else."""
    end = time.monotonic() + within
    while not so():
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:g} s: {what or so}")
        time.sleep(0.02)


class Box:
    """One booted systemd. `root` is its file system, seen from outside."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="calsync-box-"))
        self._console = self._folder.with_name(self._folder.name + ".log")
        self._groups = [group / self._folder.name for group in _control_groups()]
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0

    @property
    def root(self) -> Path:
        return Path(f"/proc/{self._pid}/root")

    def up(self) -> None:
        """Boot it.

        Raises:
            NoBoxError: it did not come up; what its console says is part of the text.
        """
        try:
            for group in self._groups:
                group.mkdir()
                for name in ("cpuset.cpus", "cpuset.mems"):  # version 1 leaves them empty, and then takes nobody in
                    if (group / name).exists():
                        (group / name).write_bytes((group.parent / name).read_bytes())
            self._start()
            until(self._is_up, within=_UP_S)
            self._install()
        except (OSError, AssertionError, subprocess.SubprocessError) as problem:
            said = self._console.read_text(errors="replace")[-2000:] if self._console.exists() else ""
            self.down()
            raise NoBoxError(f"a box with its own systemd did not come up: {problem}\n{said}") from problem

    def _start(self) -> None:
        enter = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'
        # A session of its own, and gone when these tests are gone.
        command = [
            *("setsid", "setpriv", "--pdeathsig", "KILL"),
            *("sh", "-ec", enter, "sh", *map(str, self._groups), "--"),
            *("unshare", "--mount", "--pid", "--cgroup", "--ipc", "--uts", "--propagation", "private"),
            *("--fork", "--kill-child=KILL", "sh", str(HERE / "boot.sh"), str(self._folder), LOWER, *_python()),
        ]
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)

    def _is_up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise OSError(f"it ended with {self._process.returncode}")
        if not self._pid:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            if not children or Path(f"/proc/{children[0]}/comm").read_text().strip() != "systemd":
                return False
            self._pid = int(children[0])
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def _install(self) -> None:
        """Make /opt/calsync: an environment like one that pip makes, its packages those of these tests."""
        folder = self.root / "opt/calsync"
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        home = "/usr/bin" if sys.base_prefix == "/usr" else "/opt/python/bin"
        packages = folder / "lib" / version / "site-packages"
        packages.mkdir(parents=True)
        (folder / "bin").mkdir()
        (folder / "bin/python").symlink_to(f"{home}/{version}")
        (folder / "pyvenv.cfg").write_text(f"home = {home}\n")
        (packages / "box.pth").write_text("/opt/source\n/opt/packages\n")
        script = folder / "bin/calsync"
        script.write_text(
            "#!/opt/calsync/bin/python\nimport sys\nfrom calsync.cli.main import main\nsys.exit(main())\n"
        )
        script.chmod(0o755)
        self.run(PROGRAM, "--version")
        # As on any machine that is up, where some service was shut in before: a user's systemd builds on the folder
        # that this leaves in /run/systemd, and can't make it.
        self.run("systemd-run", "--quiet", "--wait", "--property=PrivateTmp=yes", "true")

    def run(
        self, *words: str, user: str = "", check: bool = True, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root or as this user of the box, and return how it ended."""
        home = f"/home/{user}" if user else "/root"
        entered = ["nsenter", "--target", str(self._pid), "--mount", "--pid", "--cgroup", "--ipc", "--uts"]
        named = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": home,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            **(environ or {}),
        }
        who = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        ran = subprocess.run(
            [*entered, *who, "env", "-i", *(f"{name}={value}" for name, value in named.items()), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_RUN_S,
        )
        if check and ran.returncode:
            raise AssertionError(f"{' '.join(words)} ended with {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran

    def down(self) -> None:
        """Switch it off, and leave nothing behind."""
        if self._process is not None:
            self._process.kill()  # unshare takes its child along, and with PID 1 goes everything
            self._process.wait(10)
        for group in self._groups:
            with suppress(AssertionError):
                until(partial(_removed, group), within=5)
        with suppress(OSError):
            self._folder.rmdir()
        self._console.unlink(missing_ok=True)


def _control_groups() -> list[Path]:
    """Return where this process stands in each hierarchy, as folders."""
    base, found = Path("/sys/fs/cgroup"), []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        name = controllers.removeprefix("name=") or ("unified" if (base / "unified").is_dir() else "")
        if (folder := base / name / path.lstrip("/")).is_dir():
            found.append(folder)
    return found


def _removed(group: Path) -> bool:
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            os.rmdir(folder)
    return not group.exists()


def _python() -> tuple[str, str, str]:
    return sys.base_prefix, sysconfig.get_path("purelib"), str(Path(__file__).parents[3] / "calsync")


def why_not() -> str:
    """Return what this machine lacks for a box, or nothing."""
    if os.geteuid() != 0:
        return "needs root: it boots a systemd of its own (sudo make test)"
    needed = {"systemctl": "systemd", "dbus-daemon": "dbus", "nsenter": "util-linux", "setpriv": "util-linux"}
    missing = {package for program, package in needed.items() if shutil.which(program) is None}
    return f"needs {', '.join(sorted(missing))}: apt install {' '.join(sorted(missing))}" if missing else ""
