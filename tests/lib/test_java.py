"""Which Java is taken, and what is said of one that is not: by the check before the environment is made, and by the one before Spark starts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cyplink.session import JavaError, check_java

CHECK = Path(__file__).parents[2] / "deploy" / "environment" / "check.sh"


def _java(folder: Path, version: str) -> Path:
    """A program that says it is a Java of this version; returns its folder."""
    folder.mkdir(parents=True)
    program = folder / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-04-16' >&2\n", encoding="utf-8")
    program.chmod(0o755)
    return folder


def _before_the_environment() -> str:
    """What check.sh says; nothing where it is content."""
    done = subprocess.run(["/bin/sh", str(CHECK), sys.executable], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode == 0) == (done.stderr == ""), done
    return done.stderr


def _before_spark() -> str:
    try:
        check_java()
    except JavaError as error:
        return str(error)
    return ""


@pytest.fixture(params=[_before_the_environment, _before_spark])
def said(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Neither JAVA_HOME nor a Java on the PATH, which has the shell's own commands only."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sed", "head"):
        (tools / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize("version", ["17.0.11", "17", "21.0.3"])
def test_a_java_that_spark_can_use_is_taken(said: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("PATH", f"{_java(tmp_path / 'bin', version)}{os.pathsep}{os.environ['PATH']}")
    assert said() == ""


@pytest.mark.parametrize(("version", "told"), [("1.8.0_412", "Java 8"), ("11.0.2", "Java 11"), ("25", "Java 25")])
def test_another_java_is_named_by_its_version(said: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, told: str) -> None:
    monkeypatch.setenv("PATH", f"{_java(tmp_path / 'bin', version)}{os.pathsep}{os.environ['PATH']}")
    assert f"{told} " in said() and "17 or 21" in said() and "on the PATH" in said()


def test_no_java_is_told_with_what_to_install(said: Callable[[], str]) -> None:
    assert "17 or 21" in said() and "openjdk-17-jre-headless" in said()


def test_a_java_home_without_a_java_is_what_is_wrong(said: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the PATH has."""
    monkeypatch.setenv("PATH", f"{_java(tmp_path / 'bin', '17.0.11')}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert "JAVA_HOME points at a folder without a working Java" in said()


def test_a_java_home_with_another_java_is_what_is_wrong(said: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(_java(tmp_path / "old" / "bin", "1.8.0_412").parent))
    assert "Java 8 " in said() and "JAVA_HOME" in said()
