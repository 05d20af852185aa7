"""N7: "tell me what I should know": in the announcement, the first message and every 8th."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

AT = "2026-11-23 09:00"
LINE = {
    "en.formal": "And if there's something I should know before we talk, a line is enough.",
    "tr.formal": "Önceden bilmem gereken bir şey olursa da bir satır yazmanız yeter.",
    "tr.close": "Önceden bilmem gereken bir şey olursa bir satır yazman yeter.",
    "de.formal": "Und wenn es etwas gibt, das ich vorher wissen sollte, genügt eine Zeile.",
    "de.close": "Und wenn es etwas gibt, das ich vorher wissen sollte, genügt eine Zeile.",
}
ANNOUNCED = {
    "en.formal": "If something happens in your life that I should know about, do tell me",
    "tr.formal": "Hayatınızda bilmem gereken bir şey olursa mutlaka yazın",
    "tr.close": "Hayatında bilmem gereken bir şey olursa mutlaka yaz",
    "de.formal": "Wenn in Ihrem Leben etwas ist, das ich wissen sollte, sagen Sie es mir bitte",
    "de.close": "Wenn in deinem Leben etwas ist, das ich wissen sollte, sag es mir bitte",
}


def test_the_first_message_and_every_8th_say_so(owner: Owner) -> None:
    days = [f"2026-{day} 15:00" for day in ("11-24", "11-25", "11-26", "11-27", "11-30", "12-01", "12-02", "12-03",
                                             "12-04")]  # fmt: skip
    for number, start in enumerate(days):
        owner.enters(f"c{number}", start, 60)
    messages = owner.sees("plan", at=AT)["messages"]
    said = [LINE[owner.client.name] in one["body"] for one in messages]
    assert said == [number in (1, 8) for number in range(1, 10)]


def test_the_announcement_says_so_too(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    shown = owner.does("announce", "client", "--yes", at=AT).out
    assert ANNOUNCED[owner.client.name] in shown
    owner.does("sync", at="2026-11-23 15:00")
    (mail,) = owner.mails()
    assert ANNOUNCED[owner.client.name] in mail.body
    assert LINE[owner.client.name] not in mail.body, "once in a mail"
