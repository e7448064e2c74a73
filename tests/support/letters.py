"""Letters that are made up, in six languages, and the documents and messages that they may come as.

Every person, address and hour in them is invented; so is their wording, but for the phrases of S/2020/268.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from functools import cache
from typing import NamedTuple

from inblue.domain.proposal import FieldName
from inblue.domain.roster import built_in_members, built_in_names, built_in_roster

DRAFT, OTHER_DRAFT, NO_DRAFT = "S/2026/301", "S/2026/302", "S/2026/399"
ROSTER = built_in_roster("unsc-2026")
MEMBERS = built_in_members("un-member-states")
DAY = "2026-03-27"
POSITIONS = ("in_favour", "against", "abstention")
SOURCED = {"ar": ("in_favour",), "ru": ()}
"""The positions for which there is a source, where it is not every one."""


class Words(NamedTuple):
    """How a letter is written in one language; the text is ours, but for what S/2020/268 has."""

    head: str
    dated: str
    address: str
    salutation: str
    body: str
    vote: Mapping[str, str]
    ending: str
    below: str
    note: str
    negated: str
    conditional: str


WORDS: dict[str, Words] = {
    "en": Words(
        "Permanent Mission of {member} to the United Nations",
        "New York, 27 March 2026",
        "Her Excellency Ms. Ana Example\nPresident of the Security Council\n"
        "Permanent Representative of {other} to the United Nations\nNew York",
        "Excellency,",
        "I refer to your letter of 26 March 2026 on the draft resolution contained in document {symbol}.",
        {
            "in_favour": "{member} votes in favour of the draft resolution.",
            "against": "{member} votes against the draft resolution.",
            "abstention": "{member} abstains on the draft resolution.",
        },
        "Please accept, Excellency, the assurances of my highest consideration.",
        "Robin Example\nAmbassador\nPermanent Representative of {member} to the United Nations",
        "The Permanent Mission of {member} to the United Nations presents its compliments to the President of the"
        " Security Council and has the honour to refer to document {symbol}.",
        "{member} does not vote in favour of the draft resolution.",
        "{member} votes in favour of the draft resolution, provided that its first paragraph is deleted.",
    ),
    "fr": Words(
        "Mission permanente : {member}",
        "New York, le 27 mars 2026",
        "Son Excellence Mme Ana Example\nPrésidente du Conseil de sécurité\nNew York",
        "Madame la Présidente,",
        "Me référant à votre lettre du 26 mars 2026 sur le projet de résolution {symbol}, je vous écris ce qui suit.",
        {
            "in_favour": "Ma délégation vote en faveur du projet de résolution.",
            "against": "Ma délégation vote contre le projet de résolution.",
            "abstention": "Ma délégation s’abstient sur le projet de résolution.",
        },
        "Veuillez agréer, Madame la Présidente, les assurances de ma très haute considération.",
        "Robin Example\nAmbassadeur\nReprésentant permanent : {member}",
        "",
        "Ma délégation ne vote pas en faveur du projet de résolution.",
        "Ma délégation vote en faveur du projet de résolution, sous réserve que son premier paragraphe soit supprimé.",
    ),
    "es": Words(
        "Misión Permanente: {member}",
        "Nueva York, 27 de marzo de 2026",
        "Excma. Sra. Ana Example\nPresidenta del Consejo de Seguridad\nNueva York",
        "Excelencia:",
        "Me refiero a su carta del 26 de marzo de 2026 relativa al proyecto de resolución {symbol}.",
        {
            "in_favour": "Mi delegación vota a favor del proyecto de resolución.",
            "against": "Mi delegación vota en contra del proyecto de resolución.",
            "abstention": "Mi delegación se abstiene respecto del proyecto de resolución.",
        },
        "Aprovecho la oportunidad para reiterarle las seguridades de mi más alta consideración.",
        "Robin Example\nEmbajador\nRepresentante Permanente: {member}",
        "",
        "Mi delegación no vota a favor del proyecto de resolución.",
        "Mi delegación vota a favor del proyecto de resolución, a condición de que se suprima su primer párrafo.",
    ),
    "zh": Words(
        "",
        "2026年3月27日",
        "纽约\n安全理事会主席阁下",
        "阁下:",
        "谨提及2026年3月26日安全理事会主席的信，其中涉及决议草案（{symbol}）。",
        {
            "in_favour": "{member}对该决议草案投赞成票。",
            "against": "{member}对该决议草案投反对票。",
            "abstention": "{member}对该决议草案投弃权票。",
        },
        "顺致最崇高的敬意。",
        "{member}常驻联合国代表\n特命全权大使\n安娜（签名）",
        "{member}常驻联合国代表团谨提及决议草案（{symbol}）。",
        "{member}不对该决议草案投赞成票。",
        "如果删除第一段，{member}对该决议草案投赞成票。",
    ),
    "ru": Words(
        "Постоянное представительство: {member}",
        "Нью-Йорк, 27 марта 2026 года",
        "Ее Превосходительству г-же Ане Пример\nПредседателю Совета Безопасности",
        "Ваше Превосходительство,",
        "Имею честь сослаться на Ваше письмо от 26 марта 2026 года о проекте резолюции {symbol}.",
        {
            "in_favour": "Моя делегация голосует за проект резолюции.",
            "against": "Моя делегация голосует против проекта резолюции.",
            "abstention": "Моя делегация воздерживается при голосовании.",
        },
        "Прошу принять уверения в моем самом высоком уважении.",
        "Робин Пример\nПостоянный представитель: {member}",
        "",
        "Моя делегация не голосует за проект резолюции.",
        "Моя делегация голосует за проект резолюции при условии исключения его первого пункта.",
    ),
    "ar": Words(
        "البعثة الدائمة: {member}",
        "نيويورك، 27 مارس 2026",
        "صاحبة السعادة السيدة آنا\nرئيسة مجلس الأمن",
        "صاحبة السعادة،",
        "أشير إلى رسالتكم بشأن مشروع القرار {symbol}.",
        {
            "in_favour": "بلدي تصوت لصالح مشروع القرار.",
            "against": "بلدي تصوت ضد مشروع القرار.",
            "abstention": "بلدي تمتنع عن التصويت على مشروع القرار.",
        },
        "وتفضلوا بقبول فائق الاحترام.",
        "روبن\nالممثل الدائم: {member}",
        "",
        "بلدي لا تصوت لصالح مشروع القرار.",
        "بلدي تصوت لصالح مشروع القرار بشرط حذف فقرته الأولى.",
    ),
}
LANGUAGES = tuple(WORDS)


def called(member: str, language: str) -> str:
    """What a member is called in a language, as the lists that are shipped have it."""
    return MEMBERS[member] if language == "en" else built_in_names("un-member-states")[member][language]


class Letter(NamedTuple):
    """One letter, before it is put into a message."""

    member: str
    position: str
    language: str
    symbol: str = DRAFT

    @property
    def truth(self) -> dict[FieldName, str]:
        """What it says."""
        said: dict[FieldName, str] = {
            "member": self.member,
            "position": self.position,
            "vote": self.symbol,
            "dated": DAY,
        }
        return said | {"form": "letter", "language": self.language}

    @property
    def is_sourced(self) -> bool:
        """Whether there is a source for the phrase of its position."""
        return self.position in SOURCED.get(self.language, POSITIONS)

    def lines(self, **other: str) -> str:
        """Its text; ``other`` replaces parts of it, by the names of :class:`Words`."""
        words = WORDS[self.language]
        vote = other.get("vote", words.vote[self.position])
        parts = [words.head, words.dated, words.address, words.salutation, words.body, vote, words.ending, words.below]
        elsewhere = next(each for each in ("CHN", "GBR") if each != self.member)
        named = {"member": called(self.member, self.language), "other": called(elsewhere, self.language)}
        return "\n\n".join(part.format(symbol=self.symbol, **named) for part in parts if part)

    def note(self) -> str:
        """As a note verbale."""
        words, name = WORDS[self.language], called(self.member, self.language)
        said = [words.note, words.vote[self.position], words.dated]
        return "\n\n".join(part.format(symbol=self.symbol, member=name) for part in said)


def drawn(chance: random.Random, language: str | None = None, *, sourced: bool = False) -> Letter:
    """Any letter; where it is ``sourced``, one whose phrase has a source."""
    language = language or chance.choice(LANGUAGES)
    positions = SOURCED.get(language, POSITIONS) if sourced else POSITIONS
    return Letter(chance.choice(ROSTER.ids), chance.choice(positions or POSITIONS), language)


def message(
    text: str | None, *, sender: str = "Registry <registry@example.org>", subject: str = "Vote"
) -> EmailMessage:
    """A message with a text."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "Director <director@example.org>", subject
    made["Date"] = "Fri, 27 Mar 2026 12:00:00 -0400"
    if text is not None:
        made.set_content(text)
    return made


@cache
def pdf(text: str) -> bytes:
    """A PDF of a text."""
    import typst

    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    fonts = '("Libertinus Serif", "Noto Serif CJK SC", "Noto Naskh Arabic")'
    paragraphs = f'"{escaped}".split("\\n\\n")'
    lines = 'for line in each.split("\\n") [#line #linebreak()]'
    source = f"#set text(font: {fonts}, size: 10pt)\n#for each in {paragraphs} {{ par({{ {lines} }}) }}"
    return bytes(typst.compile(source.encode()))


def docx(text: str) -> bytes:
    """A DOCX of a text."""
    from docx import Document

    document = Document()
    for line in text.split("\n"):
        document.add_paragraph(line)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def encrypted(content: bytes) -> bytes:
    """A PDF that asks for a password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt("secret", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def zip_bomb() -> bytes:
    """A DOCX whose text unpacks to 70 MB."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(70_000_000))
    return made.getvalue()
