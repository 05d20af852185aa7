"""A program of its own that hands one notification to apprise: JSON in on stdin, JSON out on stdout, then it is gone.

See `channels.apprise`, which starts it. It imports nothing of calsync's.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import warnings
from typing import Any

# Where others may read along: screens that are shared or stand in a room, logs, and walls that anybody reads.
IN_THE_OPEN = frozenset(
    "dbus glib kde qt gnome macosx windows growl kodi kodis xbmc xbmcs emby embys jellyfin jellyfins enigma2 enigma2s"
    " lametric lametrics dot syslog rsyslog irc ircs x tweet twitter mastodon mastodons toot toots bsky bluesky misskey"
    " misskeys nostr reddit aprs strmlabs".split()
)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what came of it: `status`, an AppriseResultStatus by name, or CHECKED where nothing was to be sent.

    asked: urls, timeout in seconds, and title and body, or null for both; discreet: no body in the open. bad: the
    positions, from 1, of urls that apprise can make nothing of. failed: the names of services that did not take it.
    """
    import apprise

    # Nothing is kept on the disk, and no file or configuration is fetched from elsewhere.
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY)
    services, open_ones, bad = apprise.Apprise(asset=asset), apprise.Apprise(asset=asset), []
    for number, url in enumerate(asked["urls"], 1):
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            bad.append(number)
        elif asked["discreet"] and url.partition(":")[0].strip().lower() in IN_THE_OPEN:
            open_ones.add(service)
        else:
            services.add(service)
    if asked["body"] is None:
        return {"status": "CHECKED", "bad": bad, "failed": []}
    # Apprise takes no notification without a body.
    wanted = ((services, asked["title"], asked["body"]), (open_ones, "", asked["title"]))
    results = [
        some.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT, timeout=asked["timeout"])
        for some, title, body in wanted
        if len(some)
    ]
    failed = [one.name for result in results for one in result if not one]
    # What one of them took is with her.
    status = min((result.status.name for result in results), key=_BEST_FIRST.index, default="NOMATCH")
    return {"status": status, "bad": bad, "failed": failed}


_BEST_FIRST = ("SUCCESS", "PARTIAL", "TIMEOUT", "FAILURE", "NOMATCH")


def main() -> None:
    """Answer what is asked on stdin."""
    # A daemon that waits for signals blocks them, and a program inherits that: this one may be ended at any time.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    # Its words may hold the addresses of services, and those are secrets.
    logging.disable(sys.maxsize)
    warnings.simplefilter("ignore")
    try:
        said = answer(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001 (the kind of error is all that may be told)
        said = {"status": type(error).__name__, "bad": [], "failed": []}
    sys.stdout.write(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)  # a service that hangs in a thread of apprise's is not waited for


if __name__ == "__main__":
    main()
