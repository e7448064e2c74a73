"""The fifteen replies of S/2020/268, as mails that were made of its text: fifteen confirmations, and nothing typed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from letters import message
from paths import EXAMPLES, INBLUE
from terminal import at_terminal

PRINTED = (EXAMPLES / "s-2020-268" / "as-printed" / "zh.txt").read_text(encoding="utf-8")
REPLIES = re.split(r"(?m)^ ?(?=附件[一二三四五六七八九十]+\s*$)", PRINTED)[2:17]


def test_fifteen_replies_are_fifteen_confirmations(tmp_path: Path) -> None:
    address, passphrase = str(tmp_path / "council.db"), "four words nobody says"
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": passphrase, "INBLUE_LEDGER": address}

    def ok(*words: str) -> str:
        command = [INBLUE, *words]
        null = subprocess.DEVNULL
        done = subprocess.run(command, env=env, cwd=tmp_path, stdin=null, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    ok("init")
    ok("key", "new", "intake")
    ok("key", "enrol", "intake", "--office", "intake")
    ok("draft", "circulate", "S/2020/240", "--title", "...", "--simulated")
    ok("letter", "send", "opening", "--roster", "unsc-2020")
    begin = b"From a@example.org Fri Mar 27 12:00:00 2020\n"
    mails = (begin + message(text).as_bytes().replace(b"\nFrom ", b"\n>From ") + b"\n" for text in REPLIES)
    (tmp_path / "replies.mbox").write_bytes(b"".join(mails))
    assert ok("inbox", "replies.mbox").count("proposed: ") == 15
    told = at_terminal([INBLUE, "inbox", "review"], env=env, answers="\ny\n" * 15, after="Message 0:")
    assert "15 recorded, 0 set aside, 0 waiting" in told.shown
    (vote,) = json.loads(ok("audit", "--json"))["votes"]
    assert {reply["position"] for reply in vote["replies"] if reply["counted"]} == {"in_favour"}
    assert len({reply["member"] for reply in vote["replies"]}) == 15
    assert "every check passed" in ok("verify")
