"""How the command line ends when something is wrong: a sentence, no stack trace, and no value of the data."""

import sqlite3

import duckdb
import pytest

from cyplink import cli
from cyplink.runs import RunError


def _ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception) -> str:
    def app() -> None:
        raise error

    monkeypatch.setattr(cli, "app", app)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("error", [duckdb.ConversionException("CANARY"), sqlite3.DatabaseError("CANARY"), KeyError("CANARY"), ValueError("CANARY")])
def test_an_error_that_is_not_ours_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    told = _ended(monkeypatch, capsys, error)
    assert "CANARY" not in told and "Traceback" not in told
    assert type(error).__name__ in told


def test_an_error_of_ours_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no finished run yet." in _ended(monkeypatch, capsys, RunError("There is no finished run yet."))
