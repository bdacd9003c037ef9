"""The one command. Every subcommand ends in a summary or in a sentence that says what to do; never in a stack trace."""

import json
import logging
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from cyplink import __version__
from cyplink.lake import OWN_ERRORS
from cyplink.tables.model import TableError

app = typer.Typer(
    help="Link the returns London's councils and NHS providers make about children into one research-ready dataset.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
WIDTH_OF_A_LOG = 120
console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)
errors = Console(stderr=True)

Conf = Annotated[Path, typer.Option("--conf", help="Folder of the settings.", envvar="CYPLINK_CONF")]
Environment = Annotated[str, typer.Option("--env", help="Which settings: <env>.yaml in the settings folder.", envvar="CYPLINK_ENV")]
Names = Annotated[list[str] | None, typer.Option("--only", help="Run only this stage or job (repeat for more).")]


def main() -> None:
    """Run the command line."""
    ended(app)


def ended(act: Callable[[], object]) -> None:
    """Do it; an error ends the process with a sentence on stderr and exit code 1, an interruption with 130."""
    quiet()
    try:
        act()
    except Exception as error:
        text = said(error) if isinstance(error, known_errors()) and _is_ours(error) else _withheld(error)
        errors.print(f"[bold red]cyplink:[/] {escape(text)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("Stopped. What was committed stays; the same command goes on from there.")
        sys.exit(130)


def _is_ours(error: Exception) -> bool:
    """Whether this project wrote the error's text: another's may quote data. A path holds no value."""
    if isinstance(error, OSError) or type(error).__module__.startswith(OWN_ERRORS):
        return True
    raised_in = traceback.extract_tb(error.__traceback__)[-1].filename
    return Path(raised_in).is_relative_to(Path(__file__).parent)


def _withheld(error: Exception) -> str:
    place = next((frame for frame in reversed(traceback.extract_tb(error.__traceback__)) if Path(frame.filename).is_relative_to(Path(__file__).parent)), None)
    where = f" in {Path(place.filename).name}, line {place.lineno}" if place else ""
    return f"It stopped with {type(error).__name__}{where}; the message is withheld because it may quote data. What was committed stays; mend the cause and run again."


def said(error: Exception) -> str:
    """What to tell of an error: the operating system's are told with the file they are about."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'A file'}: {error.strerror.lower()}."
    return str(error)


def quiet() -> None:
    """Libraries say nothing short of an error: what they chatter about is in the run's figures, and might quote data here."""
    logging.captureWarnings(True)
    for name in ("py.warnings", "splink", "mlflow", "alembic", "py4j", "pyspark"):
        logging.getLogger(name).setLevel(logging.ERROR)


@app.command()
def synth(
    out: Annotated[Path, typer.Option(help="Where to write landing/ and truth/.")] = Path("data/synthetic"),
    boroughs: Annotated[str, typer.Option(help="nwl, london, or names or DfE numbers with commas.")] = "nwl",
    sample: Annotated[float, typer.Option(min=0.0001, max=1.0, help="Share of the children; looked-after children are all in.")] = 0.05,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files on any machine.")] = 1,
    years: Annotated[int, typer.Option(min=1, max=3, help="Years of deliveries, up to March 2026.")] = 3,
    error_factor: Annotated[float, typer.Option("--errors", min=0.0, max=10.0, help="Multiplies all rates of error in names, dates, addresses.")] = 1.0,
    with_second_period: Annotated[bool, typer.Option("--second-period", help="Adds the quarter after: births, moves, new contacts, corrected returns, withdrawals.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Compare with published figures; writes calibration.html beside truth/.")] = False,
) -> None:
    """Make a synthetic population and its deliveries in the real formats."""
    from cyplink import synthetic
    from cyplink.summary import print_synthesis
    from cyplink.synthetic.comparison_page import print_report

    started = time.monotonic()
    with console.status("Making the population ...") as status:
        made = synthetic.generate(
            out, synthetic.boroughs(boroughs), sample, seed, lambda what: status.update(f"{what} ..."), error_factor, years, with_second_period,
        )  # fmt: skip
    print_synthesis(console, made, time.monotonic() - started)
    if report:
        print_report(console, out)


@app.command()
def run(
    conf: Conf = Path("conf"),
    env: Environment = "local",
    first: Annotated[str, typer.Option("--from", help="First stage or job.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last stage or job.")] = "",
    only: Names = None,
    boroughs: Annotated[str, typer.Option(help="Land only these councils' deliveries (NHS sources always); default all.")] = "",
    retrain: Annotated[bool, typer.Option("--retrain", help="Train and register a new model version, for `cyplink compare` and `promote`.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Analyse every build against empty tables and say what would run.")] = False,
) -> None:
    """Run the flow from landing to pathfinders; what did not change is skipped."""
    from cyplink import flow
    from cyplink.settings import load
    from cyplink.synthetic import boroughs as named

    settings = load(conf, env)
    steps = flow.select(flow.discover(), first, last, only or ())
    if dry_run:
        _dry_run(settings, steps)
        return
    controllers = named(boroughs) if boroughs else ()
    if retrain and "linkage.train_model" not in [step.name for step in steps]:
        raise flow.FlowError("--retrain asks for linkage.train_model, which is not among the jobs chosen; widen --from, --to or --only.")
    run_steps(settings, steps, controllers, frozenset({"linkage.train_model"} if retrain else set()))


@app.command()
def demo(conf: Conf = Path("conf"), env: Environment = "local") -> None:
    """Everything at once: a synthetic London, the whole flow, the pages, the figures."""
    from cyplink import flow, pseudonym, synthetic
    from cyplink.settings import load
    from cyplink.summary import print_demo, print_synthesis

    settings = load(conf, env)
    started = time.monotonic()
    out = Path(settings.zones.landing).parent
    with console.status("Making the synthetic population ...") as status:
        made = synthetic.generate(out, synthetic.boroughs("nwl"), 0.05, 1, lambda what: status.update(f"{what} ..."))
    print_synthesis(console, made, time.monotonic() - started)
    key = Path(settings.pseudonym_key_file)
    if not key.exists():
        pseudonym.create_key(key)
    report = run_steps(settings, flow.discover())
    is_new = publish_latest(settings)
    print_demo(console, settings, time.monotonic() - started, changed=is_new or report.manifest is not None)


@app.command("list")
def list_jobs(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """List the jobs in the order they run, with what they read and write."""
    from cyplink import flow
    from cyplink.summary import print_jobs

    steps = flow.discover()
    if as_json:
        found = [{"job": s.name, "reads": [t.name for t in s.reads], "writes": [t.name for t in s.writes]} for s in steps]
        typer.echo(json.dumps(found, indent=1))
    else:
        print_jobs(console, steps)


@app.command()
def draw() -> None:
    """Print the flow as a mermaid picture, drawn from the jobs' reads and writes."""
    from cyplink import flow

    typer.echo(flow.draw(flow.discover()), nl=False)


@app.command()
def quality(
    conf: Conf = Path("conf"),
    env: Environment = "local",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """How good the published links are, and for whom they are worse: by the synthetic truth, and without one (small groups suppressed)."""
    from cyplink.settings import load
    from cyplink.summary import print_anchors, print_checks, print_goals, print_quality, quality_figures

    figures = quality_figures(load(conf, env))
    if as_json:
        typer.echo(json.dumps(figures, indent=1))
    else:
        print_quality(console, figures)
        print_goals(console, figures)
        print_checks(console, figures)
        print_anchors(console, figures)


@app.command()
def explain(
    first: Annotated[str, typer.Argument(help="A record: its record_id, or source/controller/local id.")],
    second: Annotated[str, typer.Argument(help="The other record.")],
    conf: Conf = Path("conf"),
    env: Environment = "local",
) -> None:
    """Say why two records are, or are not, one person. What they hold is shown on a terminal only, never to a file or a log."""
    from cyplink.lake import Lake
    from cyplink.linkage.explaining import explain as explained
    from cyplink.runs import read_manifest
    from cyplink.settings import load
    from cyplink.summary import print_explanation
    from cyplink.tracking import Tracker

    settings = load(conf, env)
    manifest = read_manifest(settings.zones.identifiable, _latest_run(settings))
    found = explained(Lake(settings.zones.roots()), manifest, Tracker(settings.tracking), settings.linkage, first, second)
    print_explanation(console, found, with_values=sys.stdout.isatty())


@app.command()
def compare(
    challenger: Annotated[int, typer.Option(help="Model version; default the newest.")] = 0,
    conf: Conf = Path("conf"),
    env: Environment = "local",
) -> None:
    """Compare a new model with the champion on the last run's records: links gained and lost, for whom and why, and whether the gate lets it pass."""
    import os

    from cyplink import pseudonym
    from cyplink.lake import Lake
    from cyplink.linkage.comparing import compare as compared
    from cyplink.linkage.truth import truth_of
    from cyplink.runs import lease, read_manifest
    from cyplink.settings import load
    from cyplink.summary import print_comparison
    from cyplink.tracking import Tracker

    settings = load(conf, env)
    root = settings.zones.identifiable
    manifest = read_manifest(root, _latest_run(settings))
    pseudonyms = pseudonym.Pseudonyms(pseudonym.load_key(Path(settings.pseudonym_key_file)))
    lake = Lake(settings.zones.roots())
    with lease(root, "compare"), console.status("Comparing models ..."):
        truth = truth_of(lake, manifest, settings.truth, pseudonyms)
        found = compared(
            lake, manifest, Tracker(settings.tracking), settings.linkage, challenger or None,
            lambda record, attempt: pseudonyms.hash63_text("person", str(record), str(attempt)), truth, os.cpu_count() or 1,
        )  # fmt: skip
    print_comparison(console, found)


@app.command()
def promote(
    version: Annotated[int, typer.Argument(help="Model version; default the newest.")] = 0,
    override: Annotated[str, typer.Option(help="Promote in spite of the gate, for this reason (recorded).")] = "",
    conf: Conf = Path("conf"),
    env: Environment = "local",
) -> None:
    """Make a compared model the champion: the next run links by it. One that the gate refused needs --override."""
    from cyplink.linkage.comparing import promote as promoted
    from cyplink.runs import lease, now
    from cyplink.settings import load
    from cyplink.tracking import Tracker

    settings = load(conf, env)
    with lease(settings.zones.identifiable, "promote"):
        chosen = promoted(Tracker(settings.tracking), version or None, override, now())
    console.print(f"Version {chosen} is the champion; `cyplink run` links by it, and ids are carried over.", highlight=False)


@app.command()
def models(conf: Conf = Path("conf"), env: Environment = "local") -> None:
    """List the model versions, what the gate said of each, and which is the champion."""
    from cyplink.linkage.comparing import NO_MODEL
    from cyplink.settings import load
    from cyplink.tracking import Tracker

    tracker = Tracker(load(conf, env).tracking)
    champion, versions = tracker.champion(), tracker.versions()
    if not versions:
        console.print(NO_MODEL, highlight=False)
    for version, tags in sorted(versions.items()):
        gate = f"; the gate {tags['gate']} it beside version {tags['compared_with']}" if "gate" in tags else ""
        said = f"{gate}{f' ({reasons})' if (reasons := tags.get('gate_reasons')) else ''}{f'; promoted for the reason: {why}' if (why := tags.get('override')) else ''}"
        console.print(f"{version}{'  champion' if version == champion else ''}{said}", highlight=False, soft_wrap=True)


@app.command()
def returns(
    controller: Annotated[str, typer.Option(help="Only this council (DfE number) or NHS organisation (ODS code).")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write them; default returns/ in the identifiable zone.")] = None,
    conf: Conf = Path("conf"),
    env: Environment = "local",
) -> None:
    """Write each controller's return file: a workbook of what is wrong in its own deliveries, with no value of the data in it."""
    from cyplink.lake import Lake
    from cyplink.return_files import write_return_files
    from cyplink.runs import RunError, lease
    from cyplink.settings import load
    from cyplink.summary import print_return_files

    settings = load(conf, env)
    root = settings.zones.identifiable
    with lease(root, "returns"), console.status("Writing return files ..."):
        written = write_return_files(Lake(settings.zones.roots()), out or Path(root) / "returns", controller)
    if not written:
        raise RunError(f"Nothing was ever delivered{f' by {controller}' if controller else ''}; `cyplink run` lands deliveries.")
    print_return_files(console, written)


@app.command()
def publish(
    run_id: Annotated[str, typer.Option("--run", help="Which run; default the last finished one.")] = "",
    override: Annotated[str, typer.Option(help="Publish in spite of the churn policy, for this reason (recorded).")] = "",
    conf: Conf = Path("conf"),
    env: Environment = "local",
) -> None:
    """Let readers see a run: moves one pointer, so that a bad run is rolled back by publishing the one before."""
    from cyplink.settings import load

    settings = load(conf, env)
    chosen = run_id or _latest_run(settings)
    pages = _publish(settings, chosen, override)
    console.print(f"Published {chosen}. Pages: {pages}", highlight=False)


@app.command("runs")
def list_runs(conf: Conf = Path("conf"), env: Environment = "local") -> None:
    """List the finished runs and which is published."""
    from cyplink.runs import manifests, published
    from cyplink.settings import load

    settings = load(conf, env)
    current, known = published(settings.zones.research), manifests(settings.zones.identifiable)
    if not known:
        console.print("There is no finished run yet; `cyplink run` makes one.", highlight=False)
    for run_id in known:
        console.print(f"{run_id}{'  published' if run_id == current else ''}", highlight=False)


@app.command("key")
def make_key(conf: Conf = Path("conf"), env: Environment = "local") -> None:
    """Make the pseudonym key, if there is none. Keep it: without it no id can be made again."""
    from cyplink import pseudonym
    from cyplink.settings import load

    path = Path(load(conf, env).pseudonym_key_file)
    if path.exists():
        console.print(f"There is a key at {path}; it stays as it is.", highlight=False)
        return
    pseudonym.create_key(path)
    console.print(f"Made a key at {path}, readable by you alone. Back it up apart from the data.", highlight=False)


@app.command()
def dictionary(
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("DICTIONARY.md"),
    readme: Annotated[Path, typer.Option(help="Where to renew the flow picture.")] = Path("README.md"),
    site: Annotated[Path, typer.Option(help="Folder for its pages, with a search.")] = Path("data/dictionary"),
) -> None:
    """Write the data dictionary, as Markdown and as pages, and the flow picture of the README, from the declarations."""
    from cyplink import dictionary as book
    from cyplink import flow
    from cyplink.pages.dictionary import write_site

    steps = flow.discover()
    out.write_text(book.markdown(steps), encoding="utf-8")
    if readme.exists():
        readme.write_text(flow.with_picture(readme.read_text(encoding="utf-8"), steps), encoding="utf-8")
    index, *_ = write_site(steps, site)
    console.print(f"Wrote {out}, its pages ({index}), and the picture in {readme}.", highlight=False)


@app.command()
def mlflow(
    conf: Conf = Path("conf"),
    env: Environment = "local",
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1024, max=65535)] = 5000,
) -> None:
    """Open MLflow on this machine: models, what trained them, figures of every run. Ctrl-C ends it."""
    import subprocess

    from cyplink.settings import load

    tracking = load(conf, env).tracking
    console.print(f"MLflow on http://127.0.0.1:{port} (Ctrl-C ends it)", highlight=False)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
               "--backend-store-uri", tracking.uri, "--artifacts-destination", tracking.artefacts]
    subprocess.run(command, check=False)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def run_steps(settings: Any, steps: list[Any], controllers: Any = (), options: frozenset[str] = frozenset()) -> Any:
    """Run the steps under the lake's lease, showing progress, and print the summary."""
    from cyplink import pseudonym, session
    from cyplink.run import Runner
    from cyplink.runs import lease, new_run_id
    from cyplink.summary import print_run

    pseudonyms = pseudonym.Pseudonyms(pseudonym.load_key(Path(settings.pseudonym_key_file)))
    run_id = new_run_id()
    with lease(settings.zones.identifiable, run_id):
        runner = Runner(settings, lambda: session.start(settings.spark), pseudonyms, run_id, controllers, options)
        with console.status("Starting ...") as status:
            report = runner.run(steps, _shown(status.update))
    print_run(console, report)
    return report


def _shown(update: Callable[[str], None]) -> Callable[[str, str], None]:
    began: dict[str, float] = {}

    def progress(name: str, state: str) -> None:
        if state == "starts":
            began[name] = time.monotonic()
            update(f"{name} ...")
        elif state == "done":
            console.print(f"  {name:<42} {time.monotonic() - began[name]:6.1f} s", highlight=False)

    return progress


def _publish(settings: Any, run_id: str, override: str) -> Path:
    from cyplink.pages import write_pages_of
    from cyplink.runs import lease
    from cyplink.runs import publish as move_pointer

    with lease(settings.zones.identifiable, f"publish {run_id}"):
        move_pointer(settings.zones.roots(), run_id, settings.publication.largest_churn, override)
    return write_pages_of(settings)


def publish_latest(settings: Any) -> bool:
    """Publish the last finished run unless it is; also one that was cut short before it was published."""
    from cyplink.runs import published

    latest = _latest_run(settings)
    if latest == published(settings.zones.research):
        return False
    _publish(settings, latest, "")
    return True


def _latest_run(settings: Any) -> str:
    from cyplink.runs import RunError, manifests

    known = manifests(settings.zones.identifiable)
    if not known:
        raise RunError("There is no finished run yet; `cyplink run` makes one.")
    return known[-1]


def _dry_run(settings: Any, steps: list[Any]) -> None:
    from cyplink import session
    from cyplink.dry import analyse
    from cyplink.summary import print_dry_run

    print_dry_run(console, analyse(steps, settings, session.start(settings.spark)))


def known_errors() -> tuple[type[Exception], ...]:
    from cyplink.flow import FlowError
    from cyplink.linkage.comparing import ModelError
    from cyplink.pseudonym import KeyFileError
    from cyplink.runs import RunError
    from cyplink.session import JavaError
    from cyplink.settings import SettingsError

    return (TableError, FlowError, ModelError, RunError, JavaError, SettingsError, KeyFileError, ValueError, OSError)


if __name__ == "__main__":
    main()
