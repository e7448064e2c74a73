"""The Council of two years without its terms, for votes by a clock that is in another year."""

from __future__ import annotations

from pathlib import Path

from inblue.domain.roster import Roster

FILE_2020, FILE_2021 = (str(Path(__file__).parent / f"council-{year}.json") for year in (2020, 2021))
COUNCIL_2020, COUNCIL_2021 = (Roster.read(Path(each).read_bytes(), where=each) for each in (FILE_2020, FILE_2021))
