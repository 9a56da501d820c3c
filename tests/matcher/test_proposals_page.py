import datetime as dt
import itertools
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from matcher.proposals_page import LEAD, PageMeta, lead, render_page, web_link
from matcher.results import Diversity
from tests.matcher.examples import FIRE, HOSTILE, WATER, answered, unanswered

META = PageMeta(occasion="meeting", day=dt.date(2026, 11, 24), solutions=2157, meeting="2027-Q1")
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Outline(HTMLParser):
    """The tags of a page, checked for being closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.headings: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name == "href" and value]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(params=["fr", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(lang: str) -> str:
    return render_page([answered(), unanswered()], META, lang, [FIRE, WATER])


def text_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    flat = re.sub(r"<[^>]+>", " ", body).translate(str.maketrans({"\u00a0": " ", "\u202f": " "}))
    return re.sub(r"\s+", " ", flat)


class TestStructure:
    def test_tags_are_balanced_and_landmarks_are_there(self, page: str) -> None:
        outline = Outline(page)
        assert outline.tags["main"] == outline.tags["header"] == outline.tags["footer"] == outline.tags["h1"] == 1
        assert outline.tags["section"] == 3

    def test_ids_are_unique_and_every_inner_link_has_its_target(self, page: str) -> None:
        outline = Outline(page)
        assert len(outline.ids) == len(set(outline.ids))
        inner = {link[1:] for link in outline.links if link.startswith("#")}
        assert inner
        assert inner <= set(outline.ids)

    def test_the_language_is_stated(self, page: str, lang: str) -> None:
        assert f'<html lang="{lang}">' in page

    def test_text_in_the_other_language_is_marked(self) -> None:
        assert ' lang="fr">Repérer un départ de feu</h2>' in render_page([answered()], META, "en")
        assert render_page([answered()], META, "fr").count(' lang="') == 1

    def test_headings_skip_no_level(self, page: str) -> None:
        levels = [int(heading[1]) for heading in Outline(page).headings]
        assert levels[0] == 1
        assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))

    def test_table_headers_have_a_scope(self, page: str) -> None:
        assert len(re.findall(r"<th\b", page)) == len(re.findall(r'<th scope="(?:col|row)"', page)) > 0

    def test_a_skip_link_comes_first(self, page: str) -> None:
        assert Outline(page).links[0] == "#contenu"


class TestSelfContained:
    def test_nothing_is_fetched_from_outside(self, page: str) -> None:
        outline = Outline(page)
        assert not {"script", "link", "img", "iframe", "object", "form"} & outline.tags.keys()
        assert not [value for _, name, value in outline.attributes if name in ("src", "srcset", "action")]
        style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
        assert style
        assert "url(" not in style[1]
        assert "@import" not in style[1]

    def test_text_from_records_cannot_become_markup(self, page: str) -> None:
        assert "<script>" not in page
        assert "<b>Eau</b>" not in page
        assert "&lt;b&gt;Eau&lt;/b&gt; &amp; nappe" in page
        assert not [link for link in Outline(page).links if not link.startswith(("#", "https://"))]
        assert not [name for _, name, _ in Outline(page).attributes if name.startswith("on")]


class TestContent:
    def test_french_words(self) -> None:
        text = text_of(render_page([answered(), unanswered()], META, "fr", [FIRE, WATER]))
        for words in (
            "Réunion 2027-Q1", "24 novembre 2026", "2 défis", "2 157 solutions", "1 défi sans bonne réponse",
            "87 % forte", "61 % plausible", "20 % faible", "Var (83)", "Budget : 450 000 € au plus",
            "TRL 7 au moins",            "Échéance : 31 mai 2027", "Aucune solution ne convient vraiment",
            "1 solution écartée", "aurait été n° 2, adéquation 34 %",
            "voir de nuit", "Elles voient dans le noir.", "sans réponse dans le texte de la solution",
            "Prix de 900 000 € : supérieur au budget du défi (450 000 €)", "(condition non remplie)", "(à vérifier)",
            "proximité 0,88", "fumées , massif", "Vigie SAS", "PME", "Toulon", "model-1", "snapshot-1", "probabilité",
        ):  # fmt: skip
            assert words in text, words

    def test_a_challenge_whose_solutions_went_elsewhere_says_so(self) -> None:
        left = answered().model_copy(update={"proposals": answered().proposals[-1:]})
        text = text_of(render_page([left], META, "fr", [FIRE]))
        assert text.count("Les solutions qui conviennent sont proposées pour d’autres défis") == 2
        assert "Aucune solution ne convient vraiment" not in text
        assert "1 défi sans bonne réponse" in text

    def test_a_fit_that_is_no_probability_is_not_called_one(self) -> None:
        page = render_page([answered().model_copy(update={"calibrated": False})], META, "fr")
        assert "n’est pas étalonnée pour ce modèle" in page
        assert "estime la probabilité" not in page

    def test_english_words(self) -> None:
        text = text_of(render_page([answered(), unanswered()], META, "en", [FIRE, WATER]))
        for words in ("Meeting 2027-Q1", "2 challenges", "87% strong", "No solution really fits", "similarity 0.88"):
            assert words in text, words
        assert "adéquation" not in text

    def test_what_variety_costs_is_told(self) -> None:
        varied = answered().model_copy(update={"diversity": Diversity(mean_fit=0.41, best_mean_fit=0.56)})
        assert "adéquation moyenne 41 %, contre 56 %" in text_of(render_page([varied], META))
        assert "adéquation moyenne" not in text_of(render_page([answered()], META))

    def test_the_first_three_are_open_and_all_are_folded_when_none_fits(self) -> None:
        fitting = render_page([answered()], META)
        none = render_page([unanswered()], META)
        assert fitting.count("<article>") == 3
        assert none.count("<article>") == 0
        assert 'class="none"' not in fitting
        assert 'class="none"' in none

    def test_constraints_show_only_where_the_record_is_given(self) -> None:
        assert 'class="asked"' in render_page([answered()], META, "fr", [FIRE])
        assert 'class="asked"' not in render_page([answered()], META)

    def test_a_demo_says_where_its_data_comes_from(self) -> None:
        demo = META.model_copy(update={"occasion": "demo", "meeting": None})
        assert "Données ouvertes" in render_page([answered()], demo)
        assert "Données ouvertes" not in render_page([answered()], META)

    def test_no_challenge_at_all(self) -> None:
        page = render_page([], META)
        Outline(page)
        assert "Aucun défi à présenter" in text_of(page)

    def test_a_free_text_and_a_challenge_without_proposals(self) -> None:
        bare = unanswered()
        free = bare.model_copy(update={"challenge": bare.challenge.model_copy(update={"id": None}), "proposals": ()})
        page = render_page([free], META.model_copy(update={"occasion": "match"}))
        Outline(page)
        assert "Aucune solution à proposer" in text_of(page)

    def test_the_page_is_the_same_each_time(self) -> None:
        assert render_page([answered()], META) == render_page([answered()], META)

    def test_an_unknown_language(self) -> None:
        with pytest.raises(ValueError, match="'de'"):
            render_page([answered()], META, "de")


class TestContrast:
    @staticmethod
    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def test_text_colours_reach_aa_on_every_ground(self, page: str) -> None:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", page))
        grounds = [colours["paper"], colours["card"], "#f4f1e8", "#faf8f2"]
        for name in ("ink", "soft", "accent", "strong", "plausible", "weak", "out"):
            for ground in grounds:
                light, dark = sorted((self.luminance(colours[name]), self.luminance(ground)), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


class TestLead:
    def test_cut_between_words(self) -> None:
        assert lead("un deux trois", 8) == "un deux…"
        assert lead("court") == "court"
        assert len(lead("mot " * 500)) <= LEAD + 1

    @pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "ftp://x", "www.example.org", "data:text/html,x"])
    def test_only_web_links_are_followed(self, url: str | None) -> None:
        assert web_link(url) is None

    def test_web_links(self) -> None:
        assert web_link("https://example.org") == "https://example.org"
        assert HOSTILE not in render_page([answered()], META)
