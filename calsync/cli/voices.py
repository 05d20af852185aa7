"""In which voices the owner speaks to her clients."""

from __future__ import annotations

from dataclasses import replace

from calsync.model.rules import Client, Owner, Rules
from calsync.model.text import Voice
from calsync.planning.facts import voice


def to_contact(client: Client, owner: Owner) -> Voice:
    """Return the voice for the client's contact."""
    return voice(client, owner, client.salutation)


def voices(rules: Rules) -> tuple[Voice, ...]:
    """Return every voice in which anything is written: each language and tone, greeted and not."""
    spoken = {(one.language, one.tone): one for one in (to_contact(client, rules.owner) for client in rules.clients)}
    return tuple(form for one in spoken.values() for form in (one, replace(one, greeted="")))
