"""Page and paper: the record of a vote and its compendium, as HTML that needs nothing else and as archival PDF."""
