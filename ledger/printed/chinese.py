"""The grammar of such documents in Chinese, as printed in S/2020/268. Text has no blanks."""

from __future__ import annotations

import re
from datetime import date

from .grammar import ByPhrases, Found, Phrases, Read, Wanted, a_day
from .members import member_called

_FIGURES = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL = r"[零〇一二三四五六七八九十\d]"
_DAY = rf"({_NUMERAL}{{4}})年({_NUMERAL}{{1,3}})月({_NUMERAL}{{1,3}})日"
_TONGUES = {"阿拉伯文": "ar", "中文": "zh", "英文": "en", "法文": "fr", "俄文": "ru", "西班牙文": "es"}
_TONGUES |= {"阿拉伯语": "ar", "汉语": "zh", "英语": "en", "法语": "fr", "俄语": "ru", "西班牙语": "es"}
_OFFICES = (
    ("常驻联合国代表团副常驻代表", "deputy_permanent_representative"),
    ("常驻联合国副代表", "deputy_permanent_representative"),
    ("常驻联合国代表团临时代办", "charge_d_affaires"),
    ("驻安全理事会特使", "special_envoy"),
    ("常驻联合国代表团", "permanent_mission"),
    ("常驻联合国代表", "permanent_representative"),
    ("驻联合国代表", "representative"),
)
"""What follows the name of a member; longer ones come before their prefixes."""
_RANKS = {"特命全权大使": "Ambassador Extraordinary and Plenipotentiary", "大使": "Ambassador"}
_ADDRESSEES = (
    ("秘书长和安全理事会成员国常驻代表", ("secretary_general", "permanent_representatives_of_members")),
    ("安全理事会成员国常驻代表", ("permanent_representatives_of_members",)),
    ("秘书长和联合国会员国常驻代表", ("secretary_general", "permanent_representatives_of_members")),
    ("联合国会员国常驻代表", ("permanent_representatives_of_members",)),
    ("安全理事会事务司司长", ("director_scad",)),
    ("安全理事会秘书长", ("secretary_general_of_the_security_council",)),
    ("安全理事会主席", ("president",)),
    ("大会主席", ("president",)),
    ("秘书长", ("secretary_general",)),
)
_FORMS = (("的普通照会", "note_verbale"), ("的信", "letter"))
_ADDRESSES = ("先生", "女士")
_NO_DATE = ",日期未记录在案"
_POSITIONS = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"投了?赞成票", "in_favour"),
        (r"投了?反对票", "against"),
        (r"投了?弃权票|表决中弃权|谨此弃权|决定弃权", "abstention"),
    )
)
_DOUBTS = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (
            r"(?:不|未|没有|并非|无法|拒绝)[^。,;]{0,30}投了?(?:赞成|反对|弃权)票",
            "a negation is before them",
        ),
        (r"如果|若|倘|除非|前提|条件是|只有", "a condition is named"),
    )
)
_NONE_STATED = re.compile(r"不打算(?:解释投票理由|就此作任?何?说明|对?投票(?:作|进行)?(?:解释|说明))")
_ENCLOSED = re.compile(r"附上[^。]{0,20}(?:解释|说明)")
_SAID = re.compile(r"投票理由|解释投票|投票解释")
_CO_SPONSORS = re.compile(r"(?:决定|宣布|愿)[^。,]{0,6}联署|成为[^。,]{0,12}共同提案国")


def number(said: str) -> int | None:
    """A figure up to 199, in Chinese or Arabic characters."""
    if said.isdecimal():
        return int(said) if len(said) < 4 else None
    hundreds, _, rest = said.rpartition("百")
    if hundreds not in {"", "一"} or ("百" in said and not hundreds):
        return None
    rest = rest.removeprefix("零")
    tens, ten, ones = rest.partition("十")
    if not ten:
        tens, ones = "", rest
    digits = [_FIGURES.get(each) for each in (tens, ones) if each]
    if any(each is None or each > 9 for each in digits) or len(tens) > 1 or len(ones) > 1:
        return None
    value = (
        (100 if hundreds else 0)
        + (10 * (_FIGURES[tens] if tens else 1) if ten else 0)
        + (_FIGURES[ones] if ones else 0)
    )
    return value or None


def day(said: str) -> date | None:
    """A date that is the whole text, in either kind of figures."""
    hit = re.fullmatch(_DAY, said)
    if hit is None:
        return None
    year = "".join(str(_FIGURES.get(each, each)) for each in hit[1])
    month, of_month = number(hit[2]), number(hit[3])
    if not year.isdecimal() or month is None or of_month is None:
        return None
    return a_day(int(year), month, of_month)


_OUTCOMES = {"获得通过": "adopted", "未获通过": "not_adopted", "否决": "vetoed"}
_COVER = (
    Wanted(
        re.compile(r"(?P<resolution>第\d{1,4}\((?:19|20)\d\d\)号)决议"),
        {"resolution": lambda said: re.sub(r"第(\d+)(\(\d+\))号", r"\1 \2", said)},
    ),
    Wanted(re.compile(r'题为[“"](?P<agenda_item>[^”"\[\]]{1,200})[”"]的项目'), {"agenda_item": str}),
    Wanted(
        re.compile(rf"于(?P<announced>{_DAY})[^。]{{0,160}}?(?P<outcome>获得通过|未获通过|否决)"),
        {
            "announced": day,
            "outcome": _OUTCOMES.get,
        },
    ),
    Wanted(
        re.compile(rf"(?P<outcome>获得通过|未获通过)(?:,作为[^。]{{1,40}}号决议)?。结果宣布日期:(?P<announced>{_DAY})"),
        {"announced": day, "outcome": _OUTCOMES.get},
    ),
    Wanted(
        re.compile(rf"(?P<procedure_dated>{_DAY})安全理事会主席的信\((?P<procedure>[A-Z][A-Z0-9./]*/\d+)\)"),
        {"procedure_dated": day, "procedure": str},
    ),
    Wanted(re.compile(r"文件(?P<draft>[A-Z][A-Z0-9./]*/\d+)所载的决议草案"), {"draft": str}),
)


_PHRASES = Phrases(
    positions=_POSITIONS,
    doubts=_DOUBTS,
    none_stated=_NONE_STATED,
    enclosed=_ENCLOSED,
    explains=_SAID,
    co_sponsors=_CO_SPONSORS,
    cover=_COVER,
    draft=re.compile(r"([^:]{1,300}):(?:决议)?草案"),
    comma="[、,]",
    both="和",
)


class Chinese(ByPhrases):
    """See :class:`.grammar.Grammar`."""

    language = "zh"
    blanks = False
    name_first = False
    phrases = _PHRASES
    end_of_document = frozenset({"根据记录"})

    def annex(self, line: str) -> int | None:
        """As in the protocol."""
        hit = re.fullmatch(r"附件([零一二三四五六七八九十百\d]{0,6})", "".join(line.split()))
        return None if hit is None else number(hit[1]) if hit[1] else 1

    def is_enclosure(self, line: str) -> bool:
        """As in the protocol."""
        return re.fullmatch(r"附文[一二三四五六七八九十\d]{0,3}", "".join(line.split())) is not None

    def original(self, line: str) -> tuple[str, ...] | None:
        """As in the protocol."""
        hit = re.fullmatch(r"\[?原件:([^\]]{1,60})\]?", "".join(line.split()))
        named = [] if hit is None else re.split("[和、,]", hit[1])
        return tuple(_TONGUES[each] for each in named) if named and all(each in _TONGUES for each in named) else None

    def heading(self, text: str) -> Read | None:
        """As in the protocol."""
        text = text.removesuffix(_NO_DATE)
        form = next(((ending, name) for ending, name in _FORMS if text.endswith(ending)), None)
        if form is None:
            return None
        end = len(text) - len(form[0])
        found: Read = {"form": Found(form[1], end + 1, len(text))}
        start = 0
        if hit := re.match(_DAY, text):
            dated = day(hit[0])
            if dated is None:
                return None
            found["dated"], start = Found(dated, 0, hit.end()), hit.end()
        sender = text[start:end]
        to = next(((each, ids) for each, ids in _ADDRESSEES if sender.endswith("给" + each)), None)
        if to is not None:
            at = end - len(to[0])
            found |= {f"a{n}": Found(each, at, end) for n, each in enumerate(to[1])}
            sender = text[start : at - 1]
        held = self.office(sender)
        if held is None:
            member = member_called(sender, "zh")
            held = None if member is None else {"member": Found(member, 0, len(sender))}
        if held is None or (to is None and not hit):
            return None
        return found | {name: each._replace(start=start, end=start + len(sender)) for name, each in held.items()}

    def speaker(self, text: str) -> Read | None:
        """As in the protocol."""
        if not text.endswith("的发言"):
            return None
        said = text.removesuffix("的发言")
        member = member_called(said, "zh")
        if member is not None:
            return {"member": Found(member, 0, len(said))}
        for ending, office in _OFFICES:
            at = said.find(ending)
            member = member_called(said[:at], "zh") if at > 0 else None
            if member is None or said[at + len(ending) :].startswith("团"):
                continue
            name = at + len(ending)
            address = next((each for each in _ADDRESSES if said.endswith(each)), "")
            found: Read = {"member": Found(member, 0, at), "office": Found(office, at, name)}
            if address:
                found["form_of_address"] = Found(address, len(said) - len(address), len(said))
            if name < len(said) - len(address):
                found["speaker"] = Found("", name, len(said) - len(address))
            return found
        return None

    def signed(self, text: str) -> Read | None:
        """As in the protocol."""
        for ending, value in (("(签名)", True), ("(签字)", True), ("(未签名)", False), ("(是否签名未记录在案)", None)):
            if text.endswith(ending):
                name = len(text) - len(ending)
                found: Read = {} if value is None else {"signed": Found(value, name, len(text))}
                return found | ({"signatory": Found("", 0, name)} if name else {})
        return None

    def rank(self, text: str) -> str | None:
        """As in the protocol."""
        return _RANKS.get(text)

    def office(self, text: str) -> Read | None:
        """As in the protocol."""
        if text in {"安全理事会主席", "大会主席", "主席"}:
            return {"office": Found("president", 0, len(text))}
        for ending, office in _OFFICES:
            member = member_called(text.removesuffix(ending), "zh") if text.endswith(ending) else None
            if member is not None:
                at = len(text) - len(ending)
                return {"office": Found(office, at, len(text)), "member": Found(member, 0, at)}
        return None

    day = staticmethod(day)
