"""N2: business first, a minute or two of greeting, and catching up only at the end."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

AT = "2026-11-23 09:00"
FREE = {
    "en.formal": "The last few minutes are for everything else.",
    "tr.formal": "Son birkaç dakika serbest.",
    "tr.close": "Son birkaç dakika serbest.",
    "de.formal": "Die letzten Minuten sind für alles andere.",
    "de.close": "Die letzten Minuten sind für alles andere.",
}


def test_the_agenda_is_laid_out_in_minutes_with_catching_up_last(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    layout = [(line["item"], line["minutes"]) for line in owner.sees("agenda", "client", at=AT)["layout"]]
    first, second = owner.client.agenda
    assert layout == [
        ("greeting", 2), (first.removesuffix(" 10m"), 10), (second, 25), ("close_out", 3), ("catch_up", 5),
    ]  # fmt: skip
    owner.does("sync", at=AT)
    block = owner.blocks("before")[0]
    plan = [block.index(line) for line in ("Hello: 2 min", f"{second}: 25 min", "Close-out: 3 min", "Catching up: 5")]
    assert plan == sorted(plan)
    assert FREE[owner.client.name] in owner.note("a")


def test_catching_up_goes_first_when_the_agenda_is_full_and_what_does_not_fit_is_said(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.does("agenda", "client", "--add", f"{owner.client.open} 28m", at=AT)
    assert [line["item"] for line in owner.sees("agenda", "client", at=AT)["layout"]][-1] == "close_out"
    owner.does("sync", at=AT)
    assert FREE[owner.client.name] not in owner.note("a"), "promised only where it is there"
    owner.does("agenda", "client", "--add", f"{owner.client.added}", at=AT)
    assert "agenda needs 54 of 45 min" in owner.does("plan", at=AT).out
