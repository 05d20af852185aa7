"""Every key of the config: what it takes, its built-in value, what it does, and whether it is there yet.

`python -m calsync.settings.schema` prints the JSON Schema made of it (config/calsync.schema.json).
"""

from __future__ import annotations

import sys
from datetime import timedelta

from calsync.settings.kinds import (
    ADDRESS,
    CLOCK,
    DAYS,
    DOMAIN,
    HOST,
    HOURS,
    LINE,
    LINE_OR_NOTHING,
    LINES,
    NAME,
    PATH,
    PHRASE,
    RATE,
    WEEKLY,
    ZONE,
    Book,
    ByLanguage,
    Choice,
    Duration,
    Flag,
    Integer,
    Many,
)
from calsync.settings.secrets import Secret
from calsync.settings.tables import ByType, Key, Table

LANGUAGE = Choice(("en", "en-US", "tr", "de"))
BUFFER = Duration(timedelta(minutes=5), none=True)
SOME_TIME = Duration()
# A claimed message is believed to be on its way for ten minutes: the answers to it have to come sooner.
ANSWER = Duration(seconds=True, most=timedelta(minutes=2))
LAST_ANSWER = Duration(seconds=True, most=timedelta(minutes=5))
AT_LEAST_5 = Duration(timedelta(minutes=5))
MINUTES = Duration(none=True)
LINE_LIST = Many(LINE)

EXCEPT = (
    *("dinner", "lunch", "birthday", "wedding", "akşam yemeği", "öğle yemeği", "doğum günü", "düğün"),
    *("abendessen", "geburtstag"),
)
AWAY = (
    *("vacation", "on holiday", "sick leave", "out of office", "yıllık izin", "izindeyim", "tatildeyim"),
    *("raporluyum", "urlaub", "krankgeschrieben"),
)

LIMITS = Table("[limits]", (
    Key(name="changes", kind=Integer(1), default=40, help="Calls touched in one cycle; more stops and asks."),
    Key(name="messages", kind=Integer(1), default=20,
        help="Mails that would leave within an hour; more stops and asks."),
))  # fmt: skip

OWNER = Table("[owner]", (
    Key(name="name", kind=LINE, example="Deniz Kaya", required=True, help="Your name."),
    Key(name="sign", kind=LINE, example="Deniz", help="How you sign; left out, your name."),
    Key(name="signature", kind=LINES, example="Deniz Kaya\nkaya.example", help="What stands below how you sign."),
    Key(name="email", kind=ADDRESS, example="deniz@kaya.example", required=True, help="Your address."),
    Key(name="aliases", kind=Many(ADDRESS), default=[], help="Every other address of yours."),
    Key(name="timezone", kind=ZONE, example="Europe/Istanbul", required=True, help="Your time zone, by its IANA name."),
    Key(name="language", kind=LANGUAGE, default="en",
        help="The language of what you read: en, en-US, tr or de."),
    Key(name="work_hours", kind=HOURS, default="08:00-20:00",
        help="A call that starts outside is doubtful: held until you keep it."),
    Key(name="work_days", kind=DAYS, default="mon-fri", help="The days these hours are meant for."),
    Key(name="share", kind=ByLanguage(LINE_LIST, LANGUAGE), default=[], example=["The first tomatoes are red"],
        help="Small true things to give when asked about yourself, or by language: share.tr = [...]; never sent."),
    Key(name="weekly_note", kind=WEEKLY, example="fri 17:00",
        help="When a mail lists calls to tell of, next week's calls and caps; left out, never."),
    Key(name="digest_at", kind=CLOCK, default="17:00",
        help="In observe, on work days: when a mail says what would have been done."),
))  # fmt: skip

_CALENDAR = (
    Key(name="blocks", kind=NAME, example="mine", help="Another calendar that takes this one's blocks."),
    Key(
        name="use",
        kind=Choice(("days_off",)),
        example="days_off",
        help="days_off: no calls in it, its all-day events are days off for clients that name it.",
    ),
)
_ATTENDED = Key(
    name="write_notes", kind=Flag(), default=False, later=True, help="Also write to events that have attendees."
)
_SIGN_IN = (
    Key(
        name="client_secret",
        kind=PATH,
        example="client_secret.json",
        later=True,
        help="The OAuth client of your Google project.",
    ),
    Key(name="endpoint", kind=LINE, later=True, help="Another root for the requests, for tests and proxies."),
)
_USER = Key(
    name="user", kind=LINE, example="deniz@kaya.example", help="The name to sign in with; goes with a password."
)
_PASSWORD = Key(
    name="password", kind=Secret(), example={"credential": "smtp"},
    help="Where the password is: credential, file, env or command.",
)  # fmt: skip

CALENDAR = ByType("calendars", {
    "ics": (Key(name="path", kind=PATH, example="work.ics", required=True,
        help="The file; relative to this one, or ~."), *_CALENDAR),
    "feed": (Key(name="url", kind=Secret(), later=True, help="Where the private address is."), *_CALENDAR),
    "vdir": (Key(name="path", kind=PATH, example="~/.calendars/work", later=True,
        help="The folder."), _ATTENDED, *_CALENDAR),
    "caldav": (
        Key(name="url", kind=LINE, later=True, help="A calendar, or a server where `calendar` is looked up."),
        Key(name="calendar", kind=LINE, example="Work", later=True, help="The name of the calendar on that server."),
        _USER, _PASSWORD, _ATTENDED, *_CALENDAR,
    ),
    "google": (Key(name="calendar", kind=LINE, example="primary", later=True,
        help="A calendar id."), *_SIGN_IN, *_CALENDAR),
}, now={"ics": "work"},
    aside={"holidays_de": {"type": "ics", "path": "holidays_de.ics", "use": "days_off"}})  # fmt: skip

CHANNEL = ByType("channels", {
    "folder": (Key(name="path", kind=PATH, example="outbox", required=True,
        help="The folder that gets one .eml a message."),),
    "smtp": (
        Key(name="host", kind=HOST, example="mail.kaya.example", required=True, help="The mail server."),
        Key(name="port", kind=Integer(1, 65535), example=587,
            help="Its port; left out, 587 for starttls, 465 for tls, 25 for none."),
        Key(name="security", kind=Choice(("starttls", "tls", "none")), default="starttls",
            help="starttls or tls, with a certificate that holds; none only on this machine."),
        Key(name="ca", kind=PATH, example="ca.pem",
            help="Who vouches for the server's certificate, where that is a CA of your own; else the system's."),
        _USER, _PASSWORD,
        Key(name="timeout", kind=ANSWER, default="30s", help="How long an answer is awaited; at most 2m."),
        Key(name="data_timeout", kind=LAST_ANSWER, default="120s",
            help="How long the last answer is awaited, the one that takes the mail; at most 5m."),
        Key(name="from", kind=ADDRESS, example="office@kaya.example",
            help="From and envelope sender; left out, your address. Answers go to you."),
        Key(name="copy", kind=Choice(("auto", "always", "never")), default="auto",
            help="A blind copy to you: auto (where the server keeps none itself), always or never."),
    ),
    "gmail": _SIGN_IN,
    "apprise": (Key(name="urls", kind=Many(Secret(), 1), example=[{"credential": "ntfy"}], required=True,
        help="Where alerts go to you: addresses that Apprise knows, each a secret."),),
}, now={"folder": "outbox", "smtp": "mail", "apprise": "me"})  # fmt: skip

TONE = Key(name="tone", kind=Choice(("formal", "close")), example="formal",
    help="formal (siz, Sie) or close (sen, du); required where the client's language is tr or de.")  # fmt: skip

POLICY = (
    Key(name="per_call", kind=AT_LEAST_5, example="45m",
        help="The longest a call may last; left out, as long as its event."),
    Key(name="buffer_before", kind=BUFFER, default="5m", help="The block before a call; 0m is none."),
    Key(name="buffer_after", kind=BUFFER, default="10m", help="The block after a call; 0m is none."),
    Key(name="block_titles", kind=Many(LINE, 2, 2), default=["Prep", "Wrap-up"],
        help="Titles of both blocks; never a client's name."),
    Key(name="message_before", kind=Many(SOME_TIME, 1, bare=True), default="1d",
        help='When the message goes, before the start; or several: ["1d", "1h"]; none shorter than least_notice.'),
    Key(name="messages", kind=Choice(("each",), later=("week",)), default="each",
        help="each: a message for each call (later: week, one for all calls of a week)."),
    Key(name="least_notice", kind=MINUTES, default="30m",
        help="With less than this before the call, nothing is sent by itself."),
    Key(name="polite_hours", kind=HOURS, default="08:30-19:00",
        help="When mail may reach a client, on the client's clock."),
    Key(name="polite_days", kind=DAYS, default="mon-fri", help="The days for it."),
    Key(name="over_cap", kind=Choice(("note", "tell")), default="note",
        help="An event longer than per_call: note (say the hard stop) or tell (only you hear of it)."),
    Key(name="longest", kind=AT_LEAST_5, default="4h", help="A longer event is doubtful: held until you keep it."),
    Key(name="except", kind=LINE_LIST, default=list(EXCEPT), help="Whole words in a title that make an event no call."),
    Key(name="away", kind=LINE_LIST, default=list(AWAY),
        help="Whole words in all-day titles of yours that make days off: messages are held."),
    Key(name="send", kind=Choice(("auto", "veto", "ask", "off")), default="auto",
        help="auto, veto (you are told 2 h before, and can stop it), ask (waits for your approval) or off."),
    Key(name="channel", kind=NAME, example="outbox", help="Which channel; may be left out where there is only one."),
    Key(name="agenda", kind=ByLanguage(LINE_LIST, LANGUAGE), default=[], example=["Status 10m", "Decisions"],
        help="The usual agenda, or by language: agenda.tr = [...]; used only in its own language."),
    Key(name="greeting", kind=MINUTES, default="2m", help="Kept for the greeting."),
    Key(name="close_out", kind=MINUTES, default="3m", help="Kept for the close-out."),
    Key(name="catch_up", kind=MINUTES, default="5m", help="Kept free at the end for everything else; the first to go."),
    Key(name="nudges", kind=Many(SOME_TIME), default=["10m", "2m"],
        help="When you are told before the hard stop, beside its start and the stop; by apprise only; [] for never."),
    Key(name="ask_if_matters", kind=Integer(0), default=8,
        help='"Something I should know": in the first message and every 8th; 1 always, 0 never.'),
    Key(name="cap_alerts", kind=Many(Integer(1, 1000)), default=[80, 100],
        help="You are alerted when the plan crosses so many percent of a cap; [] never."),
    Key(name="group_from", kind=Integer(2), default=3,
        help="From so many people on, you included, a call is a group call."),
    Key(name="keep_texts", kind=SOME_TIME, default="90d",
        help="How long texts and reasons are kept after their call."),
    Key(name="keep_minutes", kind=SOME_TIME, default="760d",
        help="How long calls and their figures are kept."),
)  # fmt: skip

DEFAULTS = Table("[defaults]", (TONE, *POLICY))

MATCH = Table("match", (
    Key(name="emails", kind=Many(ADDRESS), default=[], example=["a.yilmaz@acme.example"],
        help="More addresses that match."),
    Key(name="domains", kind=Many(DOMAIN), default=[], example=["acme.example"],
        help="Domains that match; no public mail domain."),
    Key(name="titles", kind=LINE_LIST, default=[], example=["*acme*"],
        help="Titles, for events without attendees; * is anything."),
    Key(name="private", kind=Flag(), default=False, help="Also events that are marked private."),
))  # fmt: skip

CLIENT_ONLY = (
    Key(name="name", kind=LINE, example="Acme", help="The name you read; left out, the client's key."),
    Key(name="salutation", kind=LINE_OR_NOTHING, example="Ayşe", help="How the contact is greeted, and nobody else."),
    Key(name="email", kind=ADDRESS, example="ayse@acme.example", help="The contact; also matches."),
    Key(name="people", kind=Book(ADDRESS, LINE_OR_NOTHING, "addresses with names"), default={},
        example={"can@acme.example": "Can"}, help="Others who get messages too, and how they are greeted."),
    Key(name="match", kind=MATCH, help="What else makes an event a call with this client."),
    Key(name="language", kind=LANGUAGE, example="en", help="en, en-US, tr or de; left out, yours."),
    Key(name="timezone", kind=ZONE, example="Europe/Berlin", help="Left out, yours."),
    Key(name="per_week", kind=SOME_TIME, example="2h", help="A cap for the week."),
    Key(name="per_month", kind=SOME_TIME, example="6h", help="A cap for the month."),
    Key(name="rate", kind=RATE, example="90 EUR", help="What an hour costs."),
    Key(name="agenda_file", kind=PATH, example="acme.txt",
        help="A text file of standing items, a line each, in place of `agenda`; read anew when it changes."),
    Key(name="phrases", kind=Book(PHRASE, Many(LINE, 1), "lists by kind"), default={},
        example={"redirect": ["Shall we get the plan done first?"]},
        help="Your own words for a call, by kind, in place of ours; private. `calsync phrases NAME` shows the kinds."),
    Key(name="shared", kind=Flag(), default=False, help="It has been personal so far: the announcement may say so."),
    Key(name="reset", kind=Flag(), default=False,
        help="Announce once, with the next message, that calls keep to time."),
    Key(name="reset_because", kind=LINE, example="My week has filled up.",
        help="How you came to it; told to the client."),
    Key(name="days_off", kind=Many(NAME), default=[], example=["holidays_de"],
        help="Calendars with use = \"days_off\" that count for this client."),
)  # fmt: skip

CLIENT = Table("[clients.NAME]", (CLIENT_ONLY[0], TONE, *CLIENT_ONLY[1:], *POLICY))

ROOT = Table("the top of the file", (
    Key(name="mode", kind=Choice(("observe", "act")), default="observe",
        help="observe: plan and tell you, change and send nothing; act: do it. `calsync act` sets it."),
    Key(name="state_dir", kind=PATH, example="state",
        help="Ledger, backups and lock; left out, $STATE_DIRECTORY or $XDG_STATE_HOME/calsync."),
    Key(name="horizon", kind=SOME_TIME, default="14d", help="How far ahead calls are in view."),
    Key(name="poll", kind=Duration(seconds=True), default="5m", help="How often calendars are read."),
    Key(name="templates", kind=PATH, example="templates",
        help="A folder with texts of your own, by language, tone and name."),
    Key(name="limits", kind=LIMITS, help="More than this stops and asks."),
    Key(name="owner", kind=OWNER, required=True, help="You."),
    Key(name="calendars", kind=Book(NAME, CALENDAR, "[calendars.NAME]", 1, "work"), required=True,
        help="Where your events are."),
    Key(name="channels", kind=Book(NAME, CHANNEL, "[channels.NAME]", 0, "outbox"),
        help="What messages go through; without one they are held."),
    Key(name="defaults", kind=DEFAULTS, help="What every client has unless it says otherwise."),
    Key(name="clients", kind=Book(NAME, CLIENT, "[clients.NAME]", 0, "acme"), help="Your clients."),
))  # fmt: skip


def json_schema() -> str:
    """Return the JSON Schema (2020-12) of a config, with a final newline."""
    import json  # reading a config never needs it

    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "calsync's config.toml",
        "description": "Made from the definitions of the settings; change it there.",
    }
    return json.dumps(head | ROOT.schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
