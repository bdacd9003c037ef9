"""Keyed pseudonyms: 63 bits of HMAC-SHA-256 over the unit-separator-joined parts of a key.

Keyed, because NHS numbers, UPNs and child ids are few enough to be listed: a plain hash of one is the number itself.
"""

import hmac
import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType

KEY_BYTES = 32
SEPARATOR = "\x1f"
NHS_NUMBER = "nhs_number"
MOST_PARTS = 8  # of a hash63 in DuckDB, whose macros say how many they take
_MASK = (1 << 63) - 1


class KeyFileError(Exception):
    """The pseudonym key cannot be used; the message says how to make one."""


class Pseudonyms:
    """Hashes under one key. The same parts give the same number in DuckDB and in Python, on every machine."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise KeyFileError(f"A pseudonym key has at least {KEY_BYTES} bytes; this one has {len(key)}. {_HOW_TO_MAKE_ONE}")
        self._key = key

    def __repr__(self) -> str:
        return "Pseudonyms(key withheld)"

    @property
    def key_id(self) -> str:
        """Tells two keys apart without giving either away: part of what makes a step run again."""
        return hmac.digest(self._key, b"key_id", "sha256").hex()[:8]

    def hash63_text(self, *parts: str) -> int:
        """A non-negative 63-bit number for the parts, in order; ("a", "bc") and ("ab", "c") differ."""
        return _hash63(hmac.new(self._key, digestmod="sha256"), SEPARATOR.join(parts))

    @contextmanager
    def in_duckdb(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """While it lasts the connection's SQL has the same: hash63(part, ...), null where any part is null, and nhs_number_token(number), the token
        of an NHS number (its ten digits as text, or a number), as silver.withheld_nhs_number holds it.

        A Python function, although DuckDB could hash: a key inside an SQL expression shows in plans and logs. Under a name that nobody else has, for all connections of a process
        share functions, and their keys may differ.
        """
        key, name = self._key, f"hash63_{uuid.uuid4().hex}"

        def hashed(texts: pa.ChunkedArray) -> pa.Array:
            encoded, keyed = texts.combine_chunks().dictionary_encode(), hmac.new(key, digestmod="sha256")
            return pa.array([_hash63(keyed, text) for text in encoded.dictionary.to_pylist()], pa.int64()).take(encoded.indices)

        own = connection.cursor()  # which has no result that somebody has not read to its end
        own.create_function(name, hashed, ["VARCHAR"], "BIGINT", type=PythonUDFType.ARROW)
        try:
            connection.execute(_macros(name))
            yield
        finally:
            own.remove_function(name)
            own.close()


_HOW_TO_MAKE_ONE = (
    "Make one with `cyplink key`, and keep it: "
    "with another key every person id changes."
)


def load_key(path: Path | str) -> bytes:
    """The key in a file, as its text in hexadecimal or else its bytes.

    Raises KeyFileError when the file is missing, readable by everybody or holds fewer than 32 bytes.
    """
    file = Path(path)
    if file.is_dir():
        raise KeyFileError(f"The pseudonym key file {file} is a folder; name the file in it.")
    if not file.is_file():
        raise KeyFileError(f"The pseudonym key file {file} is missing. {_HOW_TO_MAKE_ONE}")
    if file.stat().st_mode & 0o007:
        raise KeyFileError(f"The pseudonym key file {file} is open to every user of the machine; run `chmod 600` on it.")
    content = file.read_bytes()
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = content
    if len(key) < KEY_BYTES:
        raise KeyFileError(f"The pseudonym key in {file} has {len(key)} bytes, at least {KEY_BYTES} are needed. {_HOW_TO_MAKE_ONE}")
    return key


def create_key(path: Path | str) -> bytes:
    """Make a key file of 32 random bytes in hexadecimal, readable by its owner only. Raises FileExistsError if there is one."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(KEY_BYTES) + "\n")
    return load_key(file)


def _macros(function: str) -> str:
    """SQL that makes hash63, a macro for every number of parts, and what is made with it."""
    parts = [[f"part{place}" for place in range(count)] for count in range(1, MOST_PARTS + 1)]
    joined = {", ".join(some): f" || chr({ord(SEPARATOR)}) || ".join(f"{part}::varchar" for part in some) for some in parts}
    return f"""
        create temp macro hash63 {", ".join(f"({some}) as {function}({text})" for some, text in joined.items())};
        create temp macro nhs_number_token(number) as hash63('{NHS_NUMBER}', lpad(number::varchar, 10, '0'))"""


def _hash63(keyed: hmac.HMAC, text: str) -> int:
    one = keyed.copy()  # which has taken in the key: setting it up for every text costs more than the text does
    one.update(text.encode())
    return int.from_bytes(one.digest()[:8], "big") & _MASK
