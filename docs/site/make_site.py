"""The documentation as a site of files, which a browser opens without a server or a network.

``python docs/site/make_site.py FOLDER``, or ``make docs``. A warning of Sphinx is an error.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import accessible
import commands
import pages
import schemas

HERE = Path(__file__).resolve().parent


def make(folder: Path) -> int:
    """Write the site into ``folder``, and beside it the pages that it was made of; give Sphinx's exit status."""
    staged = folder.with_name(f"{folder.name}-pages")
    for each in (staged, folder):
        shutil.rmtree(each, ignore_errors=True)
    staged.mkdir(parents=True)
    pages.stage(staged)
    commands.write(staged / "reference" / "commands")
    schemas.write(staged / "reference" / "schemas")
    sphinx = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going", "-j", "auto"]
    where = ["-c", str(HERE), "-d", str(staged / ".doctrees"), str(staged), str(folder)]
    done = subprocess.run([*sphinx, *where], check=False)  # noqa: S603 - our own words
    accessible.mend(folder)
    return done.returncode


if __name__ == "__main__":
    sys.exit(make(Path(sys.argv[1]).resolve()))
