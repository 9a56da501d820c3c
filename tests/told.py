"""What the tests of errors that are told in two languages share."""

import re
import string
from collections.abc import Iterable
from pathlib import Path


def slots(sentence: str) -> set[str]:
    """The names of the values that fill a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def raised_codes(package: str | Path, kinds: Iterable[str]) -> set[str]:
    """The codes with which the modules of a package make errors of these kinds."""
    made = re.compile(rf'\b(?:{"|".join(kinds)})\(\s*"(\w+)"')
    return {code for path in Path(package).glob("*.py") for code in made.findall(path.read_text("utf-8"))}
