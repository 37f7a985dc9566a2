"""What is a secret and what stands in for one."""

from __future__ import annotations

import base64

import pytest

from auditor.pii.patterns.addresses import eip55, keccak256
from auditor.pii.patterns.secrets import basic_auth, chosen_word, connection, entropy, issued, password


@pytest.mark.parametrize(
    "text", ["hunter2!", "d0949w4z", "gdwlswz2012", "Sommer2019!", "P@ssw0rdX", "qwe!@#4", "p%40ss1word"]
)
def test_passwords(text: str) -> None:
    assert password(text)


@pytest.mark.parametrize(
    "text",
    [
        "Soleil", "SOLEIL", "xxxxx", "*****", ".....", "<password>", "${VAR}", "%s", "{{pw}}", "$DB_PASS", "[redacted]",
        "your_password", "changeme", "mypassword1", "password123", "case-sensitive", "required!", "user@example.com",
        "https://a.example/1", "12/31/2002", "10:22am", "os.environ['X']", "config.get(1)", "N/A", "none", "123456", "8-chars",
    ],
)  # fmt: skip
def test_no_passwords(text: str) -> None:
    assert not password(text)


def test_the_password_of_a_user_may_be_a_word_but_no_placeholder() -> None:
    assert chosen_word("oceanfree")
    assert not any(map(chosen_word, ["xxxxx", "********", "<yours>", "password", "abc"]))


def test_a_key_of_a_documentation_is_not_issued() -> None:
    assert issued("ghp_0123456789abcdefghijABCDEFGHIJ012345")
    assert not any(map(issued, ["ghp_xxxxxxxxxxxxxxxxxxxx", "AKIA0000000000000000", "xoxb-your-token-here"]))


def test_connections() -> None:
    assert connection("postgres://app:hunter2@db.example.com/main")
    assert connection("mysql://root:dragon@db/x")
    assert connection("Server=db1;Password=hunter22")
    placeholders = ("password", "xxx", "$PASS", "{pw}", "pass")
    assert not any(connection(f"https://username:{word}@foobar.com") for word in placeholders)


def test_basic_authentication_needs_a_user_and_a_password() -> None:
    assert basic_auth(base64.b64encode(b"kim:Hunt3r").decode())
    assert not basic_auth(base64.b64encode(b"no colon here").decode())
    assert not basic_auth("dXNlcm5hbWU")


@pytest.mark.parametrize("text", ["9f8a7b6c5d4e3f2a1b0c9d8e", "usHhunx6jdHGAG3AtEHuGHg39i4z"])
def test_random_tokens(text: str) -> None:
    assert entropy(text)


@pytest.mark.parametrize(
    "text", ["learn-is-a-python-library-2", "YOUR_API_KEY_1234567890", "my-file-name-2019-final.txt"]
)
def test_words_joined_are_no_tokens(text: str) -> None:
    assert not entropy(text)


def test_keccak_and_the_addresses_of_eip_55() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    assert len(keccak256(b"x" * 300)) == 32
    for address in ("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"):
        assert eip55("0x" + address)
        assert not eip55("0x" + address.lower())
        assert not eip55("0x" + address.swapcase())
