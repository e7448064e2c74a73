"""The page in a real browser: what its own check says, whom it disturbs, and whether everybody can use it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from authority import Tsa
from axe_playwright_python.sync_playwright import Axe
from desks import SYMBOL, opened
from ledgers import SEATLESS, SMALL, cast, hostile, members_of, small
from make_vectors import vectors
from paths import ARTEFACTS, case_file
from signers import LOG, REGISTRAR
from tamper import Attack, Target, every_attack, sample

from inblue.cli.documents.page import build_page
from inblue.cli.language.choose import language
from inblue.cli.language.english import LANGUAGES
from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed
from inblue.domain.roster import built_in_roster
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.result import Verification
from inblue.ledger.evidence.bundle import CHECKPOINT, ENTRIES, FILE_PREFIX, LOG_JSON, REGISTER
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.ed25519 import Ed25519Signer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

BY_THE_BROWSER = (*range(1, 8), 18, 19)
COUNTED = ("register-stripped", "register-miscounted", "first-format", "first-after-second", "key-twice")
WIDTHS = {"desk": 1280, "phone": 390}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# What a browser that does not know Ed25519 answers (Web Cryptography Level 2, section 14.3.4).
WITHOUT_ED25519 = """
  for (const name of ["importKey", "verify"]) {
    const given = SubtleCrypto.prototype[name];
    SubtleCrypto.prototype[name] = function (...words) {
      const algorithm = name === "importKey" ? words[2] : words[0];
      if ((algorithm.name || algorithm) !== "Ed25519") return given.apply(this, words);
      return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
    };
  }
"""


def simulated(name: str) -> Ledger:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/votes")
    play(ledger, read_case(case_file(name)), case_file(name).parent, signer=REGISTRAR)
    return ledger


def of_the_whole_assembly() -> Ledger:
    """A vote of 193 members, of whom 60 reply."""
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/votes", clock=lambda: now)
    roster = built_in_roster("unga-74")
    seats = [seat.model_copy(update={"permanent": seat.member in {"CHN", "FRA"}}) for seat in roster.members]
    roster = roster.model_copy(update={"members": tuple(seats)})
    procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
    draft = DraftCirculated(
        symbol="A/74/L.1", title="A text", question="substantive", times="simulated", procedure=procedure
    )
    ledger.perform("A/74/L.1", draft, signer=REGISTRAR)
    ledger.perform("A/74/L.1", LetterSent(kind="opening", opens_at=now), signer=REGISTRAR, roster=roster)
    for number, member in enumerate(roster.ids[::-3][:60]):
        now += timedelta(minutes=20)
        position = ("in_favour", "against", "abstention")[number % 3]
        act = cast(member, 0, position).model_copy(update={"received_at": now})
        ledger.perform("A/74/L.1", act, signer=REGISTRAR)
    now += timedelta(hours=24)
    ledger.perform("A/74/L.1", VotingClosed(closed_at=now), signer=REGISTRAR)
    ledger.perform("A/74/L.1", ResultAnnounced(announced_at=now), signer=REGISTRAR)
    return ledger


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write the page of a bundle's bytes, or of a vote in a ledger; return its path."""

    def written(source: bytes | Ledger, symbol: str = SMALL, trust: Trust | None = None) -> Path:
        folder = tmp_path_factory.mktemp("page")
        bundle = folder / "vote.zip"
        if isinstance(source, bytes):
            bundle.write_bytes(source)
        else:
            export(source, bundle, vote=symbol, include_open=True)
        page = folder / "report.html"
        page.write_text(build_page(bundle, symbol, trust, language(None)).html)
        return page

    return written


@pytest.fixture(scope="module")
def bundles() -> dict[str, bytes]:
    return {vector.name: vector.raw for vector in vectors() if vector.alone is not None}


@pytest.fixture(scope="module")
def target() -> Target:
    return Target.make()


@pytest.fixture(scope="module")
def pages(make: Callable[..., Path], bundles: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The pages that people will see: the real vote, the simulated day, a broken one, a proven one, a large one."""
    folder = tmp_path_factory.mktemp("tsa")
    tsas = Tsa.make(folder / "one", "one"), Tsa.make(folder / "two", "two")
    desk = opened(*tsas)
    desk.at(3).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    desk.at(25).stamp()
    desk.cast("FRA", file=b"France votes in favour.")
    desk.ledger.perform(SYMBOL, VotingClosed(closed_at=desk.now), signer=Ed25519Signer.from_seed(b"r" * 32))
    desk.stamp()
    trusted = Trust(authorities=tuple(tsa.authority for tsa in tsas))
    return {
        "real": make(simulated("s-2020-268"), "S/2020/240"),
        "simulated": make(simulated("simulated"), "SIM/2026/1"),
        "broken": make(bundles["signature"]),
        "unreadable": make(bundles["left-out"]),
        "proven": make(desk.ledger, SYMBOL, trusted),
        "assembly": make(of_the_whole_assembly(), "A/74/L.1"),
    }


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": WIDTHS["desk"], "height": 900})
    yield made
    made.close()


def open_page(context: BrowserContext, path: Path) -> Page:
    """The page, once it has checked itself; anything that went wrong in it fails the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-checked]", state="attached", timeout=20_000)
    return page


def said_here(page: Page) -> tuple[str, list[tuple[int, int | None]]]:
    """The result of the check in the browser: its sentence, and each problem's check and entry."""
    items = page.locator("#problems-here li").evaluate_all("all => all.map(li => [li.dataset.check, li.dataset.entry])")
    problems = [(int(check), int(entry) if entry else None) for check, entry in items]
    return page.locator("[data-verdict] .said").inner_text(), problems


def by_the_browser(found: Verification) -> list[tuple[int, int | None]]:
    """The problems of `inblue verify` that the browser can see too."""
    return [(problem.check, problem.entry) for problem in found.problems if problem.check in BY_THE_BROWSER]


# What the check says


@pytest.mark.parametrize("name", ["good", "shorter", "rotated", "not-handed-over"])
def test_a_page_of_what_holds_says_that_it_was_checked(
    context: BrowserContext, make: Callable[..., Path], bundles: dict[str, bytes], name: str
) -> None:
    page = open_page(context, make(bundles[name]))
    text, problems = said_here(page)
    assert text.startswith("Checked in this browser: ")
    assert text.endswith("Signatures, hashes and proofs hold.")
    assert problems == []
    here = page.locator("[data-here]").all_inner_texts()
    assert here == ["holds"] * len(BY_THE_BROWSER)


@pytest.mark.parametrize(
    "name", ["signature", "envelope", "left-out", "exchanged", "checkpoint", "register-stripped", "key-twice"]
)
def test_a_page_of_what_is_broken_names_what_inblue_verify_names(
    context: BrowserContext, make: Callable[..., Path], bundles: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    (tmp_path / "b.zip").write_bytes(bundles[name])
    wanted = by_the_browser(verify_bundle(tmp_path / "b.zip"))
    page = open_page(context, make(bundles[name]))
    text, problems = said_here(page)
    assert "DOES NOT HOLD" in text
    assert problems == wanted
    fails = page.locator("[data-here]").evaluate_all(
        "all => all.filter(td => td.dataset.state === 'broken').map(td => Number(td.dataset.here))"
    )
    assert fails == sorted({check for check, _ in wanted})


def test_the_two_implementations_agree_on_every_kind_of_attack(
    context: BrowserContext, make: Callable[..., Path], target: Target, bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """Flipped bytes, lines out of order, members exchanged, other keys: one page checks what each bundle would carry.

    Of checks that it runs in part (10 and 11) the browser may name less.
    """
    page = open_page(context, make(target.raw))
    compared = broken = 0
    counted = [Attack("vector", name, partial(bytes, bundles[name]), target.known) for name in COUNTED]
    for attack in (*counted, *sample(every_attack(target), 40, seed=5)):
        path = tmp_path / "b.zip"
        path.write_bytes(attack.build())
        try:
            found, members = verify_bundle(path), members_of(path)
        except Malformed:
            continue  # no page is made of it
        names = {"entries": ENTRIES, "register": REGISTER, "log": LOG_JSON, "checkpoint": CHECKPOINT}
        carried: dict[str, object] = {key: members[name].decode("latin-1") for key, name in names.items()}
        carried["documents"] = {
            name.removeprefix(FILE_PREFIX): content.decode("latin-1")
            for name, content in members.items()
            if name.startswith(FILE_PREFIX)
        }
        here = page.evaluate("async members => (await inblue.check(members)).problems", carried)
        named = [(each["check"], each["entry"]) for each in here if each["check"] in BY_THE_BROWSER]
        wanted, where = by_the_browser(found), f"{attack.group}: {attack.name}"
        assert named == wanted, where
        compared, broken = compared + 1, broken + bool(named)
    assert compared > 150
    assert broken > 60


def test_a_browser_without_ed25519_has_not_checked_and_does_not_call_it_broken(
    context: BrowserContext, make: Callable[..., Path], bundles: dict[str, bytes]
) -> None:
    context.add_init_script(WITHOUT_ED25519)
    page = open_page(context, make(bundles["good"]))
    text, problems = said_here(page)
    assert "Some signatures were not checked" in text
    assert problems == []
    assert page.locator("[data-verdict]").get_attribute("data-verdict") == "unchecked"
    assert page.locator('[data-here="3"]').inner_text() == "not checked"
    assert page.locator('[data-here="6"]').inner_text() == "holds"
    exchanged = open_page(context, make(bundles["exchanged"]))  # what hashes alone show is still said
    assert said_here(exchanged)[1] != []


def test_a_browser_without_webcrypto_has_checked_nothing(
    context: BrowserContext, make: Callable[..., Path], bundles: dict[str, bytes]
) -> None:
    """As in a page that is read over plain http."""
    html = make(bundles["signature"]).read_text()
    context.route("http://example.test/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page = context.new_page()
    page.goto("http://example.test/")
    page.wait_for_selector("html[data-checked]", state="attached")
    assert said_here(page) == (
        "Not checked: WebCrypto is not available in this browser. That does not mean that anything is wrong.",
        [],
    )
    assert set(page.locator("[data-here]").all_inner_texts()) == {"not checked"}


def test_the_key_of_a_log_that_browsers_cannot_check_is_named(
    context: BrowserContext, make: Callable[..., Path], bundles: dict[str, bytes]
) -> None:
    page = open_page(context, make(bundles["ml-dsa-44"]))
    assert "Some signatures were not checked" in said_here(page)[0]
    assert "ML-DSA-44" in page.locator("#unchecked-here").inner_text()


def test_without_javascript_all_is_there_but_the_check(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["simulated"].as_uri())
    assert said_here_without_script(page) == "Not checked in this browser: the check needs JavaScript."
    assert page.locator(".rollcall li").count() == 15
    assert page.locator(".reply").count() == 17
    assert not page.locator("#compare").is_visible()
    assert page.locator("noscript").inner_text() != ""
    context.close()


def said_here_without_script(page: Page) -> str:
    return page.locator("[data-verdict] .said").inner_text()


# Against a checkpoint from elsewhere


@pytest.mark.parametrize(
    ("pasted", "answer"),
    [
        ("own", "same"),
        ("three lines", "same"),
        ("earlier", "earlier"),
        ("another log", "otherLog"),
        ("forged", "differsUnsigned"),
        ("two histories", "differsSigned"),
        ("later", "later"),
        ("nonsense", "noCheckpoint"),
    ],
)
def test_a_checkpoint_from_elsewhere_is_compared_offline(
    context: BrowserContext, make: Callable[..., Path], target: Target, pasted: str, answer: str
) -> None:
    head = target.ledger.log.head()
    assert head is not None
    own = head.note.decode()
    other = small(change=lambda history: [(23.0, cast("EST", 23)) if at == 25 else (at, act) for at, act in history])
    forked = other.log.head()
    assert forked is not None
    earlier = small(change=lambda history: history[:4]).log.head()
    assert earlier is not None
    notes = {
        "own": own,
        "three lines": "\n".join(own.split("\n")[:3]),
        "earlier": earlier.note.decode(),
        "another log": own.replace("example.org/small", "example.org/other"),
        "forged": own.replace("\n10\n", "\n9\n"),
        "two histories": forked.note.decode(),
        "later": own.replace("\n10\n", "\n11\n"),
        "nonsense": "all is well",
    }
    page = open_page(context, make(target.raw))
    page.get_by_label("Checkpoint from elsewhere").fill(notes[pasted])
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector("#compared[data-answer]")
    assert page.locator("#compared").get_attribute("data-answer") == answer
    assert "{" not in page.locator("#compared").inner_text()


# Nothing leaves, nothing runs


def test_no_request_leaves_the_page(context: BrowserContext, pages: dict[str, Path]) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(_url(request)))
    page = open_page(context, pages["real"])
    page.get_by_label("Checkpoint from elsewhere").fill("x")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector("#compared[data-answer]")
    assert asked == [pages["real"].as_uri()]


def _url(request: Request) -> str:
    return request.url


def test_the_policy_of_the_page_stops_what_would_leave_it(context: BrowserContext, pages: dict[str, Path]) -> None:
    asked: list[str] = []

    def seen(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route("http*://**", seen)
    page = open_page(context, pages["real"])
    tried = page.evaluate(
        """async () => {
          const stopped = [];
          document.addEventListener("securitypolicyviolation", (event) => stopped.push(event.effectiveDirective));
          const image = document.createElement("img");
          image.src = "https://example.org/x.png";
          const script = document.createElement("script");
          script.textContent = "document.title = 'taken'";
          document.body.append(image, script);
          await fetch("https://example.org/").catch(() => {});
          await new Promise((done) => setTimeout(done, 100));
          return { stopped: stopped.sort(), title: document.title };
        }"""
    )
    assert tried["stopped"] == ["connect-src", "img-src", "script-src-elem"]
    assert "taken" not in tried["title"]
    assert asked == []


def test_hostile_texts_do_nothing(context: BrowserContext, make: Callable[..., Path]) -> None:
    page = open_page(context, make(hostile()))
    assert "taken" not in page.title().partition("</title>")[0]
    assert page.locator("img").count() == 0
    assert "document.title='taken'" in page.locator("h1").inner_text()
    assert "hold." in said_here(page)[0]


# The picture


def test_an_unknown_time_is_a_span_and_never_a_point(context: BrowserContext, pages: dict[str, Path]) -> None:
    page = open_page(context, pages["real"])
    chart = page.locator("svg.chart")
    assert chart.locator("use").count() == 0
    assert chart.locator("rect.unknown").count() == 2 + 15 + 4 + 1 + 2  # window, replies, statements, co-sponsor, end
    assert chart.locator("line.dated").count() == 15
    arrived = page.locator("table").nth(1).locator("tbody tr td:nth-child(3)").all_inner_texts()
    assert arrived == ["not known"] * 15
    assert page.locator(".reply").filter(has_text="indeterminate").count() == 15


def test_what_the_picture_shows_is_in_the_tables_too(context: BrowserContext, pages: dict[str, Path]) -> None:
    page = open_page(context, pages["simulated"])
    chart, rows = page.locator("svg.chart"), page.locator("table").nth(1).locator("tbody tr")
    assert (chart.locator("use.arrived").count(), chart.locator("use.outside").count()) == (15, 1)
    falls = rows.locator("td:last-child").all_inner_texts()
    assert (falls.count("inside"), falls.count("late")) == (15, 1)
    acknowledged = [text for text in rows.locator("td:nth-child(5)").all_inner_texts() if text != "no"]
    assert chart.locator("use.acknowledged").count() == len(acknowledged) == 15
    assert page.locator(".picture .rows span").all_inner_texts()[0] == "Window opens"


def test_proof_by_timestamps_is_drawn_as_the_span_it_gives(context: BrowserContext, pages: dict[str, Path]) -> None:
    page = open_page(context, pages["proven"])
    assert page.locator(".reply").filter(has_text="proven").count() >= 1
    assert page.locator("svg.chart line.proved").count() == 2
    assert page.locator("svg.chart use.stamped").count() > 0
    assert "not after" in page.locator("table").nth(1).inner_text()


# For everybody


def picture(page: Page, name: str) -> None:
    """Screenshots of the page for a person to look at: ``make pictures`` makes them."""
    if "INBLUE_TEST_PICTURES" in os.environ:
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"{name}.jpg", full_page=True, type="jpeg", quality=90)


def on_every_screen(page: Page) -> Iterator[str]:
    """The page on each width of screen, and in each scheme of colours, one after the other; yields what it is on."""
    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            yield f"{width}-{scheme}"


@pytest.mark.parametrize("name", ["real", "simulated", "broken", "unreadable", "proven", "assembly"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    context: BrowserContext, pages: dict[str, Path], name: str
) -> None:
    page = open_page(context, pages[name])
    for screen in on_every_screen(page):
        picture(page, f"{name}-{screen}")
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]] == [], screen
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen


@pytest.mark.parametrize("name", ["real", "simulated", "assembly"])
def test_from_right_to_left_nothing_is_wider_than_the_screen_either(
    context: BrowserContext, pages: dict[str, Path], name: str
) -> None:
    page = open_page(context, pages[name])
    page.evaluate("document.documentElement.dir = 'rtl'")
    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": 900})
        picture(page, f"{name}-{width}-rtl")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        outside = page.evaluate(
            """() => [...document.querySelectorAll("main p, main h2, main li, main dd")]
              .filter((each) => each.offsetWidth && !each.closest(".scroll, pre"))
              .filter((each) => each.getBoundingClientRect().left < -1
                || each.getBoundingClientRect().right > innerWidth + 1).length"""
        )
        assert outside == 0, width


# On a phone

PHONES = ((360, 640), (390, 844))
OPEN_ALL = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"
CUT = """() => [...document.querySelectorAll("main *, header *")].filter((each) => {
  const at = each.getBoundingClientRect();
  return at.width && !each.closest("pre, svg, thead, .skip") && (at.left < -1 || at.right > innerWidth + 1);
}).map((each) => each.outerHTML.slice(0, 80))"""
BROKEN = """() => [...document.querySelectorAll(".when")].filter((each) => {
  const tops = [...each.getClientRects()].map((at) => at.top);
  return Math.max(...tops) - Math.min(...tops) > 8;
}).length"""
CLIPPED = """() => [...document.querySelectorAll(".picture .rows bdi, .scroll")]
  .filter((each) => each.scrollHeight > each.clientHeight + 2 || each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.textContent.slice(0, 80))"""


@pytest.fixture(scope="module")
def in_six(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """The real vote and the simulated day, in each language."""
    found = {}
    for name, symbol in (("s-2020-268", "S/2020/240"), ("simulated", "SIM/2026/1")):
        folder = tmp_path_factory.mktemp(name)
        export(simulated(name), folder / "vote.zip", vote=symbol, include_open=True)
        for code in LANGUAGES:
            found[name, code] = folder / f"{code}.html"
            found[name, code].write_text(build_page(folder / "vote.zip", symbol, None, language(code)).html)
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_on_a_phone_outcome_and_verdicts_come_first_and_nothing_is_cut_or_broken(
    context: BrowserContext, in_six: dict[tuple[str, str], Path], code: str
) -> None:
    for name in ("s-2020-268", "simulated"):
        page = open_page(context, in_six[name, code])
        for width, height in PHONES:
            screen = f"{name}-{code}-{width}"
            page.set_viewport_size({"width": width, "height": height})
            page.reload()
            page.wait_for_selector("html[data-checked]", state="attached", timeout=20_000)
            for first in ("[data-made]", "[data-verdict]", ".result"):
                box = page.locator(first).bounding_box()
                assert box is not None
                assert box["y"] + box["height"] <= height, (screen, first)
            assert page.evaluate("document.documentElement.scrollHeight") < 13 * height, screen
            assert page.evaluate(CUT) == [], screen
            picture(page, f"phone-{screen}")
            page.evaluate(OPEN_ALL)
            assert page.evaluate(CUT) == [], screen
            assert page.evaluate(CLIPPED) == [], screen
            assert page.locator(".when").count() > 50, screen
            assert page.evaluate(BROKEN) == 0, screen
            picture(page, f"phone-{screen}-open")
        page.close()


def test_on_a_phone_axe_finds_nothing_in_what_was_folded(context: BrowserContext, pages: dict[str, Path]) -> None:
    page = open_page(context, pages["simulated"])
    page.set_viewport_size({"width": 360, "height": 640})
    page.evaluate(OPEN_ALL)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]] == [], scheme


def test_what_is_folded_opens_for_a_link_for_paper_and_on_a_desk(
    context: BrowserContext, pages: dict[str, Path]
) -> None:
    page = open_page(context, pages["simulated"])
    folded = page.locator("details[data-fold]")
    assert folded.count() > 20
    assert page.locator("details[data-fold]:not([open])").count() == 0
    assert not page.locator("details[data-fold] > summary").first.is_visible()
    page.set_viewport_size({"width": 360, "height": 640})
    page.wait_for_function("() => document.querySelectorAll('details[data-fold][open]').length === 0")
    page.evaluate("location.hash = '#reply-3'")
    page.wait_for_selector("#reply-3 details[open]")
    assert page.locator("details[data-fold][open]").count() == 1
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details[data-fold]:not([open])").count() == 0


def test_everything_can_be_reached_and_done_with_the_keyboard(context: BrowserContext, pages: dict[str, Path]) -> None:
    page = open_page(context, pages["simulated"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.wait_for_url("**#outcome")  # the browser tells it a moment after the key is pressed
    seen = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        at = page.evaluate("document.activeElement.id || document.activeElement.className")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert at == "" or outline != "none"
        seen.add(at)
        if at == "pasted":
            break
    assert {"scroll", "pasted"} <= seen
    page.keyboard.type("all is well")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector('#compared[data-answer="noCheckpoint"]')


def test_a_page_of_fifteen_replies_is_small_and_usable_at_once(context: BrowserContext, pages: dict[str, Path]) -> None:
    assert pages["simulated"].stat().st_size < 300_000
    assert pages["real"].stat().st_size < 300_000
    page = open_page(context, pages["simulated"])
    timing = json.loads(
        page.evaluate("JSON.stringify(performance.getEntriesByType('navigation')[0])"),
    )
    assert timing["domInteractive"] < 2_000
    long = page.evaluate(
        """() => new Promise((done) => {
          new PerformanceObserver((list) => done(list.getEntries().map((each) => each.duration)))
            .observe({ type: "longtask", buffered: true });
          setTimeout(() => done([]), 200);
        })"""
    )
    assert max(long, default=0) < 1_000


def test_of_193_members_those_who_replied_are_listed_and_the_others_named(
    context: BrowserContext, pages: dict[str, Path]
) -> None:
    page = open_page(context, pages["assembly"])
    assert page.locator(".rollcall li").count() == 60
    quiet = page.locator("p.quiet").inner_text()
    assert quiet.startswith("133 members sent no reply:")
    assert pages["assembly"].stat().st_size < 600_000


def test_the_page_prints_on_paper(context: BrowserContext, pages: dict[str, Path]) -> None:
    page = open_page(context, pages["simulated"])
    ARTEFACTS.mkdir(exist_ok=True)
    page.pdf(path=ARTEFACTS / "simulated.pdf", format="A4", prefer_css_page_size=True)
    page.emulate_media(media="print")
    assert not page.locator("#compare").is_visible()
    assert page.locator(".reply").last.is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
