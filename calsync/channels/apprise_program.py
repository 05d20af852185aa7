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


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what came of it: `status`, an AppriseResultStatus by name, or CHECKED where nothing was to be sent.

    asked: urls, timeout in seconds, and title and body, or null for both. bad: the positions, from 1, of urls that
    apprise can make nothing of. failed: the names of services that did not take it.
    """
    import apprise

    # Nothing is kept on the disk, and no file or configuration is fetched from elsewhere.
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY)
    services, bad = apprise.Apprise(asset=asset), []
    for number, url in enumerate(asked["urls"], 1):
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            bad.append(number)
        else:
            services.add(service)
    if asked["body"] is None:
        return {"status": "CHECKED", "bad": bad, "failed": []}
    result = services.notify(
        title=asked["title"], body=asked["body"], body_format=apprise.NotifyFormat.TEXT, timeout=asked["timeout"]
    )
    failed = [one.name for one in result if not one]
    return {"status": result.status.name, "bad": bad, "failed": failed}


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
