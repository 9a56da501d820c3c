"""``matcher demo``: the main job, on the bundled open data."""

import datetime as dt
import shutil
import sys
import time
from pathlib import Path

import typer

from cli.context import Context
from cli.output import console
from cli.wording import tell

FOLDER = Path("demo")
PAGE = FOLDER / "proposals.html"
TOP = 10
ON_SCREEN = 3


def demo(ctx: typer.Context) -> None:
    """Match the bundled challenges with the bundled solutions, on screen and on a page."""
    from cli.tables import show_match
    from corpora import open_data
    from matcher import Matcher
    from matcher.atomic_files import write_text
    from matcher.proposals_page import PageMeta, render_page
    from matcher.wording import counted, rounded

    context: Context = ctx.obj
    started = time.perf_counter()
    matcher = Matcher(FOLDER / "workspace", model=context.settings.model, lang=context.lang)
    challenges, solutions = open_data.challenges(), open_data.solutions()
    matcher.store.write([*challenges, *solutions])
    read = {"challenges": len(challenges), "solutions": len(solutions)}
    context.say("demo.imported", **{name: counted(name, count, context.lang) for name, count in read.items()})
    with context.progress("index.progress") as step:
        matcher.index(progress=step, announce=step.announce)
    with context.progress("batch.progress", total=len(challenges)) as step:
        results = []
        for result in matcher.match_many(challenges, top=TOP):
            results.append(result)
            step(1)
    meta = PageMeta(occasion="demo", day=dt.datetime.now(dt.UTC).astimezone().date(), solutions=len(solutions))
    write_text(PAGE, render_page(results, meta, context.lang, challenges))

    out = console()
    good = [result for result in results if not result.no_good_match]
    none = [result for result in results if result.no_good_match]
    for result in (*good[: ON_SCREEN - 1], *none[:1]):
        shown = result.model_copy(update={"proposals": result.proposals[:ON_SCREEN], "excluded": (), "ineligible": 0})
        show_match(shown, out, context.lang)
    seconds = rounded(time.perf_counter() - started, 1, context.lang)
    out.print(tell("demo.done", context.lang, challenges=len(results), answered=len(good), seconds=seconds))
    out.print(tell("demo.page", context.lang, page=PAGE.resolve()), markup=False, soft_wrap=True)
    command = "matcher" if shutil.which("matcher") else sys.argv[0]
    out.print(
        tell("demo.next", context.lang, command=command, workspace=FOLDER / "workspace"), markup=False, soft_wrap=True
    )
