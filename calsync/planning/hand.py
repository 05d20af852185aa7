"""What is at hand in one call, for nudges and for `now`: what is true of it, and in whose words it is said."""

from __future__ import annotations

from dataclasses import dataclass

from calsync.model.call import Call
from calsync.model.memory import Memory
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.model.text import PrepFacts, Voice
from calsync.planning.calls import Found
from calsync.planning.facts import following, prep_facts, voice
from calsync.planning.phrases import turns
from calsync.planning.plan import agenda_of


@dataclass(frozen=True, slots=True)
class Hand:
    """How the client of a call is spoken to, and what is said of the call."""

    voice: Voice
    facts: PrepFacts


def in_hand(call: Call, found: Found, snapshot: Snapshot, rules: Rules, memory: Memory) -> Hand:
    """Return what is at hand in `call`, one of those found in `snapshot`: the same words as in its prep text."""
    coming = following(found.calls, whole=snapshot.whole, now=snapshot.now)
    turn = turns(found.calls, memory, snapshot)
    facts = prep_facts(
        call, agenda_of(call, memory), coming[call.name], rules.owner, note=None, spoken={}, turn=turn[call.name]
    )
    return Hand(voice(call.client, rules.owner, call.client.salutation), facts)
