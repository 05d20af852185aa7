"""The error tree: what happened, where, and what to do; the class says whether trying again can help."""

from __future__ import annotations

from typing import ClassVar


class CalsyncError(Exception):
    """Base of all. Carries no secret and none of a client's words: it may go to the journal.

    `what` says what happened, `where` names the file, line, key, calendar or event, `hint` says
    what to do. `exit_code` is the status a command ends with (docs/glossary.md, "exit status").
    """

    code: ClassVar[str] = "unexpected"
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint


class Temporary(CalsyncError):
    """Trying again later may succeed without anybody doing anything."""


class Permanent(CalsyncError):
    """Trying again changes nothing: somebody must act first."""


class UsageError(Permanent):
    """The words of a command are wrong, or name nothing that exists; nothing was done."""

    code = "usage"
    exit_code = 2


class ConfigError(Permanent):
    """One problem of the configuration; nothing was done."""

    code = "config"
    exit_code = 2


class NotInThisVersion(ConfigError):
    """A key or command that is documented but not acted on yet: refused, never ignored."""

    code = "not-in-this-version"


class ManyErrors(CalsyncError):
    """Several problems found at once, all of which are shown."""

    code = "several"

    def __init__(self, errors: tuple[CalsyncError, ...], *, hint: str = "") -> None:
        super().__init__(f"{len(errors)} problems", hint=hint)
        self.errors = errors


class ConfigErrors(ManyErrors):
    """Every problem of one configuration file, in the order of its lines."""

    code = "config"
    exit_code = 2


class CalendarUnreadable(Temporary):
    """A calendar was not read whole; nothing may be concluded from what is missing in it."""

    code = "calendar-unreadable"


class CalendarUnwritable(Permanent):
    """A calendar can't be changed without losing something (rights, owner, mode, place)."""

    code = "calendar-unwritable"


class Stale(Temporary):
    """The calendar or event is no longer the one that the change was computed from."""

    code = "stale"


class ChannelUnusable(Permanent):
    """A channel can't take messages at all (folder missing and not creatable, no rights)."""

    code = "channel-unusable"


class SecretUnreadable(Permanent):
    """A secret that the config names is missing, empty or can't be read; carries nothing of it."""

    code = "secret"


class SignInNeeded(Permanent):
    """An account lets calsync in no more, or not to everything it needs, until the owner signs in (again)."""

    code = "sign-in"
    exit_code = 3


class OAuthClientUnusable(Permanent):
    """The file of the OAuth client is missing, broken, or of a kind that no program at home can use."""

    code = "oauth-client"
    exit_code = 2


class AgendaFileUnreadable(Temporary):
    """A client's `agenda_file` can't be used as it is; its calls go on without it."""

    code = "agenda-file"


class LedgerError(Temporary):
    """The ledger can't be used now (disk full, locked for longer than the wait)."""

    code = "ledger"


class LedgerDamaged(Permanent):
    """The ledger can't be used until somebody has acted (damaged, made by a newer version)."""

    code = "ledger-damaged"
    exit_code = 3


class LedgerNewer(LedgerDamaged):
    """A newer version made the ledger: nothing is wrong with it, and it is left alone."""

    code = "ledger-newer"


class StateUnusable(Permanent):
    """The state folder can't be made or written."""

    code = "state-folder"
    exit_code = 2


class LockHeld(Temporary):
    """Another calsync holds this state folder."""

    code = "locked"
    exit_code = 4


class Interrupted(Temporary):
    """A calsync ended while it did this; part of it may be done."""

    code = "interrupted"


class OwnerMust(Permanent):
    """Nothing went wrong, but the owner has to decide before anything goes on."""

    code = "owner-must-act"
    exit_code = 3


class TextError(Permanent):
    """A template or a text can't be rendered (unknown name, bad syntax)."""

    code = "text"
    exit_code = 2
