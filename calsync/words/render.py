"""Every text that calsync says: notes, messages, the owner's prep text, and the words at hand in a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from calsync.errors import TextError
from calsync.model.alert import Alert, Herald, Notice
from calsync.model.nudge import Moment, NudgeFacts, Nudger
from calsync.model.owner_mail import Digest, Secretary, WeeklyNote
from calsync.model.text import (
    GROUP_KINDS,
    PHRASE_KINDS,
    CallFacts,
    ClientText,
    Delay,
    Flexed,
    Form,
    Letter,
    MessageFacts,
    Overrun,
    PrepFacts,
    PrivateText,
    Renderer,
    Tone,
    Voice,
)
from calsync.words import dates, owner_mail, values
from calsync.words.rotate import in_turn

if TYPE_CHECKING:
    from calsync.words.templates import Templates

_TO_THE_CONTACT = frozenset({Form.ANNOUNCEMENT, Form.CLOSE_OUT, Form.OVER_CAP})
_SUBJECTS = {Form.ANNOUNCEMENT: "announcement_subject", Form.OVER_CAP: "over_cap_subject"}
_NAMES = {Form.CLOSE_OUT: "after_call"}  # "close_out" is what is said at the end
_OPENED = frozenset({Form.FIRST, Form.FULL, Form.SHORT_A, Form.SHORT_B, Form.SHORT_C})
_AT = {Moment.START: "opening", Moment.LEFT: "stop", Moment.STOP: "close_out"}  # what is said at a nudge
_SOON = 5  # with fewer minutes left it is time to end the chat
_MANY = {"redirect": 2}  # one way back to work is soon used up


class Words(Renderer, Herald, Nudger, Secretary):
    """The renderer: built-in texts in English and Turkish, and the user's own, which win.

    templates: the user's folder, holding `<language>/<tone>/<name>.txt` or `<language>/<name>.txt`; None for
    none. Templates are read when first used and kept, so one `Words` is made per process.
    """

    def __init__(self, templates: Path | None = None) -> None:
        self.folder = templates

    @cached_property
    def _templates(self) -> Templates:
        from calsync.words.templates import Templates  # Jinja2 is paid for when something is said

        return Templates(self.folder)

    def note(self, voice: Voice, call: CallFacts) -> ClientText:
        """Return the lines of the note, without the fence."""
        name = "note_group" if call.group else "note"
        return ClientText(self._say(name, voice, self._of_call(voice, call), group=call.group))

    def message(self, voice: Voice, facts: MessageFacts) -> Letter:
        """Return subject and body of one message.

        What goes to the contact alone keeps the tone of that person, also where it is about a group call.
        """
        call = facts.call
        if call is None and facts.form is not Form.ANNOUNCEMENT:
            raise TextError(f'a message of form "{facts.form}" speaks of a call, and there is none')
        group = call is not None and call.group and facts.form not in _TO_THE_CONTACT
        told = values.of_voice(voice)
        if call is not None:
            told |= self._of_call(voice, call, group=group)
            if facts.flexed is not None:
                told = values.of_flex(facts.flexed) | told
                told["flex"] = self._flex(voice, call, facts.flexed, group=group)
            if facts.overrun is not None and facts.form in _OPENED:
                opening = self._overrun(voice, call, facts.overrun, group=group, flexed=facts.flexed is not None)
                told["flex"] = f"{opening} {told['flex']}" if facts.flexed is not None else opening
            if facts.delay is not None:
                told["delay"] = self._delay(voice, call, facts.delay, group=group)
        told |= self._of_message(voice, facts)
        told["greeting"] = self._say("greeting", voice, told, group=group)
        subject = _SUBJECTS.get(facts.form, "subject")
        body = self._say(_NAMES.get(facts.form, facts.form.value), voice, told, group=group)
        if not body:
            raise TextError(f'the text "{facts.form}" is empty', hint="take your own file away to have ours back")
        signature = "\n".join(map(dates.plain, voice.signature.strip().splitlines()))
        return Letter(
            subject=dates.plain(self._say(subject, voice, told, group=group)),
            body=ClientText(f"{body}\n\n{signature}" if signature else body),
        )

    def prep(self, voice: Voice, facts: PrepFacts) -> PrivateText:
        """Return what the block before a call carries."""
        call = facts.call
        told = values.of_prep(voice, facts)
        told |= self.at_hand(voice, facts)
        if facts.announce:
            message = MessageFacts(
                form=Form.ANNOUNCEMENT, call=call, because=facts.because, shared=facts.shared, effective=None
            )
            told["announcement"] = self.spoken_announcement(voice, message).text
        return PrivateText(self._templates.render("prep", facts.owner_language, Tone.FORMAL, told))

    def wrap_up(self, voice: Voice, facts: PrepFacts) -> PrivateText:
        """Return what the block after a call carries: the spoken close-out and the next call."""
        told = values.of_prep(voice, facts) | {"close_out": self.at_hand(voice, facts)["close_out"]}
        return PrivateText(self._templates.render("wrap_up", facts.owner_language, Tone.FORMAL, told))

    def flex_sentence(self, voice: Voice, call: CallFacts, flexed: Flexed) -> ClientText:
        """Return the sentences that tell the client of a flex, as shown before it is confirmed."""
        end = self._say("flex_end", voice, self._of_call(voice, call), group=call.group)
        return ClientText(f"{self._flex(voice, call, flexed, group=call.group)} {end}")

    def late_sentence(self, voice: Voice, call: CallFacts, delay: Delay) -> ClientText:
        """Return the sentences that tell the client of a delay; `call` starts when the owner is there."""
        return ClientText(self._delay(voice, call, delay, group=call.group))

    def overrun_sentence(self, voice: Voice, call: CallFacts, overrun: Overrun) -> ClientText:
        """Return the sentences on the overrun of the last call that open the message about `call`."""
        return ClientText(self._overrun(voice, call, overrun, group=call.group, flexed=False))

    def spoken_announcement(self, voice: Voice, facts: MessageFacts) -> PrivateText:
        """Return the words to say at the next call; the minutes only where that call is known."""
        told = self._of_message(voice, facts)
        if facts.call is not None:
            told |= self._of_call(voice, facts.call)
        return PrivateText(self._say("spoken_announcement", voice, told))

    def phrases(
        self,
        voice: Voice,
        call: CallFacts | None,
        *,
        group: bool,
        paid: bool,
        own: Mapping[str, tuple[str, ...]] | None = None,
        share: str = "",
    ) -> Mapping[str, tuple[str, ...]]:
        """Return the words at hand by kind, all of them; without a call those that need none of its facts.

        own: the owner's own lines by kind, in place of ours. share: a small true thing about herself, or empty.
        """
        return self._phrases(voice, call, group=group, paid=paid, on_phone=None, own=own or {}, share=share)

    def at_hand(self, voice: Voice, facts: PrepFacts) -> Mapping[str, tuple[str, ...]]:
        """Return the words at hand by kind that the turn of this call brings."""
        lines = self._phrases(
            voice,
            facts.call,
            group=facts.call.group,
            paid=facts.paid,
            on_phone=facts.on_phone,
            own=facts.own,
            share=facts.share,
        )
        return {kind: in_turn(said, facts.turn, _MANY.get(kind, 1)) for kind, said in lines.items()}

    def nudge(self, voice: Voice, facts: NudgeFacts) -> Notice:
        """See `model.nudge.Nudger`; the phrase is one that stands in the prep text of the call too."""
        title = self._templates.render("nudge", facts.prep.owner_language, Tone.FORMAL, values.of_nudge(voice, facts))
        kind = _AT[facts.moment] if facts.left >= _SOON or facts.moment is not Moment.LEFT else "exit"
        return Notice(title=dates.plain(title), body=next(iter(self.at_hand(voice, facts.prep)[kind]), ""))

    def notice(self, alerts: Sequence[Alert], *, language: str, zone: str, now: datetime) -> Notice:
        """Return one notification that says all of `alerts`, what is over last.

        The owner hears of a problem even where a text of her own is broken: then it is said in ours.
        """
        ordered = sorted(alerts, key=lambda alert: alert.over)
        try:
            return Notice(
                title=self.alert_title(ordered, language=language),
                body="\n\n".join(self.alert(one, language=language, zone=zone, now=now) for one in ordered),
            )
        except TextError:
            if self.folder is None:
                raise
            return Words().notice(alerts, language=language, zone=zone, now=now)

    def digest(self, digest: Digest, *, language: str, zone: str, now: datetime) -> Notice:
        """See `model.owner_mail.Secretary`."""
        return self._to_herself("digest", language, owner_mail.of_digest(digest, language, zone, now))

    def weekly_note(self, note: WeeklyNote, *, language: str, zone: str, now: datetime) -> Notice:
        """See `model.owner_mail.Secretary`."""
        return self._to_herself("weekly_note", language, owner_mail.of_weekly_note(note, language, zone, now))

    def _to_herself(self, name: str, language: str, told: values.Values) -> Notice:
        title, body = (self._templates.render(one, language, Tone.FORMAL, told) for one in (f"{name}_subject", name))
        return Notice(title=dates.plain(title), body=body)

    def alert_title(self, alerts: Sequence[Alert], *, language: str) -> str:
        """Return the first line of a notification that says `alerts`."""
        over = sum(alert.over for alert in alerts)
        told: values.Values = {"open": len(alerts) - over, "over": over}
        return dates.plain(self._templates.render("alert_title", language, Tone.FORMAL, told))

    def alert(self, alert: Alert, *, language: str, zone: str, now: datetime) -> str:
        """Return what a notification says of one alert."""
        told = values.of_alert(alert, language, zone, now)
        return self._templates.render(f"alert_{alert.facts.kind}", language, Tone.FORMAL, told)

    def _phrases(
        self,
        voice: Voice,
        call: CallFacts | None,
        *,
        group: bool,
        paid: bool,
        on_phone: bool | None,
        own: Mapping[str, tuple[str, ...]],
        share: str,
    ) -> dict[str, tuple[str, ...]]:
        """Return every kind's lines; `on_phone` None gives the openings for seeing and for hearing each other."""
        told: values.Values = self._of_call(voice, call) if call else {"catch_up": True}
        told |= {"paid": paid, "group": group}
        self._name_first_point(voice, told, group=group)
        found = {}
        told |= {"share": values.without_full_stop(share)} if share else {}
        for kind in PHRASE_KINDS:
            name = f"{kind}_group" if group and f"{kind}_group" in GROUP_KINDS else kind
            if name in own:
                found[kind] = tuple(map(dates.plain, own[name]))
                continue
            sources = [name]
            if name == "opening" and on_phone is not False:
                sources = ["opening_phone"] if on_phone else ["opening", "opening_phone"]
            found[kind] = tuple(line for name in sources for line in self._lines(name, voice, told, group=group))
        return found

    def _lines(self, name: str, voice: Voice, told: values.Values, *, group: bool) -> tuple[str, ...]:
        """Return a text that has a phrase in each line as its phrases."""
        return tuple(line for line in self._say(name, voice, told, group=group).splitlines() if line)

    def _flex(self, voice: Voice, call: CallFacts, flexed: Flexed, *, group: bool) -> str:
        if flexed.minutes == flexed.usual:
            name = "flex_back"
        else:
            name = "flex_more" if flexed.minutes > flexed.usual else "flex_less"
        return self._say(name, voice, self._of_call(voice, call) | values.of_flex(flexed), group=group)

    def _overrun(self, voice: Voice, call: CallFacts, overrun: Overrun, *, group: bool, flexed: bool) -> str:
        told = self._of_call(voice, call) | values.of_overrun(overrun, call, flexed=flexed)
        return self._say("overrun", voice, told, group=group)

    def _delay(self, voice: Voice, call: CallFacts, delay: Delay, *, group: bool) -> str:
        return self._say("delay", voice, self._of_call(voice, call) | values.of_delay(delay), group=group)

    def _of_call(self, voice: Voice, call: CallFacts, *, group: bool | None = None) -> values.Values:
        told = values.of_call(voice, call)
        self._name_first_point(voice, told, group=call.group if group is None else group)
        return told

    def _of_message(self, voice: Voice, facts: MessageFacts) -> values.Values:
        told = values.of_message(voice, facts)
        if facts.form is Form.ANNOUNCEMENT and "because" not in told:
            told["because"] = values.without_full_stop(self._say("because", voice, told))
        return told

    def _name_first_point(self, voice: Voice, told: values.Values, *, group: bool) -> None:
        if "item" not in told:
            told["item"] = self._say("first_point", voice, told, group=group)

    def _say(self, name: str, voice: Voice, told: values.Values, *, group: bool = False) -> str:
        return self._templates.render(name, voice.language, Tone.FORMAL if group else voice.tone, told)
