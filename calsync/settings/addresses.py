"""Addresses and domains as the config takes them: one plain address, never a list or a display name."""

from __future__ import annotations

import re

# Providers at which anybody can have an address: a match on such a domain would take in strangers.
# The best known ones, worldwide and where our languages are spoken; lists of libraries hold thousands
# of names, among them companies' own, and change more often than this rule is of use.
_FAMILIES = ("yahoo", "ymail", "rocketmail", "hotmail", "outlook", "gmx", "yandex", "googlemail", "live", "msn")
_PUBLIC = frozenset(
    """
    126.com 163.com aim.com aol.com aol.de arcor.de bigpond.com bk.ru bluewin.ch bluemail.ch btinternet.com
    comcast.net cox.net email.com fastmail.com fastmail.fm foxmail.com free.fr freenet.de freenet.net gmail.com
    hey.com hush.com hushmail.com icloud.com inbox.ru interia.pl kabelmail.de laposte.net libero.it
    list.ru mac.com mail.com mail.de mail.ru mailbox.org mailfence.com me.com mynet.com naver.com o2.pl online.de
    orange.fr pm.me posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com
    riseup.net sbcglobal.net seznam.cz sfr.fr sina.com sky.com superonline.com t-online.de tiscali.it
    ttmail.com ttnet.net.tr turk.net tuta.com tuta.io tutamail.com tutanota.com tutanota.de ukr.net
    vodafone.de wanadoo.fr web.de wp.pl ya.ru zoho.com zohomail.com
    """.split()
)
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?")


def address(text: str) -> str:
    """Return the one address that `text` is, in lower case; its domain may have letters of any script.

    Raises:
        ValueError: anything else: several addresses, a name beside it, a quoted or non-ASCII local part.
    """
    if "<" in text or ">" in text:
        raise ValueError("more than an address; write only the address, as ayse@acme.example")
    if "," in text or ";" in text or text.count("@") > 1:
        raise ValueError("more than one address; write one, as ayse@acme.example")
    local, at, host = text.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > 64:
        raise ValueError("no mail address; write one, as ayse@acme.example")
    if host.lower() == "localhost":
        return text.lower()
    return f"{local.lower()}@{domain(host)}"


def domain(text: str) -> str:
    """Return the domain that `text` is, in lower case.

    Raises:
        ValueError: no domain of at least two parts.
    """
    labels = text.split(".")
    if len(labels) < 2 or len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("no domain; write one, as acme.example")
    return text.lower()


def is_public(name: str) -> bool:
    """Tell whether anybody can have a mail address at this domain (`gmail.com`, `yahoo.com.tr`)."""
    family, _, rest = name.lower().partition(".")
    return name.lower() in _PUBLIC or (
        family in _FAMILIES and bool(re.fullmatch(r"com?(\.[a-z]{2})?|net|[a-z]{2}", rest))
    )


def home_of(text: str) -> str:
    """Return by what an attendee's address is matched: its domain, or itself where anybody can have one there.

    Empty for what the config takes as no address.
    """
    try:
        found = address(text)
    except ValueError:
        return ""
    at = found.rpartition("@")[2]
    return found if at == "localhost" or is_public(at) else at
