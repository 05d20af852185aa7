"""The fake by itself: `python -m tests.fakes.google FOLDER` serves until it is ended, and tells where in FOLDER.

It writes client_secret.json, calendar.json and gmail.json (signed in) and, last, root; EVENTS, a list of events with
`calendarId`, is put into its calendars. When it is ended by SIGTERM or Ctrl-C it writes told.json: requests, wrongs,
mails to guests.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
from datetime import datetime
from pathlib import Path

from tests.fakes.google.server import CALENDAR, GMAIL, Google


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.google", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--now", type=datetime.fromisoformat, help="where its clock begins, with an offset")
    parser.add_argument("--zone", default="Europe/Istanbul")
    parser.add_argument("--events", type=Path)
    said = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    google = Google(now=said.now, port=said.port)
    google.start()
    google.calendar(time_zone=said.zone)
    for event in json.loads(said.events.read_text("utf-8")) if said.events else []:
        google.calendar(event.pop("calendarId", "primary"), time_zone=said.zone).put(event)
    google.client_secret(said.folder / "client_secret.json")
    google.token(said.folder / "calendar.json", CALENDAR)
    google.token(said.folder / "gmail.json", GMAIL)
    (said.folder / "root.new").write_text(google.root, encoding="utf-8")
    (said.folder / "root.new").rename(said.folder / "root")  # whoever sees it reads all of it
    ended.wait()
    google.close()
    told = {
        "requests": [[request.call, request.verb, request.path, request.code] for request in google.requests],
        "wrongs": google.wrongs,
        "notified": [[notice.to, notice.kind, notice.event] for notice in google.notified],
        "sent": [sent.raw.decode("utf-8", "replace") for sent in google.gmail.sent],
    }
    (said.folder / "told.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
