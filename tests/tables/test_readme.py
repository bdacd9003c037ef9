"""The README's flow picture is the one the declarations draw, and every command it names exists."""

import re
from pathlib import Path

from typer.testing import CliRunner

from cyplink import cli, flow

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_flow_picture_is_current() -> None:
    assert flow.with_picture(README, flow.discover()) == README, "the picture is stale; run `make dictionary` and commit what it writes"


def test_every_command_named_exists() -> None:
    listed = CliRunner().invoke(cli.app, ["--help"]).output
    named = set(re.findall(r"`(?:\.venv/bin/)?cyplink ([a-z]+)", README))
    assert {name for name in named if not re.search(rf"\b{name}\b", listed)} == set()


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.M)) <= targets


def test_every_path_named_exists() -> None:
    paths = re.findall(r"`((?:lib|conf|jobs|deploy|notebooks)/[A-Za-z0-9_./-]*)`", README)
    assert [path for path in paths if not (ROOT / path).exists()] == []
