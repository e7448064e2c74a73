"""A key on a token is named by an RFC 7512 URI that finds one key, and holds no PIN."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.ledger.devices.token_uri import TokenUri, read_token_uri

FULL = (
    "pkcs11:serial=DECC0401648;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=k"
    "?module-path=/usr/lib/m.so&pin-source=file:/run/secrets/pin"
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("pkcs11:token=council;object=registrar", TokenUri(token="council", label="registrar")),
        ("pkcs11:id=%01%fF;slot-id=7;type=private", TokenUri(id=b"\x01\xff", slot=7)),
        ("pkcs11:token=The%20Software%20PKCS%2311;object=a%3Bb", TokenUri(token="The Software PKCS#11", label="a;b")),
        (
            FULL,
            TokenUri(
                serial="DECC0401648", manufacturer="Snake Oil, Inc.", model="1.0", label="k",
                module=Path("/usr/lib/m.so"), pin_file=Path("/run/secrets/pin"),
            ),
        ),
        ("pkcs11:object=k?pin-source=/dev/fd/3", TokenUri(label="k", pin_file=Path("/dev/fd/3"))),
    ],
)  # fmt: skip
def test_what_a_uri_names(text: str, read: TokenUri) -> None:
    assert read_token_uri(text) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("registrar", "not a PKCS#11 URI"),
        ("PKCS11:object=k", "not a PKCS#11 URI"),
        ("pkcs11:" + "object=" + "k" * 3_000, "not a PKCS#11 URI"),
        ("pkcs11:", "names no key"),
        ("pkcs11:token=council", "names no key"),
        ("pkcs11:object=k;object=l", "object twice"),
        ("pkcs11:object=", "object is empty"),
        ("pkcs11:object=a b", "written as %XX"),
        ("pkcs11:object=a%2", "written as %XX"),
        ("pkcs11:object=%ff", "not printable text"),
        ("pkcs11:object=%0a", "not printable text"),
        ("pkcs11:object=k;slot-id=-1", "slot-id is not a number"),
        ("pkcs11:object=k;type=public", "another type"),
        ("pkcs11:object=k;x-vendor=1", "'x-vendor', which is not known here"),
        ("pkcs11:object=k?module-name=softhsm2", "'module-name', which is not known here"),
        ("pkcs11:object=k?module-path=m.so", "not an absolute path"),
        ("pkcs11:object=k?pin-source=|cat%20pin", "not an absolute path"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        read_token_uri(text)


@pytest.mark.parametrize(
    "where", ["pkcs11:object=k?pin-value={}", "pkcs11:object=k;pin-value={}", "pkcs11:pin-value={}"]
)
def test_a_pin_is_refused_and_not_repeated(where: str) -> None:
    with pytest.raises(Malformed, match=r"\Aa PIN does not belong in a PKCS#11 URI") as refusal:
        read_token_uri(where.format("471147"))
    assert "471147" not in str(refusal.value)


@given(
    st.text(alphabet=st.sampled_from("pkcs11:;?&=%object idtoken/ |\n\0é-value"), max_size=60).map("pkcs11:".__add__)
)
@example("pkcs11:?")
@example("pkcs11:object=k?")
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        read = read_token_uri(text)
    except Malformed as refusal:
        said = str(refusal)
    else:
        said = str(read.label or read.id)
    assert said.isprintable()
