"""One plain address or domain, and no other."""

from __future__ import annotations

import pytest

from calsync.settings.addresses import address, domain, is_public


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ayse@acme.example", "ayse@acme.example"),
        ("Ayse.Y+calls@Acme.Example", "ayse.y+calls@acme.example"),
        ("o'neil@sub.acme.co.uk", "o'neil@sub.acme.co.uk"),
        ("ayse@bücher.example", "ayse@bücher.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("deniz@localhost", "deniz@localhost"),
    ],
)
def test_an_address_is_taken_in_lower_case(text: str, expected: str) -> None:
    assert address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "a@", "@b.example", "acme.example", "a@b", "a b@c.example", "a@b c.example", ".a@b.example"),
        *(
            "a.@b.example",
            "a..b@c.example",
            "a@.example",
            "a@b.example.",
            "a@-b.example",
            "a@b-.example",
            "a@b_c.example",
        ),
        *("a@b.example,c@d.example", "a@b.example;c@d.example", "a@b@c.example", "Ayşe <a@b.example>", "<a@b.example>"),
        *('"a b"@c.example', "ayşe@acme.example", "a@[127.0.0.1]", "mailto:a@b.example", "a(x)@b.example"),
        *("a@b.example\n", "a@b.example\0", f"{'a' * 65}@b.example", f"a@{'b' * 64}.example", f"a@{'b.' * 130}example"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="; write"):
        address(text)


@pytest.mark.parametrize(
    "text", ["", "acme", "@acme.example", ".acme.example", "acme.example.", "*.acme.example", "a b.c"]
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no domain; write"):
        domain(text)


@pytest.mark.parametrize(
    "name",
    [
        "gmail.com",
        "GMail.com",
        "googlemail.com",
        "outlook.com",
        "outlook.com.tr",
        "hotmail.co.uk",
        "hotmail.fr",
        "live.nl",
        "msn.com",
        "yahoo.com",
        "yahoo.com.tr",
        "yahoo.de",
        "ymail.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "gmx.net",
        "gmx.at",
        "web.de",
        "proton.me",
        "protonmail.com",
        "mail.ru",
        "yandex.ru",
        "yandex.com.tr",
        "aol.com",
        "mynet.com",
    ],
)
def test_a_domain_of_everybody_is_known(name: str) -> None:
    assert is_public(name)


@pytest.mark.parametrize(
    "name", ["acme.example", "live.acme.example", "outlook.acme.com", "gmail.acme.com", "mail.acme.de"]
)
def test_a_domain_of_a_company_is_not(name: str) -> None:
    assert not is_public(name)
