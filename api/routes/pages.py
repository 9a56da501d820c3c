"""The pages for people: a form that matches a challenge, its proposals, and the list of errors."""

import datetime as dt
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from api.bounds import MOST_CHARACTERS
from api.dependencies import TheService
from api.pages import page, shown
from api.problems import BY_EXCEPTION, KINDS, code_of, own_words, words
from api.service import Service
from api.wording import language_of, phrase
from matcher.proposals_page import PageMeta, render_page
from matcher.wording import Lang

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(service: TheService, request: Request) -> HTMLResponse:
    """The form."""
    return _form(service, language_of(request))


@router.post("/match")
async def match(service: TheService, request: Request) -> HTMLResponse:
    """The proposals for the text of the form, which is in the body so that no log of addresses holds it."""
    lang = language_of(request)
    body = (await request.body()).decode("utf-8", "replace")
    text = "".join(parse_qs(body).get("text", []))[:MOST_CHARACTERS]
    try:
        html = await service.compute(lambda: _proposals(service, text, lang))
    except tuple(BY_EXCEPTION) as error:
        notice = own_words(error, lang) or words(code_of(error), lang)
        return await run_in_threadpool(_form, service, lang, KINDS[code_of(error)], text, notice)
    return shown(html, lang)


@router.get("/problems")
def problems(request: Request) -> HTMLResponse:
    """Every code that an error may have: where the ``type`` of a problem leads."""
    lang = language_of(request)
    rows = [
        {"code": code, "status": status, "title": phrase(f"problem.{code}.title", lang), "detail": words(code, lang)}
        for code, status in KINDS.items()
    ]
    return page("problems", lang, rows=rows)


def _form(service: Service, lang: Lang, status: int = 200, text: str = "", notice: str = "") -> HTMLResponse:
    challenges, solutions = service.matcher.store.counts()
    return page(
        "home",
        lang,
        status,
        challenges=challenges,
        solutions=solutions,
        text=text,
        notice=notice,
        most_characters=MOST_CHARACTERS,
    )


def _proposals(service: Service, text: str, lang: Lang) -> str:
    result = service.matcher.match(text, lang=lang)
    service.count("match", result)
    meta = PageMeta(occasion="match", day=dt.datetime.now().astimezone().date(), solutions=service.snapshot().solutions)
    return render_page([result], meta, lang)
