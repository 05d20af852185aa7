"""What a config without problems gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calsync.model.rules import Policy, Rate
from calsync.model.text import Tone
from calsync.model.times import Hours
from calsync.settings.channels import AppriseSettings, FolderSettings, SmtpSettings
from calsync.settings.load import Settings
from calsync.settings.secrets import SecretRef

Based = Callable[..., Settings]
MINUTE = timedelta(minutes=1)
ACME = '[clients.acme]\nemail = "ayse@acme.example"\n'


def test_the_least_config_gives_every_built_in_value(based: Based, config: Path) -> None:
    settings = based()
    rules = settings.rules
    assert (rules.mode, rules.horizon, rules.poll) == ("observe", timedelta(days=14), 5 * MINUTE)
    assert (rules.limit_changes, rules.limit_messages, rules.clients, rules.channels) == (40, 20, (), ())
    assert (rules.owner.sign, rules.owner.language, rules.owner.work_hours) == ("Deniz Kaya", "en", Hours(480, 1200))
    assert (settings.path, settings.state_dir, settings.templates) == (config, None, None)


def test_a_client_without_values_of_its_own_has_the_built_in_ones_of_the_model(based: Based) -> None:
    (client,) = based(ACME).rules.clients
    assert client.policy == Policy(except_titles=client.policy.except_titles, away=client.policy.away, agenda={"": ()})
    assert (client.policy.away[0], client.policy.away[-1]) == ("vacation", "krankgeschrieben")
    assert client.policy.except_titles[:1] + client.policy.except_titles[-1:] == ("dinner", "geburtstag")
    assert (client.name, client.language, client.timezone.key) == ("acme", "en", "Europe/Istanbul")
    assert set(client.sources.values()) == {"built-in", "owner"}


def test_a_value_comes_from_the_client_else_from_the_defaults_and_says_so(based: Based) -> None:
    rules = based(
        '[defaults]\nbuffer_after = "15m"\nlongest = "2h"\ntone = "close"\n'
        + ACME
        + 'longest = "3h"\n[clients.b]\nemail = "b@beta.example"\ntone = "formal"\nlanguage = "tr"'
    ).rules
    acme, beta = rules.clients
    assert (acme.policy.buffer_after, acme.policy.longest, acme.tone) == (15 * MINUTE, 180 * MINUTE, Tone.CLOSE)
    assert (beta.policy.longest, beta.tone, beta.language) == (120 * MINUTE, Tone.FORMAL, "tr")
    told = [acme.sources[key] for key in ("longest", "buffer_after", "tone", "buffer_before", "language")]
    assert told == ["clients.acme", "defaults", "defaults", "built-in", "owner"]
    assert beta.sources["language"] == "clients.b"


def test_every_key_of_a_client_arrives(based: Based) -> None:
    (client,) = based(
        """
        [channels.a]
        type = "folder"
        path = "a"
        [channels.b]
        type = "folder"
        path = "b"
        [clients.acme]
        name = "Acme"
        tone = "close"
        salutation = "Ayşe"
        email = "Ayse@ACME.example"
        people = { "Can@acme.example" = "Can", "x@acme.example" = "" }
        match.emails = ["a.yilmaz@acme.example"]
        match.domains = ["Acme.example", "bücher.example"]
        match.titles = ["*acme*"]
        match.private = true
        language = "en-US"
        timezone = "Europe/Berlin"
        per_call = "PT45M"
        per_week = "2h"
        per_month = "6h"
        rate = "87.50 EUR"
        shared = true
        reset = true
        reset_because = "My week has filled up."
        message_before = ["1h", "1d", "1h"]
        polite_hours = "22:00-02:00"
        polite_days = "sat-mon"
        block_titles = ["Before", "After"]
        over_cap = "tell"
        send = "ask"
        channel = "b"
        agenda.tr = ["Durum"]
        agenda.en = ["Status 10m", "Decisions"]
        except = []
        away = ["on leave"]
        buffer_before = "0m"
        ask_if_matters = 0
        group_from = 4
        """
    ).rules.clients
    assert (client.name, client.tone, client.salutation, client.email) == (
        "Acme",
        Tone.CLOSE,
        "Ayşe",
        "ayse@acme.example",
    )
    assert client.people == {"can@acme.example": "Can", "x@acme.example": ""}
    assert client.match_emails == ("a.yilmaz@acme.example",)
    assert client.match_domains == ("acme.example", "bücher.example")
    assert (client.match_titles, client.match_private) == (("*acme*",), True)
    assert (client.language, client.timezone.key) == ("en-US", "Europe/Berlin")
    assert (client.per_week, client.per_month) == (120 * MINUTE, 360 * MINUTE)
    assert client.rate == Rate(amount=Decimal("87.50"), currency="EUR")
    assert (client.shared, client.reset, client.reset_because) == (True, True, "My week has filled up.")
    assert client.policy == Policy(
        per_call=45 * MINUTE,
        buffer_before=timedelta(0),
        block_titles=("Before", "After"),
        message_before=(timedelta(days=1), timedelta(hours=1)),
        polite_hours=Hours(22 * 60, 26 * 60),
        polite_days=frozenset({5, 6, 0}),
        over_cap="tell",
        except_titles=(),
        away=("on leave",),
        send="ask",
        channel="b",
        agenda={"tr": ("Durum",), "en": ("Status 10m", "Decisions")},
        ask_if_matters=0,
        group_from=4,
    )


def test_the_owner_and_the_top_arrive(loaded: Callable[[str], Settings], config: Path) -> None:
    settings = loaded(
        """
        mode = "act"
        state_dir = "state"
        templates = "/etc/texts"
        horizon = "30d"
        poll = "PT20S"
        limits = { changes = 7, messages = 3 }
        [owner]
        name = "Deniz Kaya"
        sign = "Deniz"
        signature = "Deniz Kaya\\nkaya.example"
        email = "Deniz@Kaya.example"
        aliases = ["d@kaya.example"]
        timezone = "Europe/Istanbul"
        language = "tr"
        work_hours = "00:00-24:00"
        work_days = "mon,wed"
        [calendars.work]
        type = "ics"
        path = "sub/work.ics"
        blocks = "mine"
        [calendars.mine]
        type = "ics"
        path = "/srv/mine.ics"
        [channels.out]
        type = "folder"
        path = "outbox"
        """
    )
    rules, owner = settings.rules, settings.rules.owner
    assert (rules.mode, rules.horizon, rules.poll) == ("act", timedelta(days=30), timedelta(seconds=20))
    assert (rules.limit_changes, rules.limit_messages) == (7, 3)
    assert (rules.calendars, rules.channels, rules.blocks_in) == (("work", "mine"), ("out",), {"work": "mine"})
    assert (owner.sign, owner.signature, owner.language) == ("Deniz", "Deniz Kaya\nkaya.example", "tr")
    assert owner.addresses == {"deniz@kaya.example", "d@kaya.example"}
    assert (owner.work_hours, owner.work_days) == (Hours(0, 1440), frozenset({0, 2}))
    folder = config.parent
    assert [calendar.path for calendar in settings.calendars] == [folder / "sub/work.ics", Path("/srv/mine.ics")]
    assert settings.channels == (FolderSettings(name="out", path=folder / "outbox"),) and settings.notifiers == ()
    assert (settings.state_dir, settings.templates) == (folder / "state", Path("/etc/texts"))


def test_paths_know_the_home_folder(based: Based, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/deniz")
    assert based(top='state_dir = "~/state"').state_dir == Path("/home/deniz/state")


def test_paths_are_whole_when_the_config_is_named_from_its_own_folder(
    based: Based, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from calsync.settings.load import load

    based()
    monkeypatch.chdir(config.parent)
    settings = load(Path("config.toml"))
    assert (settings.path, settings.calendars[0].path) == (Path("config.toml"), config.parent / "work.ics")


@pytest.mark.parametrize(
    ("agenda", "expected"),
    [
        pytest.param('["a", "b"]', {"": ("a", "b")}, id="a list holds for any language"),
        pytest.param("[]", {"": ()}, id="none"),
        pytest.param('{ tr = ["a"], en-US = [] }', {"tr": ("a",), "en-US": ()}, id="by language"),
    ],
)
def test_an_agenda_is_read_by_language(based: Based, agenda: str, expected: object) -> None:
    assert based(f"{ACME}agenda = {agenda}").rules.clients[0].policy.agenda == expected


def test_the_only_channel_is_taken_by_itself_and_none_is_no_error(based: Based) -> None:
    folder = '[channels.out]\ntype = "folder"\npath = "outbox"\n'
    assert based(folder + ACME).rules.clients[0].policy.channel == "out"
    assert based(ACME).rules.clients[0].policy.channel is None


SERVERS = """
[channels.least]
type = "smtp"
host = "Mail.kaya.example"
[channels.most]
type = "smtp"
host = "mail.kaya.example"
port = 2525
security = "tls"
ca = "ca.pem"
user = "deniz"
password = { file = "smtp.key" }
timeout = "5s"
data_timeout = "1m30s"
from = "office@kaya.example"
copy = "never"
[channels.me]
type = "apprise"
urls = [{ credential = "ntfy" }, { command = ["./show", "ntfy"] }]
"""


def test_every_key_of_a_mail_server_arrives(based: Based, config: Path) -> None:
    settings = based(f'{SERVERS}[defaults]\nchannel = "most"\n{ACME}')
    assert settings.channels == (
        SmtpSettings(
            name="least",
            host="mail.kaya.example",
            port=587,
            security="starttls",
            timeout=timedelta(seconds=30),
            data_timeout=2 * MINUTE,
            copy="auto",
        ),
        SmtpSettings(
            name="most",
            host="mail.kaya.example",
            port=2525,
            security="tls",
            ca=config.parent / "ca.pem",
            user="deniz",
            password=SecretRef(source="file", value=str(config.parent / "smtp.key"), where="channels.most.password"),
            timeout=timedelta(seconds=5),
            data_timeout=timedelta(seconds=90),
            sender="office@kaya.example",
            copy="never",
        ),
    )
    assert settings.notifiers == (
        AppriseSettings(
            name="me",
            urls=(
                SecretRef(source="credential", value="ntfy", where="channels.me.urls[0]"),
                SecretRef(source="command", value=(str(config.parent / "show"), "ntfy"), where="channels.me.urls[1]"),
            ),
        ),
    )
    assert settings.rules.channels == ("least", "most")


@pytest.mark.parametrize(
    ("security", "port"), [pytest.param("starttls", 587), pytest.param("tls", 465), pytest.param("none", 25)]
)
def test_a_port_left_out_is_the_usual_one(based: Based, security: str, port: int) -> None:
    text = f'[channels.m]\ntype = "smtp"\nhost = "localhost"\nsecurity = "{security}"'
    assert [channel.port for channel in based(text).channels if isinstance(channel, SmtpSettings)] == [port]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "::1", "[::1]", "LOCALHOST."])
def test_a_server_on_this_machine_needs_no_tls(based: Based, host: str) -> None:
    based(f'[channels.m]\ntype = "smtp"\nhost = "{host}"\nsecurity = "none"')


def test_the_only_channel_that_reaches_clients_is_taken_beside_others(based: Based) -> None:
    me = '[channels.me]\ntype = "apprise"\nurls = [{ env = "NTFY" }]\n'
    assert based(f'{me}[channels.out]\ntype = "folder"\npath = "out"\n{ACME}').rules.clients[0].policy.channel == "out"
    assert based(f"{me}{ACME}").rules.clients[0].policy.channel is None


def test_a_byte_order_mark_and_crlf_are_no_problem(config: Path, based: Based) -> None:
    from calsync.settings.load import load

    based(ACME)
    config.write_bytes(b"\xef\xbb\xbf" + config.read_bytes().replace(b"\n", b"\r\n"))
    assert load(config).rules.clients[0].key == "acme"
