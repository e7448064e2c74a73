"""What Sphinx is told about the site of the documentation (make docs). Nothing in it is fetched from anywhere."""

from __future__ import annotations

import tomllib
from pathlib import Path

_PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "inblue"
release = version = _PROJECT["version"]
html_title = f"inblue {release}"
language = "en"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 5
highlight_language = "none"  # a block says its language, or is shown as it is
smartquotes = False  # "--" is part of an option
nitpicky = True
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # it would ask for pages, which a browser does not allow among files
html_permalinks_icon = "#"
html_last_updated_fmt = None  # the same pages make the same bytes
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
