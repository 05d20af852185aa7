"""`phrases`: the words at hand for one client."""

from __future__ import annotations

from dataclasses import replace

import click

from calsync.cli.app import App
from calsync.cli.options import command, known_client
from calsync.cli.show.table import lines
from calsync.cli.voices import to_contact

_LANGUAGES = ("en", "en-US", "tr", "de")


@command("calsync phrases acme", "calsync phrases acme --group --language tr")
@click.argument("client")
@click.option("--group", is_flag=True, help="For a call with others in it: more direct.")
@click.option("--language", metavar="L", type=click.Choice(_LANGUAGES), help="Other than the client's.")
def phrases(app: App, client: str, group: bool, language: str | None) -> None:
    """The words at hand for one client.

    In the client's language and tone: to open, to redirect, to park a subject, to give a little of oneself and return,
    to come to an end; your own lines (`phrases` in the config) in place of ours. Only you see them.
    """
    from calsync.planning.phrases import share_of
    from calsync.words.render import Words

    settings = app.settings()
    known = known_client(settings.rules, client)
    spoken = to_contact(known, settings.rules.owner)
    if language:
        spoken = replace(spoken, language=language)
    found = Words(settings.templates).phrases(
        spoken,
        None,
        group=group,
        paid=known.rate is not None,
        own=known.phrases if spoken.language == known.language else {},
        share=share_of(settings.rules.owner, spoken.language, 0),
    )
    if app.json:
        app.out_json({"client": client, "language": spoken.language, "group": group, "phrases": dict(found)})
        return
    for kind, said in found.items():
        app.out(click.style(kind.replace("_", " "), bold=True))
        for one in said:
            app.out(f"  {lines(one)}")
