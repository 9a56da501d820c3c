"""The global options are taken wherever they stand, before the command or after it."""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

WITH_VALUE = ("--workspace", "--lang")
FLAGS = ("--quiet",)


def hoist(arguments: Sequence[str]) -> list[str]:
    """Move the global options to the front, in their order; what follows ``--`` stays where it is."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument in FLAGS or argument.startswith(tuple(f"{name}=" for name in WITH_VALUE)):
            front.append(argument)
        elif argument in WITH_VALUE and waiting:
            front += [argument, waiting.pop(0)]
        else:
            rest.append(argument)
    return front + rest


class HoistingGroup(TyperGroup):
    """A group of commands that takes its options anywhere on the line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse after moving the global options to the front."""
        return super().parse_args(ctx, hoist(args))
