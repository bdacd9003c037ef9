"""Silver return_error: what the receiving departments would find wrong with the current returns, row by row, by published rule."""

from cyplink import submit
from cyplink.bronze import current_files
from cyplink.build import write_slices
from cyplink.job import Outcome, Task, TaskContext
from cyplink.quality import check_key
from cyplink.returns import check_returns, returns_of
from cyplink.sources import SOURCES
from cyplink.tables import silver

CHECKED = {kind.bronze.name: kind.bronze for source in SOURCES.values() if source.rules for kind in source.file_kinds}


def run(context: TaskContext) -> Outcome:
    if not context.slices:
        return Outcome(False)
    returns = returns_of(current_files(context.lake), context.slices)
    found = check_returns(context.spark, returns, {name: context.pins[name] for name in CHECKED}).persist()
    try:
        total = check_key(found, silver.RETURN_ERROR)
        write_slices(context.lake, found, silver.RETURN_ERROR, context.slices, context.metadata)
    finally:
        found.unpersist()
    return Outcome(True, rows={silver.RETURN_ERROR.name: total}, figures={"returns_checked": len(returns), "errors_found": total})


job = Task(run, reads=CHECKED, writes=(silver.RETURN_ERROR,))

if __name__ == "__main__":
    submit.main(__file__)
