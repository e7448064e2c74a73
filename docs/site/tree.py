"""The order of the site: which pages are under which heading, and what lies outside docs/ and is a page too."""

from __future__ import annotations

TREE = {
    "Tutorials": ("tutorial/vote", "tutorial/audit"),
    "How to": (
        "how-to/officer",
        "how-to/delegation",
        "how-to/auditor",
        "how-to/embedder",
        "how-to/operator",
        "install",
        "intake",
        "letters",
        "compendium",
        "paper",
        "case-files",
        "operations",
        "signers",
        "growing",
        "serve",
        "hosts",
        "tables",
    ),
    "Reference": (
        "glossary",
        "reference/commands/index",
        "api/README",
        "embedding",
        "reference/schemas/index",
        "formats",
        "bundle",
        "tiles",
        "spec/README",
        "procedures",
        "optional-rules",
        "clauses",
        "report",
        "languages",
    ),
    "Explanation": ("evidence", "verifying", "threats", "architecture", "performance", "adr/README"),
    "The project": (
        "project/contributing",
        "project/changelog",
        "release",
        "project/examples",
        "project/sketches",
        "project/second-verifier",
        "project/conformance",
        "project/pins",
    ),
}
"""What the side of each page lists, by heading."""

OUTSIDE = {
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "examples/README.md": "project/examples.md",
    "examples/sketches/README.md": "project/sketches.md",
    "examples/second-verifier/README.md": "project/second-verifier.md",
    "conformance/README.md": "project/conformance.md",
    "pins/README.md": "project/pins.md",
}
"""Pages of the repository that are not in docs/, and where they are in the site."""

INSTEAD = {
    "README.md": "index.md",
    "docs/README.md": "index.md",
    "docs/site/commands.py": "reference/commands/index.md",
    "docs/site/schemas.py": "reference/schemas/index.md",
}
"""Where in the site a link leads that leads to no page of it: pages that are made are linked by their maker."""
