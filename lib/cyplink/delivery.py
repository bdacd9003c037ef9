"""Deliveries in landing: folders `<source>/<controller>/<period>/<delivery>` with a manifest.json beside the files."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cyplink.sources import SOURCES

MANIFEST = "manifest.json"
MANIFEST_DEPTH = 5
PERIOD = r"^\d{4}(-\d{2}|-spring|-summer|-autumn)$"
CODE = r"^[A-Za-z0-9]{2,10}$"


class ManifestFile(BaseModel):
    """A file as the controller states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    rows: Annotated[int, Field(ge=0, lt=1 << 53)]

    @field_validator("name")
    @classmethod
    def _stays_in_the_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", name) or name == MANIFEST:
            raise ValueError("a file name has letters, digits, space, dot, dash and underscore only")
        return name


class ManifestContent(BaseModel):
    """manifest.json. `rows` of a file counts data rows, without the header line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    controller: Annotated[str, Field(pattern=CODE)]
    period: Annotated[str, Field(pattern=PERIOD)]
    version: Annotated[int, Field(ge=1, lt=1 << 31)]
    created_on: str = ""
    synthetic: bool = False
    files: Annotated[tuple[ManifestFile, ...], Field(min_length=1)]

    @field_validator("source")
    @classmethod
    def _is_known(cls, source: str) -> str:
        if source not in SOURCES:
            raise ValueError(f"no such source; known: {', '.join(SOURCES)}")
        return source


@dataclass(frozen=True)
class Delivery:
    """A delivery whose manifest can be read. `folder` is relative to the landing root."""

    delivery_id: str
    source: str
    controller: str
    period: str
    version: int
    folder: str
    files: tuple[ManifestFile, ...]
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """A folder whose manifest cannot be used, and why. `delivery_id` is a hash of the manifest, so that it is reported once."""

    delivery_id: str
    source: str
    folder: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """Everything under a landing root, in the order of folder names."""

    deliveries: tuple[Delivery, ...] = ()
    refusals: tuple[Refusal, ...] = field(default=())


def delivery_id(source: str, controller: str, period: str, hashes: Iterable[str]) -> str:
    """16 hex digits of a hash over what the delivery is for and its files' hashes, in whatever order they are listed."""
    stated = "|".join((source, controller, period, *sorted(hashes)))
    return hashlib.sha256(stated.encode()).hexdigest()[:16]


def find_deliveries(landing: Path, source: str = "") -> Found:
    """Every delivery folder of `source` (default: all) under the landing root.

    A manifest that cannot be read is a refusal with its reasons, and stops nothing else. Raises FileNotFoundError
    when there is no landing folder at all.
    """
    if not landing.is_dir():
        raise FileNotFoundError(f"There is no landing folder at {landing}. Put deliveries there, or make synthetic ones: cyplink synth.")
    found = [_read(folder, landing) for folder in sorted(landing.glob(f"{source or '*'}/*/*/*/"))]
    return Found(
        tuple(one for one in found if isinstance(one, Delivery)), tuple(one for one in found if isinstance(one, Refusal))
    )


def strays(landing: Path) -> list[str]:
    """Folders under the landing root that nothing looks at: of no known source, or with a manifest at another depth than
    <source>/<controller>/<period>/<delivery>. Relative, sorted."""
    unknown = {folder.name for folder in landing.iterdir() if folder.is_dir() and folder.name not in SOURCES} if landing.is_dir() else set()
    misplaced = {
        str(path.parent.relative_to(landing)) for path in landing.glob("*/**/" + MANIFEST)
        if len(path.relative_to(landing).parts) != MANIFEST_DEPTH and path.relative_to(landing).parts[0] in SOURCES
    }
    return sorted(unknown | misplaced)


def _read(folder: Path, landing: Path) -> Delivery | Refusal:
    relative = folder.relative_to(landing)
    path = folder / MANIFEST
    source, controller, period, _ = relative.parts
    if not str(relative).isprintable():
        return _refused(relative, b"", ("folder_name_cannot_be_read",))
    if not path.is_file():
        return _refused(relative, b"", ("manifest_missing",))
    content = path.read_bytes()
    try:
        stated = _stated(content)
    except _BadManifestError as error:
        return _refused(relative, content, error.faults)
    names = [file.name for file in stated.files]
    if (stated.source, stated.controller, stated.period) != (source, controller, period):
        return _refused(relative, content, ("manifest_is_for_another_folder",))
    if len(set(names)) < len(names):
        return _refused(relative, content, ("manifest_lists_a_file_twice",))
    unlisted = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name not in (MANIFEST, *names))
    return Delivery(
        delivery_id(source, controller, period, (file.sha256 for file in stated.files)),
        source, controller, period, stated.version, str(relative), stated.files, tuple(unlisted),
    )


class _BadManifestError(Exception):
    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults


def _stated(content: bytes) -> ManifestContent:
    try:
        read = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        # Also a number of thousands of digits, and brackets without end.
        raise _BadManifestError("manifest_is_not_json") from None
    try:
        return ManifestContent.model_validate(read)
    except ValidationError as error:
        faults = {f"manifest_{_where(fault['loc'])}: {fault['type']}" for fault in error.errors(include_input=False)}
        raise _BadManifestError(*sorted(faults)) from None


def _where(place: Sequence[str | int]) -> str:
    """A place in the manifest. A key is repeated if it is written as keys are; any other could be a value that slipped."""
    return ".".join(str(part) if isinstance(part, int) or re.fullmatch("[a-z_0-9]{1,30}", part) else "unknown_key" for part in place) or "whole"


def _refused(relative: Path, content: bytes, reasons: tuple[str, ...]) -> Refusal:
    name = os.fsencode(relative)
    mark = hashlib.sha256(name + b"|" + content).hexdigest()[:16]
    return Refusal(mark, relative.parts[0], name.decode("utf-8", "replace"), reasons)
