"""The paper that a member sends. Every field is as printed; null means "not known", never "none"."""

from typing import Literal, TypeAlias

from .instant import Day
from .payload import Digest, InOrder, Line, Name, Text

Explanation: TypeAlias = Literal["none_stated", "silent", "enclosed", "announced"]
"""What a reply says of an explanation of vote: none will be given; nothing; one is enclosed; one will follow."""


class Instrument(InOrder):
    """A letter or note verbale.

    ``dated`` is the date on the paper, which is evidence of drafting and not of arrival. ``office`` is the one in the
    signature block; ``office_in_heading`` the heading's, if it differs. ``signatory`` is the name as printed;
    ``signatory_latin`` a Latin spelling that somebody supplied, as ``rank_in_english`` is an English rendering of
    ``rank``. ``sha256`` is the digest of the bytes, if they are kept; ``media_type`` is their type. If they are not the
    bytes of the paper but of a text in another language, such as one printed in a document, ``translation`` is that
    language.
    """

    form: Name
    dated: Day | None = None
    office: Name | None = None
    office_in_heading: Name | None = None
    signatory: Line | None = None
    signatory_latin: Line | None = None
    rank: Line | None = None
    signed: bool | None = None
    addressee: Name | None = None
    language: Line | None = None
    cites_opening_letter: bool | None = None
    remarks: tuple[Text, ...] = ()
    sha256: Digest | None = None
    media_type: Line | None = None
    rank_in_english: Line | None = None
    translation: Line | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the bytes of the paper itself are on record, by their digest."""
        return self.sha256 is not None and self.translation is None
