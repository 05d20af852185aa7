"""What one key refuses, and the words in which the owner reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calsync.settings.schema import CALENDAR, CHANNEL, CLIENT, DEFAULTS, OWNER

Wrong = Callable[..., list[str]]
BASE = """\
[owner]
name = "Deniz Kaya"
email = "deniz@kaya.example"
timezone = "Europe/Istanbul"
[calendars.work]
type = "ics"
path = "work.ics"
"""
ACME = '[clients.acme]\nemail = "ayse@acme.example"\n'


def test_all_problems_are_told_at_once_in_the_order_of_lines(problems: Callable[[str], list[str]]) -> None:
    text = """\
mode = "acting"
[defaults]
buffer_after = "15"
[owner]
name = "Deniz"
email = "deniz@kaya.example"
timezone = "Europe/Istambul"
[calendars.work]
path = "work.ics"
type = "ics"
[clients.acme]
per_cal = "45m"
email = "ayse@acme.example"
except = [
  "lunch",
  5,
]
"""
    assert problems(text) == [
        'config.toml:1: mode: "acting" is not known here; write "observe" or "act"',
        'config.toml:3: defaults.buffer_after: "15" has no unit; write "15m"',
        'config.toml:7: owner.timezone: "Europe/Istambul" is no time zone; did you mean "Europe/Istanbul"?',
        "config.toml:12: clients.acme.per_cal: unknown key; did you mean per_call?",
        "config.toml:16: clients.acme.except[1]: 5 is no text; write a text on one line",
    ]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("buffer_after", "15", '15 has no unit; write "15m"', id="bare number"),
        pytest.param("buffer_after", "true", "true is no text; write a duration", id="no duration"),
        pytest.param("longest", '"2mo"', '"2mo" is no duration', id="months"),
        pytest.param("longest", '"P1M"', '"P1M" is no duration', id="months in ISO 8601"),
        pytest.param("longest", '"P1Y"', '"P1Y" is no duration', id="years"),
        pytest.param("longest", '"99999999999d"', "this duration is longer than any calendar", id="no end"),
        pytest.param("longest", '"' + "9" * 5000 + '"', "is too long; write a duration", id="thousands of digits"),
        pytest.param("buffer_before", '"4m"', '"4m" is too short; write at least 5m, or 0m for none', id="buffer"),
        pytest.param("buffer_after", '"1m"', '"1m" is too short', id="buffer of a minute"),
        pytest.param("buffer_after", '"PT10M30S"', '"PT10M30S" has seconds; write whole minutes', id="seconds"),
        pytest.param("per_call", '"0m"', '"0m" is too short; write at least 5m', id="no time at all"),
        pytest.param("message_before", "[]", "a list of 0; write at least 1", id="no lead"),
        pytest.param("message_before", '["1d", 60]', '60 has no unit; write "60m"', id="lead without a unit"),
        pytest.param("message_before", '"0m"', '"0m" is too short; write more than nothing', id="lead of nothing"),
        pytest.param("polite_hours", '"9-18"', '"9" is no clock time; write it as 09:00', id="hours"),
        pytest.param("polite_hours", '"09:00-09:00"', "is no time at all; write 00:00-24:00 for always", id="no hours"),
        pytest.param("polite_hours", "08:30:00", "08:30:00 is no text; write clock times", id="a TOML time"),
        pytest.param("polite_days", '"mon-fry"', '"mon-fry" are no days; write them as mon-fri', id="days"),
        pytest.param("block_titles", '["Prep"]', "a list of 1; write exactly 2", id="one title"),
        pytest.param("block_titles", '["Prep", " "]', "an empty text", id="empty title"),
        pytest.param("block_titles", '["Prep", "a\\nb"]', '"a\\nb" has a line break', id="title over lines"),
        pytest.param("over_cap", '"not"', '"not" is not known here; write "note" or "tell"', id="over_cap"),
        pytest.param("send", "true", 'true is not known here; write "auto" or "veto" or "ask" or "off"', id="send"),
        pytest.param("tone", '"siz"', '"siz" is not known here; write "formal" or "close"', id="tone"),
        pytest.param("except", '"lunch"', '"lunch" was found; write a list', id="no list"),
        pytest.param("ask_if_matters", "-1", "-1 is not taken; write a whole number of 0 or more", id="below nothing"),
        pytest.param("ask_if_matters", "true", "true is not taken; write a whole number", id="true is no number"),
        pytest.param("ask_if_matters", "8.0", "8.0 is not taken; write a whole number", id="no whole number"),
        pytest.param("group_from", "1", "1 is not taken; write a whole number of 2 or more", id="group of one"),
        pytest.param("group_from", "1" + "0" * 80, "a huge number is not taken", id="huge number"),
        pytest.param("agenda", '{ fr = ["x"] }', '"fr" is not known here', id="agenda in no language of ours"),
        pytest.param("agenda", '{ tr = "x" }', '"x" was found; write a list', id="agenda that is no list"),
        pytest.param("agenda", '[["x"]]', "a list was found; write a text on one line", id="agenda in a list"),
        pytest.param("agenda", '["a\\u0000"]', '"a\\x00" has a line break or a control character', id="control"),
    ],
)
@pytest.mark.parametrize("table", ["defaults", "clients.acme"])
def test_a_rule_refuses(wrong: Wrong, table: str, key: str, value: str, expected: str) -> None:
    more = f"[defaults]\n{key} = {value}" if table == "defaults" else f"{ACME}{key} = {value}"
    said = wrong(more)
    assert len(said) == 1 and said[0].startswith(f"{table}.{key}") and expected in said[0]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("email", '"a@acme.example, b@acme.example"', "more than one address; write one", id="two"),
        pytest.param("email", '"Ayşe <a@acme.example>"', "more than an address; write only the address", id="name"),
        pytest.param("email", '"acme.example"', "no mail address", id="no address"),
        pytest.param("email", '"a@acme"', "no domain; write one, as acme.example", id="no domain"),
        pytest.param("email", '"a@acme.example\\nBcc: b@c.example"', "has a line break", id="second header"),
        pytest.param("people", '["a@b.example"]', "a list was found; write addresses with names", id="people"),
        pytest.param("people", '{ "Can" = "can@acme.example" }', '"Can": no mail address', id="people swapped"),
        pytest.param("people", '{ "c@b.example" = 1 }', "1 is no text", id="no name"),
        pytest.param("people", '{ "c@b.example" = "C", "C@b.example" = "D" }', "stands here twice", id="twice"),
        pytest.param("match.domains", '["@acme.example"]', '"@acme.example": no domain', id="at sign"),
        pytest.param("match.domains", '["gmail.com"]', '"gmail.com" is a public mail domain; list the', id="gmail"),
        pytest.param("match.domains", '["Yahoo.com.tr"]', "is a public mail domain", id="public in a country"),
        pytest.param("match.emals", '["a@b.example"]', "unknown key; did you mean emails?", id="inside match"),
        pytest.param("match", '["a@b.example"]', "a list was found; write match", id="match"),
        pytest.param("match.private", '"yes"', '"yes" is not taken; write true or false', id="flag"),
        pytest.param("timezone", '"CET+1"', '"CET+1" is no time zone', id="zone"),
        pytest.param("timezone", '"../../etc/passwd"', "is no time zone", id="zone outside"),
        pytest.param("timezone", '"Europe"', '"Europe" is no time zone', id="folder of zones"),
        pytest.param("timezone", '"posix/Europe/Berlin"', "is no time zone", id="zone of another clock"),
        pytest.param("timezone", '"localtime"', "is no time zone", id="zone of the machine"),
        pytest.param("timezone", '"europe/berlin"', 'did you mean "Europe/Berlin"?', id="zone in small letters"),
        pytest.param("rate", "90", "90 is no text; write an amount and a currency, as 90 EUR", id="rate"),
        pytest.param("rate", '"90"', '"90" is no rate; write an amount and a currency', id="rate without currency"),
        pytest.param("rate", '"0 EUR"', '"0 EUR" is no rate', id="rate of nothing"),
        pytest.param("per_week", '"0m"', '"0m" is too short', id="no week"),
        pytest.param("salutation", '"Ay\\u001b[31mşe"', '"Ay\\x1b[31mşe" has a line break or a control', id="escape"),
        pytest.param("reset_because", '""', "an empty text", id="no reason"),
    ],
)
def test_a_client_refuses(wrong: Wrong, key: str, value: str, expected: str) -> None:
    email = "" if key == "email" else 'email = "ayse@acme.example"\n'
    said = wrong(f"[clients.acme]\n{email}{key} = {value}")
    assert len(said) == 1 and said[0].startswith("clients.acme.") and expected in said[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ["1: owner: missing", "1: calendars: missing"], id="nothing at all"),
        pytest.param(
            "owner = 1\ncalendars = []",
            ["1: owner: 1 was found; write [owner]", "2: calendars: a list was"],
            id="no tables",
        ),
        pytest.param(
            "[[owner]]\n[calendars]", ["1: owner: a list was found", "2: calendars: nothing in it"], id="list of tables"
        ),
        pytest.param(
            "[owner]\nname = 'D'\n[calendars.x]\ntype='ics'\npath='x'",
            ["1: owner.email: missing", '1: owner.timezone: missing; write it, as "Europe/Istanbul"'],
            id="owner half told",
        ),
    ],
)
def test_what_has_to_be_there_is_missed(problems: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    said = problems(text)
    assert len(said) == len(expected)
    assert all(line.startswith(f"config.toml:{start}") for line, start in zip(said, expected, strict=True))


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        pytest.param('horizon = "0m"', 'horizon: "0m" is too short', id="horizon"),
        pytest.param("poll = 5", 'poll: 5 has no unit; write "5m"', id="poll"),
        pytest.param("limits.changes = 0", "limits.changes: 0 is not taken; write a whole number of 1", id="limit"),
        pytest.param("limits = 5", "limits: 5 was found; write [limits]", id="no table"),
        pytest.param('state_dir = ""', "state_dir: an empty text", id="no path"),
        pytest.param('state_dir = "~nobody-here/x"', "nobody's home is known by that name", id="nobody's home"),
        pytest.param('templates = "a\\u0000"', "has a line break or a control character", id="NUL in a path"),
        pytest.param(
            'timezone = "UTC"',
            "timezone: this key does not stand here; it belongs in [owner] or [clients.NAME]",
            id="elsewhere",
        ),
        pytest.param('"a b\\n" = 1', '"a b\\n": unknown key; known here: calendars, channels', id="odd key"),
        pytest.param(
            '[defaults]\nlanguage = "tr"',
            "defaults.language: this key does not stand here; it belongs in",
            id="client's only",
        ),
        pytest.param(
            '[defaults]\nrate = "9 EUR"',
            "defaults.rate: this key does not stand here; it belongs in [clients.NAME]",
            id="rate",
        ),
        pytest.param("clients = 1", "clients: 1 was found; write [clients.NAME]", id="clients"),
        pytest.param("clients.acme = 1", "clients.acme: 1 was found; write [clients.NAME]", id="client"),
        pytest.param("calendars.x = 1", "calendars.x: 1 was found; write [calendars.NAME]", id="calendar"),
        pytest.param('clients."".email = "a@b.example"', 'clients."": an empty text', id="client without a name"),
        pytest.param('clients."--yes".email = "a@b.example"', '"--yes" is no name for this', id="name like an option"),
        pytest.param('channels.x = { path = "x" }', 'channels.x.type: missing; write type = "folder" or', id="no type"),
        pytest.param(
            'channels.x = { type = "foldr", path = "x" }',
            '"foldr" is no known type; write type = "folder" or "smtp" or "apprise"',
            id="unknown type",
        ),
        pytest.param('channels.x = { type = 5, path = "x" }', "5 is no known type", id="type that is no text"),
        pytest.param(
            'channels.x = { type = "folder", path = "x", host = "mail" }',
            'channels.x.host: this key belongs to channels of type smtp; this one is "folder"; take it out',
            id="key of another type",
        ),
    ],
)
def test_the_top_refuses(wrong: Wrong, top: str, expected: str) -> None:
    said = wrong(top=top if not top.startswith("[") else "", more=top if top.startswith("[") else "")
    assert len(said) == 1 and expected in said[0]


MAIL = '[channels.x]\ntype = "smtp"\n'


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param("", 'host: missing; write it, as "mail.kaya.example"', id="no host"),
        pytest.param(
            'host = "mail.x:25"', 'host: "mail.x:25" is no host; write its name alone, and its port', id="port"
        ),
        pytest.param('host = "smtp://mail.x"', 'host: "smtp://mail.x" is no host', id="URL"),
        pytest.param('host = "mail_x.example/"', "is no host; write its name, as", id="path"),
        pytest.param(
            'host = "h"\nport = 70000', "port: 70000 is not taken; write a whole number from 1 to 65535", id="n"
        ),
        pytest.param(
            'host = "h"\nsecurity = "ssl"', '"ssl" is not known here; write "starttls" or "tls"', id="security"
        ),
        pytest.param('host = "h"\nsecurity = "none"', 'security: "none" would send mail and password read', id="open"),
        pytest.param('host = "10.0.0.1"\nsecurity = "none"', 'write "starttls" or "tls"', id="open in a network"),
        pytest.param(
            'host = "localhost"\nsecurity = "none"\nca = "ca.pem"', 'ca: with security = "none" nobody', id="ca"
        ),
        pytest.param('host = "h"\nuser = "d"', "password: missing: a user needs one; write {", id="no password"),
        pytest.param('host = "h"\npassword = { env = "P" }', "user: missing: a password needs one", id="no user"),
        pytest.param('host = "h"\ntimeout = "3m"', 'timeout: "3m" is too long; write at most 2m', id="patience"),
        pytest.param('host = "h"\ntimeout = "0s"', 'timeout: "0s" is too short', id="no patience"),
        pytest.param('host = "h"\ndata_timeout = "10m"', "is too long; write at most 5m", id="patience for data"),
        pytest.param('host = "h"\nfrom = "Deniz <d@k.example>"', "more than an address; write only", id="from"),
        pytest.param('host = "h"\ncopy = true', 'copy: true is not known here; write "auto"', id="copy"),
        pytest.param('host = "h"\nuser = "d"\npassword = 5', "password: 5 was found; write { cred", id="number"),
        pytest.param('host = "h"\nuser = "d"\npassword = {}', "password: nothing in it; write { cred", id="nothing"),
        pytest.param(
            'host = "h"\nuser = "d"\npassword = { env = "P", file = "p" }', "several places for one secret", id="two"
        ),
        pytest.param('host = "h"\nuser = "d"\npassword = { fiel = "p" }', "did you mean file?", id="unknown place"),
        pytest.param('host = "h"\nuser = "d"\npassword = { env = "A B" }', '"A B" is no variable\'s name', id="env"),
        pytest.param(
            'host = "h"\nuser = "d"\npassword = { credential = "../x" }', "is no credential's name", id="credential"
        ),
        pytest.param('host = "h"\nuser = "d"\npassword = { command = "pass smtp" }', "write a list, as", id="command"),
        pytest.param(
            'host = "h"\nuser = "d"\npassword = { command = [] }', "a list of 0; write at least 1", id="empty"
        ),
    ],
)
def test_a_mail_server_refuses(wrong: Wrong, keys: str, expected: str) -> None:
    (said,) = wrong(f"{MAIL}{keys}")
    assert said.startswith("channels.x.") and expected in said


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param('digest_at = "17"', 'owner.digest_at: "17" is no clock time; write it as 09:00', id="hour"),
        pytest.param('digest_at = "24:00"', 'digest_at: "24:00" lies on the day after; write it as 17:00', id="24"),
        pytest.param("digest_at = 17:00:00", "17:00:00 is no text; write a clock time, as 17:00", id="a TOML time"),
        pytest.param('weekly_note = "17:00"', '"17:00" is no day with a time; write it as fri 17:00', id="no day"),
        pytest.param('weekly_note = "friday 17:00"', "is no day with a time; write it as fri 17:00", id="long day"),
        pytest.param('weekly_note = "fri 25:00"', '"25:00" is no clock time', id="no such hour"),
        pytest.param("weekly_note = true", "true is no text; write a day with a time", id="yes"),
    ],
)
def test_the_owner_is_refused_a_moment(problems: Callable[[str], list[str]], line: str, expected: str) -> None:
    (said,) = problems(BASE.replace("[owner]", f"[owner]\n{line}"))
    assert expected in said


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("[]", "a list of 0; write at least 1", id="none"),
        pytest.param('{ env = "NTFY" }', "a table was found; write a list", id="no list"),
        pytest.param('["ntfy://hunter2"]', "urls[0]: a secret in the file; write { credential", id="plain"),
    ],
)
def test_a_notifier_refuses(wrong: Wrong, value: str, expected: str) -> None:
    (said,) = wrong(f'[channels.x]\ntype = "apprise"\nurls = {value}')
    assert expected in said and "hunter2" not in said


LATER_VALUES = [
    pytest.param("", 'messages = "week"', id="messages"),
    pytest.param("[calendars.x]\n", 'type = "caldav"', id="caldav"),
    pytest.param("[calendars.x]\n", 'type = "google"', id="google"),
    pytest.param("[calendars.x]\n", 'type = "feed"', id="feed"),
    pytest.param("[calendars.x]\n", 'type = "vdir"', id="vdir"),
    pytest.param("[channels.x]\n", 'type = "gmail"', id="gmail"),
]


@pytest.mark.parametrize(("table", "line"), LATER_VALUES)
def test_a_documented_value_is_refused_until_it_is_built(wrong: Wrong, table: str, line: str) -> None:
    (said,) = wrong(f"{table or ACME}{line}")
    assert "is not in this version" in said


def test_every_key_of_owner_clients_and_files_is_acted_on() -> None:
    tables = (OWNER.keys, DEFAULTS.keys, CLIENT.keys, CALENDAR.types["ics"], CHANNEL.types["folder"])
    assert [key.name for keys in tables for key in keys if key.later] == []


@pytest.mark.parametrize(
    ("more", "secret"),
    [
        pytest.param('[channels.m]\ntype = "smtp"\nhost = "h"\npassword = "hunter2"', "a password in the", id="smtp"),
        pytest.param('[channels.m]\ntype = "apprise"\nurls = ["ntfy://hunter2"]', "a secret in the file", id="apprise"),
        pytest.param('[calendars.f]\ntype = "feed"\nurl = "https://hunter2"', "a secret in the file", id="feed"),
        pytest.param('[channels.m]\ntype = "folder"\npath = "x"\npassword = "hunter2"', "a password in", id="folder"),
        pytest.param('[channels.m]\npassword = "hunter2"', "a password in the file", id="no type"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_shown(wrong: Wrong, more: str, secret: str) -> None:
    said = "\n".join(wrong(more))
    assert secret in said and "{ credential = " in said and "hunter2" not in said


def test_a_secret_from_elsewhere_has_no_problem_of_its_own(wrong: Wrong) -> None:
    (said,) = wrong('[calendars.x]\ntype = "caldav"\nurl = "https://dav.example"\npassword = { env = "P" }')
    assert said.startswith('calendars.x.type: "caldav" is not in this version')


def test_a_key_twice_removed_from_any_known_one_names_what_is_known(wrong: Wrong) -> None:
    (said,) = wrong("[limits]\nxyzzy = 1")
    assert said == "limits.xyzzy: unknown key; known here: changes, messages"
