"""The published pages in a real browser: they draw, they ask the network for nothing, they read well without a picture."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cyplink import flow
from cyplink.pages.dictionary import write_site
from tests.verify.conftest import Outside

pytestmark = pytest.mark.verify


def _browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail("No Chromium on this machine: install it (Debian: apt install chromium) to verify the pages.")


@pytest.fixture(scope="module")
def pages(undisturbed: Outside) -> list[Path]:
    undisturbed.cyplink("publish")
    found = sorted((undisturbed.root / "data" / "pages").glob("*.html"))
    assert len(found) == 3, "an overview and a page for each of two boroughs"
    return found


def test_every_page_draws_in_a_browser(pages: list[Path], tmp_path: Path) -> None:
    for page in pages:
        shot = tmp_path / f"{page.stem}.png"
        command = [_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=1200,2000",
                   f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={shot}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert shot.stat().st_size > 20_000, f"{page.name} draws next to nothing"
        assert "CONSOLE" not in done.stderr, f"{page.name} complains in the console"


def test_every_page_stands_alone(pages: list[Path]) -> None:
    for page in pages:
        html = page.read_text(encoding="utf-8")
        asked = re.findall(r"""(?:src|href)=["']((?:https?:)?//[^"']+)""", html) + re.findall(r"url\((?!['\"]?#|['\"]?data:)[^)]+\)", html)
        assert asked == [], page.name
        assert '<html lang="en' in html
        assert "synthetic" in html.lower()


def test_links_between_pages_lead_somewhere(pages: list[Path]) -> None:
    for page in pages:
        for link in re.findall(r'href="([^"#:]+)"', page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_dictionary_is_searched_in_a_browser(tmp_path: Path) -> None:
    index, *_ = write_site(flow.discover(), tmp_path / "site")
    command = [_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}",
               "--virtual-time-budget=5000", "--dump-dom", f"{index.as_uri()}#q=questionnaire%20SCORE"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = done.stdout.split('<ul id="found">')[1].split("</ul>")[0]
    assert 'href="ssda903.html#field.oc2.SDQ_SCORE"' in found
    assert "CONSOLE" not in done.stderr
