"""Names compared by what they say: accents, case and punctuation folded away."""

import re
import unicodedata
from functools import lru_cache

_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower-case words without accents, parted by single spaces: ``Côte-d'Or`` gives ``cote d or``."""
    letters = text
    for _ in range(2):  # as Unicode's compatibility caseless matching (D146) does
        letters = unicodedata.normalize("NFKD", letters.casefold())
    plain = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return _NOT_WORD.sub(" ", plain.replace("œ", "oe").replace("æ", "ae")).strip()


def holds_words(text: str, words: str) -> bool:
    """Whether the folded ``text`` is ``words`` or holds them as whole words: ``eau`` is in ``gestion de l'eau``."""
    return f" {fold(words)} " in f" {fold(text)} "
