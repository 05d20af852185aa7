"""Secrets from wherever they are kept; and that no error shows one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from calsync.errors import SecretUnreadable
from calsync.settings import secrets
from calsync.settings.secrets import SecretRef, reveal

SECRET = "hunter2 ş"


def ref(source: Any, value: str | tuple[str, ...]) -> SecretRef:
    return SecretRef(source=source, value=value, where="channels.mail.password")


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_each_place_gives_its_secret_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text(f"{SECRET}\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "MAIL": SECRET, "PYTHONUTF8": "1"}
    said = program("import sys; print('hunter2 ş'); print('and hunter2', file=sys.stderr)")
    refs = [ref("credential", "smtp"), ref("file", str(tmp_path / "smtp")), ref("env", "MAIL"), ref("command", said)]
    assert [reveal(one, environ) for one in refs] == [SECRET] * 4


@pytest.mark.parametrize(
    ("written", "secret"),
    [(b"a\n", "a"), (b"a", "a"), (b"a\r\n", "a"), (b" a b ", " a b "), (b"\xc5\x9f\n", "ş")],
    ids=["line", "no line end", "CR LF", "blanks", "UTF-8"],
)
def test_a_secret_is_what_stands_there_but_for_one_line_end(tmp_path: Path, written: bytes, secret: str) -> None:
    (tmp_path / "key").write_bytes(written)
    assert reveal(ref("file", str(tmp_path / "key")), {}) == secret


@pytest.mark.parametrize(
    ("where", "environ", "said", "hint"),
    [
        pytest.param(ref("env", "MAIL"), {}, "$MAIL is not set", "set MAIL", id="no variable"),
        pytest.param(ref("env", "MAIL"), {"MAIL": ""}, "$MAIL is not set", "set MAIL", id="empty variable"),
        pytest.param(ref("env", "MAIL"), {"MAIL": f"{SECRET}\nx"}, "more than one line", "alone", id="lines"),
        pytest.param(ref("env", "MAIL"), {"MAIL": "hunter2 \udcff"}, "it is no UTF-8", "as text", id="bytes in one"),
        pytest.param(ref("file", "/nowhere/key"), {}, "/nowhere/key: No such file", "let calsync", id="no file"),
        pytest.param(ref("file", "/"), {}, "/: Is a directory", "let calsync", id="a folder"),
        pytest.param(ref("file", "/dev/zero"), {}, "longer than any secret", "alone", id="no end"),
        pytest.param(ref("credential", "smtp"), {}, "$CREDENTIALS_DIRECTORY is not", "LoadCredential=smtp", id="unit"),
        pytest.param(
            ref("credential", "smtp"),
            {"CREDENTIALS_DIRECTORY": "/nowhere"},
            "/nowhere/smtp: No such file",
            "add LoadCredential=smtp to the unit",
            id="no credential",
        ),
        pytest.param(ref("command", ("/no/such",)), {}, '"/no/such": No such file', "write a program", id="no program"),
        pytest.param(ref("command", program("")), {}, "it is empty", "write the secret there", id="silent"),
        pytest.param(
            ref("command", program("import sys; sys.exit('hunter2 ş')")), {}, "ended with 1", "by hand", id="fails"
        ),
        pytest.param(
            ref("command", program("import sys; sys.stdout.buffer.write(b'\\xff')")), {}, "no UTF-8", "", id="bytes"
        ),
    ],
)
def test_what_can_not_be_read_says_where_and_what_to_do(
    where: SecretRef, environ: dict[str, str], said: str, hint: str
) -> None:
    with pytest.raises(SecretUnreadable) as refused:
        reveal(where, environ)
    error = refused.value
    assert said in error.what and hint in error.hint and error.where == "channels.mail.password"
    assert "hunter2" not in f"{error!r} {error.what} {error.hint}"
    assert error.__cause__ is None


@pytest.mark.parametrize("written", ["", "\n", "  \n"], ids=["nothing", "a line end", "blanks"])
def test_an_empty_file_is_no_secret(tmp_path: Path, written: str) -> None:
    (tmp_path / "key").write_text(written)
    with pytest.raises(SecretUnreadable, match="it is empty"):
        reveal(ref("file", str(tmp_path / "key")), {})


def test_a_pipe_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key")
    with pytest.raises(SecretUnreadable, match="it is empty"):
        reveal(ref("file", str(tmp_path / "key")), {})


def test_a_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COMMAND_SECONDS", 0.2)
    with pytest.raises(SecretUnreadable, match="did not end within"):
        reveal(ref("command", program("import time; time.sleep(60)")), {})


def test_a_program_gets_no_shell_and_no_input() -> None:
    said = (sys.executable, "-c", "import sys; print(sys.stdin.read() + sys.argv[1])", "$HOME; echo x")
    assert reveal(ref("command", said), {}) == "$HOME; echo x"
