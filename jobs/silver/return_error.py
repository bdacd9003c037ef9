"""Silver return_error: what the receiving departments would find wrong with the current returns, row by row, by published rule."""

from cyplink import submit
from cyplink.bronze import current_files
from cyplink.build import write_slices
from cyplink.job import Outcome, Task, TaskContext
from cyplink.lake import check_unique
from cyplink.returns import Return, returns_of, write_errors
from cyplink.sources import SOURCES
from cyplink.tables import silver

CHECKED = {kind.bronze.name: kind.bronze for source in SOURCES.values() if source.rules for kind in source.file_kinds}


def run(context: TaskContext) -> Outcome:
    """A task for each slice (source and controller) whose returns changed."""
    if not context.slices:
        return Outcome(False)
    returns = returns_of(current_files(context.lake), context.slices)
    by_slice: dict[str, list[Return]] = {}
    for one in returns:
        by_slice.setdefault(f"{one.source}-{one.controller}-", []).append(one)
    pins, folder = {name: context.pins[name] for name in CHECKED}, context.lake.path(silver.RETURN_ERROR)
    context.lake.create(silver.RETURN_ERROR)
    tasks = context.spark.sparkContext.parallelize(sorted(by_slice.items(), key=lambda item: item[0]), max(len(by_slice), 1))
    files = [file for file in tasks.map(lambda item: write_errors(item[1], pins, folder, item[0])).collect() if file]
    total = check_unique(folder, files, silver.RETURN_ERROR)
    write_slices(context.lake, silver.RETURN_ERROR, files, context.slices, context.metadata)
    return Outcome(True, rows={silver.RETURN_ERROR.name: total}, figures={"returns_checked": len(returns), "errors_found": total})


job = Task(run, reads=CHECKED, writes=(silver.RETURN_ERROR,))

if __name__ == "__main__":
    submit.main(__file__)
