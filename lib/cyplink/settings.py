"""What differs between places and what a governance board may change: YAML checked by pydantic, secrets by file only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cyplink.disclosure.settings import DisclosureSettings
from cyplink.linkage.settings import LinkageSettings
from cyplink.tables.model import Zone


class SettingsError(Exception):
    """The settings cannot be used; the message names every key at fault and the file to mend."""


class Zones(BaseModel):
    """Root of each zone: a folder, of this machine or one that every machine of a cluster mounts at the same place. Not a URI: tables'
    files are written by DuckDB beside Spark, under names that are put in place by renaming."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    landing: str
    identifiable: str
    research: str

    @field_validator("*")
    @classmethod
    def _is_a_folder(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("a zone is a folder, not a URI; mount the store on every machine and name the folder")
        return value

    def roots(self) -> dict[Zone, str]:
        return {Zone.IDENTIFIABLE: self.identifiable, Zone.RESEARCH: self.research}


class Tracking(BaseModel):
    """Where MLflow keeps runs and models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uri: str
    artefacts: str
    experiment: str = "cyplink"


class Publication(BaseModel):
    """What keeps a run from being published without an override."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    largest_churn: float = Field(ge=0, le=1)


class Settings(BaseModel):
    """All settings of one environment, with every path resolved against the root the settings were loaded for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zones: Zones
    truth: str | None = None
    pages: str
    pseudonym_key_file: str
    spark: Mapping[str, str] = Field(default_factory=dict)
    tracking: Tracking
    publication: Publication
    linkage: LinkageSettings
    disclosure: DisclosureSettings

    def section(self, name: str) -> Any:
        return getattr(self, name)


SECTION_FILES = ("linkage", "disclosure")


def load(folder: Path, environment: str = "local", root: Path | None = None) -> Settings:
    """Settings of `environment`: `base.yaml`, the files of single sections, then `<environment>.yaml` over them.

    Relative paths count from `root` (default: the working folder). Raises SettingsError for a missing file, an unknown
    key or a wrong value, all of them at once.
    """
    content = _read(folder / "base.yaml")
    for name in SECTION_FILES:
        content[name] = _read(folder / f"{name}.yaml")
    if not (folder / f"{environment}.yaml").exists():
        known = sorted(p.stem for p in folder.glob("*.yaml") if p.stem not in ("base", *SECTION_FILES))
        raise SettingsError(f"There are no settings for '{environment}' in {folder}; known environments: {', '.join(known)}.")
    content = _over(content, _read(folder / f"{environment}.yaml"))
    try:
        return Settings(**_resolved(content, (root or Path.cwd()).resolve()))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise SettingsError(f"Settings '{environment}' in {folder} cannot be used: {faults}.") from None


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise SettingsError(f"Settings file {path} is missing; give the folder that holds it with --conf.")
    try:
        return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise SettingsError(f"Settings file {path} is not YAML{where}; mend it.") from None


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _over(dict(merged[key]), value) if both else value
    return merged


def _resolved(content: dict[str, Any], root: Path) -> dict[str, Any]:
    def absolute(value: str) -> str:
        return value if "://" in value else str(root / value)

    found = dict(content)
    for key in ("truth", "pages", "pseudonym_key_file"):
        if isinstance(found.get(key), str):
            found[key] = absolute(found[key])
    if isinstance(found.get("zones"), Mapping):
        found["zones"] = {zone: absolute(str(value)) for zone, value in found["zones"].items()}
    tracking = found.get("tracking")
    if isinstance(tracking, Mapping):
        tracking = dict(tracking)
        if str(tracking.get("uri", "")).startswith("sqlite:///"):
            tracking["uri"] = "sqlite:///" + absolute(str(tracking["uri"]).removeprefix("sqlite:///"))
        if "artefacts" in tracking:
            tracking["artefacts"] = absolute(str(tracking["artefacts"]))
        found["tracking"] = tracking
    return found
