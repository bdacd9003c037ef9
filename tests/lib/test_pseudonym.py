"""Pseudonyms: one number for one key wherever it is made, and a key that nobody gets to see."""

import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyplink.pseudonym import SEPARATOR, KeyFileError, Pseudonyms, create_key, load_key

KEY = bytes(range(1, 33))
OTHER_KEY = bytes(range(2, 34))
pseudonyms = Pseudonyms(KEY)
part = st.one_of(st.none(), st.text(max_size=10))


@given(st.lists(st.tuples(part, part), max_size=20))
def test_duckdb_and_python_agree_and_null_stays_null(values: list[tuple[str | None, str | None]]) -> None:
    given = pa.table({"a": pa.array([a for a, _ in values], pa.string()), "b": pa.array([b for _, b in values], pa.string())})
    with duckdb.connect() as connection, pseudonyms.in_duckdb(connection):
        connection.register("given", given)
        made = connection.execute("select a, b, hash63(a, b) from given").fetchall()
    assert len(made) == len(values)
    for a, b, token in made:
        assert token == (None if a is None or b is None else pseudonyms.hash63_text(a, b))


def test_the_parts_of_a_hash_in_duckdb_are_texts_as_python_would_write_them() -> None:
    with duckdb.connect() as connection, pseudonyms.in_duckdb(connection):
        made = connection.execute("select hash63('é', 9223372036854775807, date '2012-05-03', true)").fetchall()
    assert made == [(pseudonyms.hash63_text("é", "9223372036854775807", "2012-05-03", "true"),)]


def test_two_keys_in_one_duckdb_do_not_meet_and_neither_is_left_behind() -> None:
    with duckdb.connect() as database:
        one, other = database.cursor(), database.cursor()
        with pseudonyms.in_duckdb(one), Pseudonyms(OTHER_KEY).in_duckdb(other):
            assert one.execute("select hash63('a')").fetchall() == [(pseudonyms.hash63_text("a"),)]
            assert other.execute("select hash63('a')").fetchall() == [(Pseudonyms(OTHER_KEY).hash63_text("a"),)]
            listed = repr(one.execute("select * from duckdb_functions() where function_name like '%hash63%'").fetchall())
        assert KEY.hex() not in listed and "hash63" in listed
        assert database.execute("select count(*) from duckdb_functions() where function_name like 'hash63\\_%' escape '\\'").fetchall() == [(0,)]


def test_where_one_part_ends_and_the_next_begins_matters() -> None:
    tokens = {pseudonyms.hash63_text(*parts) for parts in (("a", "bc"), ("ab", "c"), ("abc",), ("abc", ""), ("", "abc"), ("bc", "a"))}
    assert len(tokens) == 6
    assert pseudonyms.hash63_text("a", "b") == pseudonyms.hash63_text(f"a{SEPARATOR}b"), "no source spells an id with a unit separator"


def test_another_key_gives_other_numbers() -> None:
    other = Pseudonyms(OTHER_KEY)
    assert pseudonyms.hash63_text("a") != other.hash63_text("a")
    assert pseudonyms.key_id != other.key_id
    assert Pseudonyms(KEY).key_id == pseudonyms.key_id


def test_the_number_is_the_same_on_every_machine() -> None:
    # OpenSSL is not ours: of its digest under the same key the first eight bytes, without the sign, are the number.
    asked = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}"],
        input=b"ssda903\x1f304\x1fA1", capture_output=True, check=True,
    )  # fmt: skip
    digest = bytes.fromhex(asked.stdout.decode().split()[-1])
    assert pseudonyms.hash63_text("ssda903", "304", "A1") == int.from_bytes(digest[:8], "big") % 2**63


def test_a_number_and_its_text_have_one_token() -> None:
    with duckdb.connect() as connection, pseudonyms.in_duckdb(connection):
        made = connection.execute("select nhs_number_token(t), nhs_number_token(n) from (values ('0000000051', 51), ('9434765919', 9434765919), (null, null)) as v(t, n)").fetchall()
    assert made == [(token, token) for token in (pseudonyms.hash63_text("nhs_number", "0000000051"), pseudonyms.hash63_text("nhs_number", "9434765919"), None)]


def test_the_key_is_in_no_repr_plan_or_function() -> None:
    readable = Pseudonyms(b"CANARYKEY-CANARYKEY-CANARYKEY-CANARYKEY")
    with duckdb.connect() as connection, readable.in_duckdb(connection):
        plan = repr(connection.execute("explain select hash63('x', a), nhs_number_token(a) from (select range::varchar as a from range(3))").fetchall())
        functions = repr(connection.execute("select * from duckdb_functions() where function_name like '%hash63%'").fetchall())
    shown = " ".join([repr(readable), str(readable), readable.key_id, plan, functions])
    assert "hash63_" in plan
    for secret in ("CANARYKEY", b"CANARYKEY".hex(), "Q0FOQVJZS0VZ"):
        assert secret.lower() not in shown.lower()


def test_a_made_key_is_the_owners_alone_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "pseudonym.key"
    key = create_key(file)
    assert (load_key(file), len(key)) == (key, 32)
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    with pytest.raises(FileExistsError):
        create_key(file)
    assert load_key(file) == key
    assert create_key(tmp_path / "another.key") != key


def test_a_key_file_may_hold_bytes_or_hexadecimal(tmp_path: Path) -> None:
    for content in (KEY, KEY.hex().encode(), f"{KEY.hex()}\n".encode()):
        file = tmp_path / "key"
        file.write_bytes(content)
        file.chmod(0o600)
        assert load_key(file) == KEY


def test_a_key_that_cannot_be_used_is_refused_without_quoting_it(tmp_path: Path) -> None:
    missing, short, opened = tmp_path / "missing", tmp_path / "short", tmp_path / "opened"
    short.write_text("CANARY")
    opened.write_text("CANARY" * 8)
    short.chmod(0o600)
    opened.chmod(0o644)
    for file, why in ((missing, "is missing"), (short, "has 6 bytes"), (opened, "chmod 600")):
        with pytest.raises(KeyFileError, match=why) as caught:
            load_key(file)
        assert "CANARY" not in str(caught.value)
    with pytest.raises(KeyFileError, match="this one has 31"):
        Pseudonyms(bytes(31))


def test_tokens_do_not_hang_on_pythons_own_hash() -> None:
    code = f"from cyplink.pseudonym import Pseudonyms; print(Pseudonyms(bytes.fromhex('{KEY.hex()}')).hash63_text('a', 'é'))"
    lib = str(Path(__file__).parents[2] / "lib")
    found = {
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env={"PYTHONPATH": lib, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }
    assert {int(line) for line in found} == {pseudonyms.hash63_text("a", "é")}
