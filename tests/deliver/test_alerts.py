"""Telling the owner: once per problem and once that it is over, by whoever reaches her, and nothing private."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calsync.channels.folder import FolderChannel
from calsync.deliver.alerts import NOTHING, Told, tell
from calsync.errors import LedgerError
from calsync.ledger.sqlite import SqliteLedger, open_ledger
from calsync.model.alert import AlertFacts, AlertKind
from calsync.ports import Channel, Fate, Notifier, Outcome
from calsync.words.render import Words
from tests.contract.ledger import MINUTE, NOW
from tests.deliver.test_mail import OWNER
from tests.deliver.test_run import Post
from tests.desk import Desk, at, call, config

HOUR = timedelta(hours=1)
WORDS = Words()
NO = Outcome(fate=Fate.DEFERRED, why="it was not taken (ntfy)")


class Pager:
    """A notifier that answers as it is told; `heard` is what arrived."""

    def __init__(self, name: str = "me", answer: Outcome | Exception | None = None) -> None:
        self.name = name
        self.answer: Outcome | Exception = answer or Outcome(fate=Fate.ACCEPTED)
        self.asked = 0
        self.heard: list[tuple[str, str]] = []

    def notify(self, title: str, body: str, *, discreet: bool = False) -> Outcome:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer.fate is Fate.ACCEPTED:
            self.heard.append((title, body))
        return self.answer

    def check(self) -> str:
        return ""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with closing(open_ledger(tmp_path / "state")) as ledger:
        yield ledger


def told(ledger: SqliteLedger, *notifiers: Notifier, now: datetime = NOW, **mailers: Channel) -> Told:
    return tell(ledger, notifiers, mailers, WORDS, OWNER, now)


def unread(ledger: SqliteLedger, now: datetime = NOW, name: str = "work") -> None:
    ledger.alert(f"calendar:{name}", now, "…", AlertFacts(kind=AlertKind.CALENDAR, name=name, why="no such file"))


def read(ledger: SqliteLedger, now: datetime) -> None:
    ledger.clear_alert("calendar:work", at=now, recovered="the calendar is read again")


def test_where_there_is_nothing_to_tell_nobody_is_asked(ledger: SqliteLedger) -> None:
    pager = Pager()
    assert told(ledger, pager) == NOTHING and pager.asked == 0


def test_a_problem_is_told_once_and_once_that_it_is_over(ledger: SqliteLedger) -> None:
    pager = Pager()
    for minute in range(0, 60, 5):
        unread(ledger, NOW + minute * MINUTE)
        told(ledger, pager, now=NOW + minute * MINUTE)
    for minute in range(60, 120, 5):
        read(ledger, NOW + minute * MINUTE)
        told(ledger, pager, now=NOW + minute * MINUTE)
    assert [title for title, _ in pager.heard] == ["calsync: 1 thing needs you", "calsync: 1 problem is over"]
    assert "“work” was not read: no such file." in pager.heard[0][1] and "read again" in pager.heard[1][1]


def test_several_problems_are_one_notification_in_the_owners_language(ledger: SqliteLedger) -> None:
    unread(ledger)
    ledger.alert("large", NOW, "…")
    pager = Pager()
    done = tell(ledger, [pager], {}, WORDS, replace(OWNER, language="tr"), NOW)
    assert ([alert.key for alert in done.alerts], done.by, done.failed) == (["calendar:work", "large"], ("me",), ())
    ((title, body),) = pager.heard
    assert title == "calsync: ilgi bekleyen 2 konu" and "takvimi okunamadı" in body and "Büyük bir" in body


def test_every_notifier_is_told_and_one_that_takes_it_is_enough(ledger: SqliteLedger) -> None:
    unread(ledger)
    dead, broken, alive = Pager("dead", NO), Pager("broken", ValueError("a secret")), Pager("alive")
    done = told(ledger, dead, broken, alive)
    assert done.by == ("alive",)
    assert done.failed == (("dead", NO.why), ("broken", "it failed unexpectedly (ValueError)"))
    assert told(ledger, dead, broken, alive, now=NOW + 9 * HOUR) == NOTHING and len(alive.heard) == 1


def test_what_nobody_takes_is_tried_again_with_doubling_pauses_up_to_an_hour(ledger: SqliteLedger) -> None:
    unread(ledger)
    pager, tries = Pager(answer=NO), []
    for minute in range(8 * 60):
        before = pager.asked
        assert told(ledger, pager, now=NOW + minute * MINUTE).alerts == ()
        tries += [minute] if pager.asked > before else []
    assert tries[:8] == [0, 1, 3, 7, 15, 31, 63, 123] and tries[8] == 183
    pager.answer = Outcome(fate=Fate.ACCEPTED)
    assert told(ledger, pager, now=NOW + 9 * HOUR).by == ("me",)
    read(ledger, NOW + 10 * HOUR)
    assert told(ledger, pager, now=NOW + 10 * HOUR).by == ("me",)  # the pauses of the other are over


def test_a_new_problem_does_not_wait_for_an_older_one(ledger: SqliteLedger) -> None:
    unread(ledger)
    pager = Pager(answer=NO)
    for now in (NOW, NOW + MINUTE):
        told(ledger, pager, now=now)
    pager.answer = Outcome(fate=Fate.ACCEPTED)
    unread(ledger, NOW + 2 * MINUTE, "home")
    assert [alert.key for alert in told(ledger, pager, now=NOW + 2 * MINUTE).alerts] == ["calendar:home"]


def test_a_notifier_that_may_have_taken_it_is_not_believed(ledger: SqliteLedger) -> None:
    unread(ledger)
    assert told(ledger, Pager(answer=Outcome(fate=Fate.UNCERTAIN, why="no answer"))).alerts == ()
    assert told(ledger, Pager(), now=NOW + MINUTE).by == ("me",)


def test_a_death_before_the_commit_tells_her_twice(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    unread(ledger)
    pager = Pager()
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "told", lambda *_: (_ for _ in ()).throw(LedgerError("the disk is full")))
        with pytest.raises(LedgerError):
            told(ledger, pager)
    assert told(ledger, pager).by == ("me",) and len(pager.heard) == 2


def test_nothing_is_begun_when_it_is_to_end(ledger: SqliteLedger) -> None:
    unread(ledger)
    first, second = Pager("first"), Pager("second")
    done = tell(ledger, [first, second], {}, WORDS, OWNER, NOW, stopping=lambda: bool(first.asked))
    assert (first.asked, second.asked, done) == (1, 0, NOTHING)
    assert told(ledger, first, second).by == ("first", "second")


def test_without_any_way_to_her_it_stands_in_status_and_is_told_when_there_is_one(ledger: SqliteLedger) -> None:
    unread(ledger)
    assert told(ledger) == NOTHING and len(ledger.alerts()) == 1
    assert told(ledger, Pager()).by == ("me",)


def in_folder(folder: Path) -> list[EmailMessage]:
    files = sorted((folder / "owner").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def test_without_a_notifier_it_goes_by_mail_to_herself_through_the_first_channel(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    unread(ledger)
    post = Post()
    assert told(ledger, mail=FolderChannel("mail", tmp_path / "out"), other=post).by == ("mail",)
    (mail,) = in_folder(tmp_path / "out")
    assert (mail["To"], mail["Subject"]) == (OWNER.email, "calsync: 1 thing needs you")
    assert OWNER.email in mail["From"] and mail["Auto-Submitted"] == "auto-generated"
    assert list((tmp_path / "out").glob("*.eml")) == [] and post.tried == []


def test_mail_to_herself_that_can_not_go_is_tried_again_and_the_connection_let_go(ledger: SqliteLedger) -> None:
    unread(ledger)
    post = Post(Outcome(fate=Fate.DEFERRED, why="421"))
    assert told(ledger, mail=post) == Told(failed=(("mail", "421"),)) and post.closed
    assert told(ledger, mail=post) == NOTHING
    assert told(ledger, mail=post, now=NOW + MINUTE).by == ("mail",)
    assert len({mail.message_id for mail in post.tried}) == 2 and all(mail.private for mail in post.tried)


def test_where_there_is_a_notifier_no_mail_goes(ledger: SqliteLedger) -> None:
    unread(ledger)
    post = Post()
    told(ledger, Pager(answer=NO), mail=post)
    assert post.tried == []


# The whole house


Made = Callable[..., Desk]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(*events: str, **how: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**how))
        desk.put(*events)
        return desk

    return make


def heard(desk: Desk) -> list[str]:
    """Return what the owner found in her mail so far, earliest first."""
    parts = [mail.get_body(("plain",)) for mail in in_folder(desk.folder / "outbox")]
    return [part.get_content().strip() for part in parts if part is not None]


@pytest.mark.parametrize("mode", ["act", "observe"])
def test_a_calendar_that_can_not_be_read_is_told_once_and_when_it_is_back(made: Made, mode: str) -> None:
    desk = made(call("a", "25 15:00"), mode=mode)
    file = desk.folder / "work.ics"
    desk.sync_at("23 09:00")
    file.rename(file.with_suffix(".away"))
    desk.sync_at(*(f"23 09:{minute}" for minute in range(10, 50, 5)))
    file.with_suffix(".away").rename(file)
    desk.sync_at("23 10:00", "23 10:05")
    file.rename(file.with_suffix(".away"))  # a share that comes and goes
    desk.sync_at("23 10:20", "23 10:55")
    assert heard(desk) == [
        "The calendar “work” was not read: the calendar file can't be read: No such file or directory. "
        "Until it is, nothing is written or sent for its calls.",
        "The calendar “work” is read again.",
    ]
    desk.sync_at("23 11:00")
    assert len(heard(desk)) == 3


def test_a_large_change_is_told_once_with_the_command_for_the_plan_that_waits(made: Made) -> None:
    desk = made(*(call(f"c{day}", f"{day} 15:00") for day in (25, 26)), more="[limits]\nchanges = 1\n")
    desk.now = at("23 09:00")
    for _ in range(3):
        digest = desk.plan().digest
        assert desk.sync().large
        desk.later(minutes=5)
    (said,) = heard(desk)
    assert said == (
        "A large change waits for your word: 2 calls, 2 messages. See it: calsync plan · "
        f"Carry it out: calsync sync --digest {digest}"
    )
    desk.sync(digest=digest)
    assert len(heard(desk)) == 1


def test_a_calendar_that_is_taken_out_of_the_config_is_no_problem_any_more(made: Made) -> None:
    desk = made(call("a", "25 15:00"), more="[calendars.old]\ntype = 'ics'\npath = 'old.ics'\n")
    desk.sync_at("23 09:00")
    desk.config(config())
    desk.sync_at("23 09:05", "23 09:10")
    house = desk.house()
    assert house.ledger.alerts() == () and len(heard(desk)) == 1
    house.close()


def test_a_message_that_asks_is_told_once_and_approving_it_tells_nothing_more(made: Made) -> None:
    desk = made(call("a", "23 09:20"))
    assert desk.sync_at("23 09:00", "23 09:05") == []
    (said,) = heard(desk)
    assert "acme (call on Monday 23 November, 09:20) waits for your word." in said
    assert f"calsync outbox approve {desk.row('asks').id[:6]}" in said
    desk.say("approve", "asks")
    assert len(desk.sync_at("23 09:06", "23 09:07")) == 1 and len(heard(desk)) == 1


def test_a_message_that_is_put_off_again_and_again_is_told_and_that_it_went(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    desk.now = at("24 15:00")
    pager, post = Pager(), Post(*[Outcome(fate=Fate.DEFERRED, why="451 <ayse@acme.example> greylisted")] * 4)
    for _ in range(8):
        house = desk.house()
        house.channels, house.notifiers = {"mail": post}, (pager,)
        house.deliver(desk.now)
        house.close()
        desk.later(minutes=6)
    assert [title for title, _ in pager.heard] == ["calsync: 1 thing needs you", "calsync: 1 problem is over"]
    assert "could not be sent in 3 tries" in pager.heard[0][1] and "sent after all" in pager.heard[1][1]


def test_a_message_that_was_put_off_and_whose_call_is_gone_is_no_problem_any_more(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    pager, post = Pager(), Post(*[Outcome(fate=Fate.DEFERRED, why="451")] * 9)
    for hours in range(5):
        desk.now = at(f"24 {15 + hours}:00")
        house = desk.house()
        house.channels, house.notifiers = {"mail": post}, (pager,)
        if hours == 4:
            assert len(house.ledger.alerts()) == 1
            desk.put()
        house.sync(desk.now, force=True)
        standing = house.ledger.alerts()
        house.close()
    assert standing == () and len(pager.heard) == 1


def test_a_message_that_becomes_unknown_after_it_was_put_off_is_told_again(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    desk.now = at("24 15:00")
    put_off = [Outcome(fate=Fate.DEFERRED, why="451")] * 3
    pager, post = Pager(), Post(*put_off, Outcome(fate=Fate.UNCERTAIN, why="no answer"))
    for _ in range(8):
        house = desk.house()
        house.channels, house.notifiers = {"mail": post}, (pager,)
        house.deliver(desk.now)
        house.close()
        desk.later(minutes=6)
    assert ["may or may not" in body for _, body in pager.heard] == [False, True]


def test_an_unknown_one_that_she_approved_is_not_told_when_it_went(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    desk.now = at("24 15:00")
    pager, post = Pager(), Post(Outcome(fate=Fate.UNCERTAIN, why="no answer"))
    for _ in range(2):
        house = desk.house()
        house.channels, house.notifiers = {"mail": post}, (pager,)
        house.sync(desk.now)
        house.close()
        if post.outcomes == [] and len(post.tried) == 1:
            desk.say("approve", "unknown")
        desk.later(minutes=6)
    assert len(post.tried) == 2 and ["may or may not" in body for _, body in pager.heard] == [True]


SECRET = st.text("QXZÇŞİqxz", min_size=6, max_size=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=SECRET, local=SECRET, host=SECRET, body=SECRET,
    language=st.sampled_from(["en", "tr"]),
    fate=st.sampled_from([Fate.REFUSED, Fate.UNCERTAIN, Fate.DEFERRED]),
    when=st.sampled_from(["23 09:20", "25 15:00"]),
    away=st.booleans(),
)  # fmt: skip
def test_no_title_address_or_text_of_anybody_ever_reaches_a_notification(
    tmp_path_factory: pytest.TempPathFactory,
    title: str, local: str, host: str, body: str, language: str, fate: Fate, when: str, away: bool,
) -> None:  # fmt: skip
    host = f"{host.encode('ascii', 'ignore').decode().lower()}xq.example"
    local = f"{local.encode('ascii', 'ignore').decode().lower()}xq"
    desk = Desk(tmp_path_factory.mktemp("desk"))
    text = config(client="agenda = ['" + body + "']").replace("acme.example", host)
    desk.config(
        text.replace('timezone = "Europe/Istanbul"\n[ch', f'timezone = "Europe/Istanbul"\nlanguage = "{language}"\n[ch')
    )
    desk.put(call("a", when, 60, f"SUMMARY:{title}", f"DESCRIPTION:Agenda:\\n{body}", who=[f"{local}@{host}"]))
    pager, post = Pager(), Post(*[Outcome(fate=fate, why=f"550 <{local}@{host}> {title} {body}")] * 9)
    desk.now = at("23 09:00")
    for hours in (0, 30, 1, 1, 1):
        desk.later(hours=hours)
        if away and hours == 30:
            desk.write(f"BEGIN:VCALENDAR\r\nX-{title}:{body} {local}@{host}\r\n")
        house = desk.house()
        house.channels, house.notifiers = {"mail": post}, (pager,)
        house.sync(desk.now)
        house.close()
    said = "\n".join(f"{one}\n{other}" for one, other in pager.heard)
    assert said and ("acme" in said or "work" in said)
    assert not [word for word in (title, local, host, body, "@") if word in said]
