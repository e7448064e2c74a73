"""The non-ASCII code points that a name may have, and the scripts of each, from Unicode 14.0.

They are the code points that UTS 39 allows in identifiers (IdentifierStatus.txt): letters, marks and digits of the
scripts in wide use, and punctuation within words; without the joiners, which are invisible; and with all ideographs and
the signs used in document numbers, such as U+2116. None is default-ignorable.

The table is made by tests/support/make_scripts.py and kept here, so that results do not depend on the machine's
Unicode.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

UNICODE = "14.0"
ANY: frozenset[str] = frozenset()
"""Every script: digits, punctuation and marks that several have."""

_MORE = {  # UTS 39, section 5.1: scripts that are written together
    "Hani": ("Hanb", "Jpan", "Kore"),
    "Hira": ("Jpan",),
    "Kana": ("Jpan",),
    "Hang": ("Kore",),
    "Bopo": ("Hanb",),
}
TOGETHER = frozenset({"Hanb", "Jpan", "Kore"})
"""Han with Bopomofo, Japanese, Korean: scripts that may mix with Latin (UTS 39, section 5.2, "highly restrictive")."""

_LATIN = frozenset({"Latn"})


def scripts_of(char: str) -> frozenset[str] | None:
    """The scripts of ``char``, by their ISO 15924 codes; None if no name may have it."""
    if char < "\x7f":
        return None if char < " " else _LATIN if char.isalpha() else ANY
    firsts, lasts, scripts = _ranges()
    place = bisect_right(firsts, ord(char)) - 1
    return scripts[place] if place >= 0 and ord(char) <= lasts[place] else None


@cache
def _ranges() -> tuple[list[int], list[int], list[frozenset[str]]]:
    firsts, lasts, scripts = [], [], []
    for row in _TABLE.split():
        points, _, named = row.partition(":")
        first, _, last = points.partition("-")
        firsts.append(int(first, 16))
        lasts.append(int(last or first, 16))
        scripts.append(_set_of(named))
    return firsts, lasts, scripts


@cache
def _set_of(named: str) -> frozenset[str]:
    if named == "*":
        return ANY
    found = named.split(",")
    return frozenset(found) | {more for each in found for more in _MORE.get(each, ())}


_TABLE = """\
a7:* ab:* b0:* b7:* bb:* c0-d6:Latn d8-f6:Latn f8-113:Latn 116-12b:Latn 12e-131:Latn 134-137:Latn 139-13e:Latn
141-148:Latn 14a-14d:Latn 150-155:Latn 158-161:Latn 164-17e:Latn 181:Latn 186:Latn 189-18a:Latn 18e-192:Latn 194:Latn
196-199:Latn 19d:Latn 1a0-1a1:Latn 1af-1b0:Latn 1b2-1b4:Latn 1b7:Latn 1cd-1d4:Latn 1dd:Latn 1e6-1e9:Latn 1ee-1ef:Latn
1f8-1f9:Latn 218-21b:Latn 244:Latn 24c-24d:Latn 253-254:Latn 256-257:Latn 259:Latn 25b:Latn 263:Latn 268-269:Latn
272:Latn 289:Latn 28b:Latn 292:Latn 2bb-2bc:* 300-304:* 306-30c:* 31b:* 323:* 326-328:* 331:* 386:Grek 388-38a:Grek
38c:Grek 38e-3a1:Grek 3a3-3ce:Grek 401-40c:Cyrl 40e-44f:Cyrl 451-45c:Cyrl 45e-45f:Cyrl 490-49b:Cyrl 49e-4a5:Cyrl
4a8-4b7:Cyrl 4ba-4c0:Cyrl 4cf-4d9:Cyrl 4dc-4e9:Cyrl 4ee-4f5:Cyrl 4f8-4f9:Cyrl 524-525:Cyrl 531-556:Armn 561-586:Armn
58a:Armn 5d0-5ea:Hebr 5f3-5f4:Hebr 620-63a:Arab 63d:Arab 641-64a:Arab 64b-652:Arab,Syrc 654-655:Arab,Syrc
660-669:Arab,Thaa,Yezi 670:Arab,Syrc 672:Arab 674:Arab 679-68f:Arab 691-69a:Arab 69f-6a0:Arab 6a2:Arab 6a4-6ab:Arab
6ad-6b1:Arab 6b3:Arab 6b5-6b7:Arab 6ba-6be:Arab 6c0-6d3:Arab 6d5:Arab 6ee-6f9:Arab 6fd-6ff:Arab 751-752:Arab 756:Arab
760:Arab 762-763:Arab 766-768:Arab 76a:Arab 76e-771:Arab 780-7b1:Thaa 8a0:Arab 8a2-8a9:Arab 8bb-8c2:Arab 8c7:Arab
901-903:Deva 905-90b:Deva 90d-928:Deva 92a-933:Deva 935-93c:Deva 93e-943:Deva 945-94d:Deva 94f:Deva 956-957:Deva
966-96f:Deva,Dogr,Kthi,Mahj 972-977:Deva 97b-97c:Deva 97e-97f:Deva 981-983:Beng 985-98b:Beng 98f-990:Beng 993-9a8:Beng
9aa-9b0:Beng 9b2:Beng 9b6-9b9:Beng 9bc:Beng 9be-9c4:Beng 9c7-9c8:Beng 9cb-9ce:Beng 9e6-9ef:Beng,Cakm,Sylo 9f0-9f1:Beng
a02:Guru a05-a0a:Guru a0f-a10:Guru a13-a28:Guru a2a-a30:Guru a32:Guru a35:Guru a38-a39:Guru a3c:Guru a3e-a42:Guru
a47-a48:Guru a4b-a4d:Guru a5c:Guru a70-a71:Guru a82-a83:Gujr a85-a8d:Gujr a8f-a91:Gujr a93-aa8:Gujr aaa-ab0:Gujr
ab2-ab3:Gujr ab5-ab9:Gujr abc:Gujr abe-ac5:Gujr ac7-ac9:Gujr acb-acd:Gujr ae6-aef:Gujr,Khoj b01-b03:Orya b05-b0b:Orya
b0f-b10:Orya b13-b28:Orya b2a-b30:Orya b32-b33:Orya b36-b39:Orya b3c:Orya b3e-b43:Orya b47-b48:Orya b4b-b4d:Orya
b56:Orya b5f:Orya b71:Orya b83:Taml b85-b8a:Taml b8e-b90:Taml b92-b95:Taml b99-b9a:Taml b9c:Taml b9e-b9f:Taml
ba3-ba4:Taml ba8-baa:Taml bae-bb9:Taml bbe-bc2:Taml bc6-bc8:Taml bca-bcd:Taml c02-c03:Telu c05-c0b:Telu c0e-c10:Telu
c12-c28:Telu c2a-c30:Telu c32-c33:Telu c35-c39:Telu c3e-c44:Telu c46-c48:Telu c4a-c4d:Telu c82-c83:Knda c85-c8b:Knda
c8e-c90:Knda c92-ca8:Knda caa-cb0:Knda cb2-cb3:Knda cb5-cb9:Knda cbe-cc3:Knda cc6-cc8:Knda cca-ccd:Knda
ce6-cef:Knda,Nand d02-d03:Mlym d05-d0b:Mlym d0e-d10:Mlym d12-d28:Mlym d2a-d39:Mlym d3e-d43:Mlym d46-d48:Mlym
d4a-d4b:Mlym d4d:Mlym d57:Mlym d7a-d7f:Mlym d82-d83:Sinh d85-d8d:Sinh d91-d96:Sinh d9a-d9d:Sinh d9f-db1:Sinh
db3-dbb:Sinh dbd:Sinh dc0-dc6:Sinh dca:Sinh dcf-dd4:Sinh dd6:Sinh dd8-dde:Sinh df2:Sinh e01-e32:Thai e34-e3a:Thai
e40-e4d:Thai e50-e59:Thai e81-e82:Laoo e84:Laoo e87-e88:Laoo e8a:Laoo e8d:Laoo e94-e97:Laoo e99-e9f:Laoo ea1-ea3:Laoo
ea5:Laoo ea7:Laoo eaa-eab:Laoo ead-eae:Laoo eb0-eb2:Laoo eb4-eb9:Laoo ebb-ebd:Laoo ec0-ec4:Laoo ec6:Laoo ec8-ecd:Laoo
ed0-ed9:Laoo f0b:Tibt f20-f29:Tibt f40-f42:Tibt f44-f47:Tibt f49-f4c:Tibt f4e-f51:Tibt f53-f56:Tibt f58-f5b:Tibt
f5d-f68:Tibt f71-f72:Tibt f74:Tibt f7a-f80:Tibt f84:Tibt f90-f92:Tibt f94-f97:Tibt f99-f9c:Tibt f9e-fa1:Tibt
fa3-fa6:Tibt fa8-fab:Tibt fad:Tibt fb1-fb8:Tibt fba-fbc:Tibt 1000-103f:Mymr 1040-1049:Cakm,Mymr,Tale 105a-1064:Mymr
1075-108a:Mymr 108f:Mymr 10c7:Geor 10cd:Geor 10d0-10f0:Geor 1200-1206:Ethi 1208-1248:Ethi 124a-124d:Ethi
1250-1256:Ethi 1258:Ethi 125a-125d:Ethi 1260-1286:Ethi 1288:Ethi 128a-128d:Ethi 1290-12ae:Ethi 12b0:Ethi
12b2-12b5:Ethi 12b8-12be:Ethi 12c0:Ethi 12c2-12c5:Ethi 12c8-12d6:Ethi 12d8-12f7:Ethi 1300-130e:Ethi 1310:Ethi
1312-1315:Ethi 1318-131e:Ethi 1320-1346:Ethi 1348-1359:Ethi 1780-179c:Khmr 179f-17a2:Khmr 17a5-17a7:Khmr
17aa-17b3:Khmr 17b6-17cd:Khmr 17d0:Khmr 17d2:Khmr 17e0-17e9:Khmr 1c90-1cba:Geor 1cbd-1cbf:Geor 1e0c-1e0d:Latn
1e12-1e13:Latn 1e20-1e21:Latn 1e24-1e25:Latn 1e36-1e37:Latn 1e3c-1e3f:Latn 1e42-1e4b:Latn 1e5a-1e5b:Latn
1e62-1e63:Latn 1e6c-1e6d:Latn 1e70-1e71:Latn 1e8c-1e8d:Latn 1e92-1e93:Latn 1e9e:Latn 1ea0-1ef9:Latn 1fa0-1faf:Grek
1fb2-1fb4:Grek 1fec:Grek 2010:* 2019:* 2027:* 2116:* 3005-3007:Hani 3008-300d:* 3014-3015:* 3041-3096:Hira
309d-309e:Hira 30a0:Hira,Kana 30a1-30fa:Kana 30fb:Bopo,Hang,Hani,Hira,Kana,Yiii 30fc:Hira,Kana 30fd-30fe:Kana
3400-4dbf:Hani 4e00-9fff:Hani a78d:Latn a7aa:Latn aa7b:Mymr ac00-d7a3:Hang f900-fa6d:Hani fa70-fad9:Hani
11301:Gran,Taml 11303:Gran,Taml 1133c:Gran,Taml 1e7e0-1e7e6:Ethi 1e7e8-1e7eb:Ethi 1e7ed-1e7ee:Ethi 1e7f0-1e7fe:Ethi
20000-2a6df:Hani 2a700-2b738:Hani 2b740-2b81d:Hani 2b820-2cea1:Hani 2ceb0-2ebe0:Hani 2f800-2fa1d:Hani 30000-3134a:Hani
"""
