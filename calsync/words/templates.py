"""Templates: found by language, tone and name, the user's own first; compiled once; told what is wrong with them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    nodes,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from calsync.errors import TextError
from calsync.words import dates

BUILT_IN = Path(__file__).parent

# What a text for the client may ask for. `items_left` and `minutes_left` have no value yet, wherever asked for.
CLIENT_VARIABLES = frozenset(
    "language greeted greeting sign date start hard_stop end city my_start minutes today group meeting agenda"
    " agenda_line items_count item usual_agenda catch_up link next_date next_start no_next flex less reason usual"
    " old_date old_start list_stays ask because shared effective_date paid"
    " turn delay late shift over items_left minutes_left prep decided used cap period monthly share".split()
)
# What the owner's own texts may ask for: times on her clocks, and the phrases by kind as lists of lines.
PRIVATE_VARIABLES = frozenset(
    "language title who date start hard_stop minutes city client_start client_stop layout needs notes note group"
    " announcement opening redirect park_it yourself warm told serious exit stop close_out next_date next_start left"
    " starts".split()
)
# What the mails to the owner about her days may ask for.
OWNER_MAIL_VARIABLES = frozenset("language calls messages taken held to_tell ahead caps".split())
OWNER_MAILS = frozenset({"digest", "digest_subject", "weekly_note", "weekly_note_subject"})
PRIVATE_TEXTS = frozenset({"prep", "wrap_up", "nudge"}) | OWNER_MAILS
# What a notification may ask for: it travels through third parties, so it knows no title and no address.
ALERTS = "alert_"
ALERT_VARIABLES = frozenset(
    "language over open name why client message date start id tries digest calls messages period monthly cap used"
    " percent goes goes_date".split()
)

_NAME = re.compile(r"[A-Za-z-]+/[a-z]+/[a-z_]+")
# A line of nothing but tags leaves no line behind (includes do: they are text). Tags that say by `-` or `+`
# what becomes of white space are taken at their word.
_TAG = r"\{%(?![-+]?[ \t]*include)(?:(?!%\})[^\n])*(?<![-+])%\}"
_COMMENT = r"\{#(?:(?!#\})[^\n])*(?<![-+])#\}"
_TAG_LINE = re.compile(rf"^[ \t]*(?P<tags>(?:(?:{_TAG}|{_COMMENT})[ \t]*)+)\n", re.MULTILINE)


def names() -> frozenset[str]:
    """Return the names of all texts there are."""
    return frozenset(path.stem for path in BUILT_IN.rglob("*.txt"))


class Templates:
    """Every text by language, tone and name; `own` is the user's folder, laid out like ours."""

    def __init__(self, own: Path | None = None) -> None:
        self._environment = _Environment(own)

    def render(self, name: str, language: str, tone: str, values: Mapping[str, object]) -> str:
        """Return the text called `name`, tidied.

        Raises:
            TextError: the template is broken, asks for what is unknown or has no value here, or can't be read.
        """
        try:
            template = self._environment.get_template(f"{language}/{tone}/{name}")
            return tidy(template.render(values, language=language))
        except TemplateSyntaxError as error:
            raise TextError(error.message or "broken syntax", where=_place(error.filename, error.lineno)) from None
        except TemplateNotFound as error:
            wanted = (error.name or "").rpartition("/")[2]
            near = difflib.get_close_matches(wanted, names(), 1)
            raise TextError(
                f'there is no text "{wanted}" in "{language}"',
                where=self._where(error.__traceback__),
                hint=f'did you mean "{near[0]}"?' if near else "",
            ) from None
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise TextError(
                str(error) or type(error).__name__,
                where=self._where(error.__traceback__),
                hint="what a call may not have stands under its condition: {% if link %}Join: {{ link }}{% endif %}"
                if isinstance(error, TemplateError)
                else "",
            ) from None

    def _where(self, traceback: TracebackType | None) -> str:
        """Return file and line of the innermost template in `traceback` (Jinja2 rewrites it to their lines)."""
        found = ""
        while traceback is not None:
            file = traceback.tb_frame.f_code.co_filename
            if file.endswith(".txt"):
                found = _place(file, traceback.tb_lineno)
            traceback = traceback.tb_next
        return found


def tidy(text: str) -> str:
    """Return `text` as a careful writer leaves it: no double spaces or blank lines, one mark at a sentence's end."""
    lines = [re.sub(r" {2,}", " ", line).strip() for line in text.split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    text = re.sub(r"([!?…])\.(?=\s|$)", r"\1", text)
    return re.sub(r"(?<!\.)\.\.(?=\s|$)", ".", text)


def _place(file: str | None, line: int) -> str:
    return f"{file or 'a template'}, line {line}"


class _Missing(StrictUndefined):
    """A variable that this call has no value for: false when asked, an error when written."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # the parent's always raises
        return False

    @property
    def _undefined_message(self) -> str:
        if self._undefined_obj is missing and self._undefined_hint is None:
            return f'"{self._undefined_name}" has no value here'
        return super()._undefined_message


class _Environment(ImmutableSandboxedEnvironment):
    def __init__(self, own: Path | None) -> None:
        super().__init__(loader=_Loader(own), undefined=_Missing, autoescape=False, auto_reload=False, cache_size=-1)
        self.filters["plural"] = _plural
        self.filters["small"] = _small
        self.globals["part"] = _part

    def join_path(self, template: str, parent: str) -> str:
        """Resolve an include in the language and tone of the text that includes it."""
        return f"{parent.rpartition('/')[0]}/{template}"


@pass_context
def _part(context: Context, name: str) -> str:
    """Return another text in the same language and tone, to stand inside this one."""
    template = context.environment.get_template(name, parent=context.name)
    return template.render(context.get_all()).strip("\n")


@pass_context
def _plural(context: Context, number: int, one: str, many: str) -> str:
    return dates.counted(number, one, many, context["language"])


def _small(text: str) -> str:
    """Return a sentence as it goes on after a comma: German has one after the greeting."""
    return text[:1].lower() + text[1:]


class _Loader(BaseLoader):
    """Reads `<language>/<tone>/<name>.txt`, else `<language>/<name>.txt`; `en-US` falls back on `en`."""

    def __init__(self, own: Path | None) -> None:
        self._own = own

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:
        if not _NAME.fullmatch(template):
            raise TemplateNotFound(template)
        name = template.rpartition("/")[2]
        for path in self._candidates(*template.split("/")):
            try:
                source = path.read_text("utf-8-sig")
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise TextError(f"the text can't be read: {error.strerror}", where=str(path)) from None
            except UnicodeDecodeError:
                raise TextError("the text is not UTF-8", where=str(path), hint="save it as UTF-8") from None
            if not path.is_relative_to(BUILT_IN):  # ours are checked by the tests
                _check_variables(environment, source, path, name)
            return _TAG_LINE.sub(_without_line, source).rstrip(), str(path), None
        raise TemplateNotFound(template)

    def _candidates(self, language: str, tone: str, name: str) -> Iterator[Path]:
        languages = dict.fromkeys([language, language.partition("-")[0]])
        for root in [self._own, BUILT_IN] if self._own else [BUILT_IN]:
            for folder in languages:
                yield root / folder / tone / f"{name}.txt"
                yield root / folder / f"{name}.txt"


def _without_line(found: re.Match[str]) -> str:
    # The line break moves into the last tag, so that errors still name the right line.
    tags = found["tags"].rstrip()
    return f"{tags[:-2]}\n{tags[-2:]}"


def _check_variables(environment: Environment, source: str, path: Path, name: str) -> None:
    given = PRIVATE_VARIABLES if name in PRIVATE_TEXTS else CLIENT_VARIABLES
    given = OWNER_MAIL_VARIABLES if name in OWNER_MAILS else given
    known = (ALERT_VARIABLES if name.startswith(ALERTS) else given) | environment.globals.keys()
    tree = environment.parse(source, name, str(path))
    try:
        unknown = meta.find_undeclared_variables(tree) - known
    except TemplateSyntaxError as error:  # an unknown filter
        error.filename = str(path)
        raise
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            near = difflib.get_close_matches(node.name, known, 1)
            raise TextError(
                f'there is no variable "{node.name}"',
                where=_place(str(path), node.lineno),
                hint=f'did you mean "{near[0]}"?' if near else "",
            )
