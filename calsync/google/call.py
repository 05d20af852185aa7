"""One call of an API: what it gives back, or what went wrong; repeated only where that does no harm."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

from calsync.errors import CalsyncError
from calsync.google.errors import Failing, GoogleError, Lost, RateLimited, Unreachable
from calsync.google.refusals import refusal

_FIRST = 1.0
_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited between two tries, and in all: seconds. wait, chance: for tests, and to be woken early.

    wait returns False where nobody wants to wait any longer.
    """

    most: float = 64.0
    tries: int = 6
    wait: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = _RANDOM.random


PATIENCE = Patience()


def call(request: Any, *, again: bool, patience: Patience = PATIENCE) -> dict[str, Any]:
    """Run one request of a googleapiclient Resource and return its answer; empty where Google gives none (204).

    again: it may be repeated: it reads, or it carries an id or If-Match. Then it waits for rate limits to pass
    (doubling, by chance, and at least Retry-After), and reads are tried anew after other passing errors too. A write
    that may have been done is never repeated here: who asked looks first.

    Raises:
        SignInNeeded: see there. GoogleError: one of its classes.
    """
    waited, pause, tries = 0.0, _FIRST, 0
    while True:
        try:
            return _once(request)
        except GoogleError as error:
            tries += 1
            if not again or not _may_repeat(request, error) or tries >= patience.tries:
                raise
            pause_now = max(error.after or 0.0, pause * (0.5 + patience.chance()))
            if waited + pause_now > patience.most or patience.wait(pause_now) is False:
                raise
            waited, pause = waited + pause_now, pause * 2


def _may_repeat(request: Any, error: GoogleError) -> bool:
    if isinstance(error, RateLimited | Unreachable):
        return True
    return request.method == "GET" and isinstance(error, Failing | Lost)


def _once(request: Any) -> dict[str, Any]:
    try:
        found = request.execute(num_retries=0)
    except HttpError as error:
        headers = {str(name).lower(): str(value) for name, value in error.resp.items()}
        raise _refused(error, headers) from None
    except (ValueError, RecursionError, EOFError):
        raise Lost("what came is no answer of Google's, or only a part of one") from None
    if found in ("", None):
        return {}
    if not isinstance(found, dict):
        raise Lost("what came is no answer of Google's")
    return found


def _refused(error: HttpError, headers: dict[str, str]) -> CalsyncError:
    return refusal(int(error.resp.status), headers, error.content or b"")
