"""The ledger's tables, as numbered steps of plain SQL; a step that has been released is never edited."""

from __future__ import annotations

# Instants are text in UTC, always of one width, so that comparing texts compares instants; a slot may be a date.
# Every key begins with the owner: one file may serve several some day, and no query can forget whose rows it reads.
_FIRST = (
    """
    CREATE TABLE owners (
        owner        TEXT NOT NULL PRIMARY KEY,
        installation TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE calls (
        owner      TEXT NOT NULL,
        name       TEXT NOT NULL,
        uid        TEXT NOT NULL,
        slot       TEXT,
        calendar   TEXT NOT NULL,
        client     TEXT NOT NULL,
        summary    TEXT NOT NULL,
        start      TEXT NOT NULL,
        hard_stop  TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        gone_at    TEXT,
        became     TEXT NOT NULL,
        PRIMARY KEY (owner, name)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE written (
        owner    TEXT NOT NULL,
        call     TEXT NOT NULL,
        role     TEXT NOT NULL,
        calendar TEXT NOT NULL,
        uid      TEXT NOT NULL,
        slot     TEXT,
        start    TEXT NOT NULL,
        flex     INTEGER NOT NULL,
        essence  TEXT NOT NULL,
        text     TEXT NOT NULL,
        PRIMARY KEY (owner, call, role)
    ) WITHOUT ROWID
    """,
    # run and lease_until belong to a claim: who has it, and until when it is believed to be alive.
    """
    CREATE TABLE messages (
        owner       TEXT NOT NULL,
        call        TEXT NOT NULL,
        recipient   TEXT NOT NULL,
        start       TEXT NOT NULL,
        kind        TEXT NOT NULL,
        revision    INTEGER NOT NULL,
        client      TEXT NOT NULL,
        hard_stop   TEXT NOT NULL,
        send_at     TEXT NOT NULL,
        expires_at  TEXT NOT NULL,
        state       TEXT NOT NULL,
        subject     TEXT NOT NULL,
        body        TEXT NOT NULL,
        form        TEXT NOT NULL,
        channel     TEXT NOT NULL,
        calendar    TEXT NOT NULL,
        why         TEXT NOT NULL,
        asked       INTEGER NOT NULL,
        agenda      TEXT NOT NULL,
        per_call    INTEGER,
        flex        INTEGER NOT NULL,
        approved    INTEGER NOT NULL,
        thread      TEXT NOT NULL,
        sent_at     TEXT,
        attempts    INTEGER NOT NULL,
        retry_at    TEXT,
        epoch       INTEGER NOT NULL,
        run         TEXT,
        lease_until TEXT,
        PRIMARY KEY (owner, call, recipient, start, kind, revision)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX messages_by_state ON messages (owner, state, send_at)",
    """
    CREATE TABLE decisions (
        owner   TEXT NOT NULL,
        subject TEXT NOT NULL,
        series  INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        client  TEXT NOT NULL,
        at      TEXT NOT NULL,
        PRIMARY KEY (owner, subject, series)
    ) WITHOUT ROWID
    """,
    # All of them, not only the last: how often a call was flexed is counted.
    """
    CREATE TABLE flexes (
        owner   TEXT NOT NULL,
        call    TEXT NOT NULL,
        number  INTEGER NOT NULL,
        minutes INTEGER NOT NULL,
        because TEXT NOT NULL,
        at      TEXT NOT NULL,
        PRIMARY KEY (owner, call, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE agenda (
        owner    TEXT NOT NULL,
        call     TEXT NOT NULL,
        position INTEGER NOT NULL,
        item     TEXT NOT NULL,
        PRIMARY KEY (owner, call, position)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE pauses (
        owner  TEXT NOT NULL,
        client TEXT NOT NULL,
        since  TEXT NOT NULL,
        until  TEXT,
        note   TEXT NOT NULL,
        PRIMARY KEY (owner, client)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE announcements (
        owner    TEXT NOT NULL,
        client   TEXT NOT NULL,
        because  TEXT NOT NULL,
        at_once  INTEGER NOT NULL,
        at       TEXT NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (owner, client)
    ) WITHOUT ROWID
    """,
    # busy: spans as "start/end", a space between them; read and replaced as a whole, never searched.
    """
    CREATE TABLE calendars (
        owner      TEXT NOT NULL,
        name       TEXT NOT NULL,
        read_at    TEXT,
        events     INTEGER NOT NULL,
        error      TEXT NOT NULL,
        empty_at   TEXT,
        foreign_at TEXT,
        busy       TEXT NOT NULL,
        PRIMARY KEY (owner, name)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE journal (
        number INTEGER PRIMARY KEY,
        owner  TEXT NOT NULL,
        at     TEXT NOT NULL,
        what   TEXT NOT NULL,
        place  TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE alerts (
        owner TEXT NOT NULL,
        key   TEXT NOT NULL,
        at    TEXT NOT NULL,
        what  TEXT NOT NULL,
        PRIMARY KEY (owner, key)
    ) WITHOUT ROWID
    """,
)

# begun_at: since when a claimed message may have left. told_at, cleared_at: what the owner was told of an alert.
# requests: what a command asked of the running daemon, and its answer; both are JSON.
_DAEMON = (
    "ALTER TABLE messages ADD COLUMN begun_at TEXT",
    "ALTER TABLE alerts ADD COLUMN told_at TEXT",
    "ALTER TABLE alerts ADD COLUMN cleared_at TEXT",
    "ALTER TABLE alerts ADD COLUMN recovered TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE alerts ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE alerts ADD COLUMN retry_at TEXT",
    # How many claims there ever were: compared with a stamp beside the file, it tells an older copy of the ledger.
    "ALTER TABLE owners ADD COLUMN claims INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE requests (
        number  INTEGER PRIMARY KEY AUTOINCREMENT,
        owner   TEXT NOT NULL,
        at      TEXT NOT NULL,
        what    TEXT NOT NULL,
        state   TEXT NOT NULL,
        answer  TEXT
    )
    """,
)

# facts: what a notification may say of an alert, as JSON.
_NOTICES = ("ALTER TABLE alerts ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'",)

# restored_at: since when the ledger stands in the place of a later one: an older copy, or begun anew.
_RESTORED = ("ALTER TABLE owners ADD COLUMN restored_at TEXT",)

# open: items as a JSON list. once: what was done once, by a key that names it. forgotten: ids of messages.
_DIARY = (
    """
    CREATE TABLE told (
        owner   TEXT NOT NULL,
        call    TEXT NOT NULL,
        client  TEXT NOT NULL,
        start   TEXT NOT NULL,
        minutes INTEGER,
        because TEXT NOT NULL,
        decided TEXT NOT NULL,
        open    TEXT NOT NULL,
        prep    TEXT NOT NULL,
        at      TEXT NOT NULL,
        PRIMARY KEY (owner, call)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE lates (
        owner   TEXT NOT NULL,
        call    TEXT NOT NULL,
        start   TEXT NOT NULL,
        minutes INTEGER NOT NULL,
        because TEXT NOT NULL,
        shift   INTEGER NOT NULL,
        at      TEXT NOT NULL,
        PRIMARY KEY (owner, call)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE notes (
        number INTEGER PRIMARY KEY,
        owner  TEXT NOT NULL,
        client TEXT NOT NULL,
        text   TEXT NOT NULL,
        until  TEXT NOT NULL,
        at     TEXT NOT NULL
    )
    """,
    "CREATE TABLE carried (owner TEXT NOT NULL, call TEXT NOT NULL, PRIMARY KEY (owner, call)) WITHOUT ROWID",
    """
    CREATE TABLE once (
        owner TEXT NOT NULL,
        key   TEXT NOT NULL,
        at    TEXT NOT NULL,
        PRIMARY KEY (owner, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE forgotten (
        owner  TEXT NOT NULL,
        digest TEXT NOT NULL,
        at     TEXT NOT NULL,
        PRIMARY KEY (owner, digest)
    ) WITHOUT ROWID
    """,
)

# together: a group call; items that are carried over from a one-to-one call pass it by.
_TOGETHER = ("ALTER TABLE calls ADD COLUMN together INTEGER NOT NULL DEFAULT 0",)

# turn: which phrases the owner has at hand in a call; they take turns from call to call with a client.
_TURNS = ("ALTER TABLE calls ADD COLUMN turn INTEGER",)

# When each part of what was told of a call was last told otherwise; where that is not known, when all of it was.
_TOLD_AT = tuple(f"ALTER TABLE told ADD COLUMN {part}_at TEXT" for part in ("ran", "closed", "open"))

STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _DAEMON, _NOTICES, _RESTORED, _DIARY, _TOGETHER, _TURNS, _TOLD_AT)
NEWEST = len(STEPS)
