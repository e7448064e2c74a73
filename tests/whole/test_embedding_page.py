"""The code on docs/embedding.md runs from top to bottom, with no deeper import than of inblue itself."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest
from paths import EXAMPLES, ROOT

PAGE = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_on_embedding_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    host: dict[str, object] = {}
    for block in CODE:
        exec(compile(block, "docs/embedding.md", "exec"), host)  # noqa: S102 - what a host would copy
    assert len(CODE) >= 5


def test_no_example_that_is_to_be_copied_imports_below_inblue() -> None:
    assert re.findall(r"(?:from|import) inblue\.\S+", "\n".join(CODE)) == []
    assert len(JOBS) >= 10
    for _, name in JOBS:
        assert re.findall(r"(?:from|import) inblue\.\S+", (EXAMPLES / name).read_text(encoding="utf-8")) == [], name


JOBS = re.findall(r"\| (\d+) \| \[[^]]+\]\(\.\./examples/(\S+)\) \|", PAGE)


@pytest.mark.parametrize(("lines", "name"), JOBS)
def test_a_job_takes_as_many_lines_as_the_table_says(lines: str, name: str) -> None:
    assert lines_of_code((EXAMPLES / name).read_text(encoding="utf-8")) == int(lines)


def lines_of_code(source: str) -> int:
    """How many lines have code in them: no blank line, no comment, no docstring."""
    said: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            said |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    words = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for each in words if each.type not in NO_CODE for line in range(each.start[0], each.end[0] + 1)}
    return len(code - said)


NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def test_every_program_of_the_examples_is_in_their_list() -> None:
    listed = set(re.findall(r"\]\((\w+)[./)]", (EXAMPLES / "README.md").read_text(encoding="utf-8")))
    programs = [each for each in EXAMPLES.iterdir() if each.suffix in {".py", ".sh"} or (each / "__init__.py").exists()]
    assert {each.name.partition(".")[0] for each in programs} <= listed
