"""The network: what is asked at one time is run together, and changes no vector."""

import threading
from pathlib import Path

import numpy as np
import pytest

from models.compiled import CompiledEncoder
from models.encoder import MANY
from models.errors import EncoderError
from models.network import Network
from tests.models.test_compiled import TEXTS

IDS = [np.array([0, *range(5, 5 + length), 2], np.int32) for length in (1, 6, 3, 3, 9)]


@pytest.fixture
def network(tiny_folder: Path) -> Network:
    encoder = CompiledEncoder(tiny_folder, calibration=TEXTS)
    return Network(tiny_folder, encoder._compiled_folder)


def test_vectors_come_in_the_order_of_the_texts(network: Network) -> None:
    alone = [network.run([ids])[0] for ids in IDS]
    np.testing.assert_array_equal(network.run(IDS), alone)
    assert network.run([]) == []


def test_many_texts_at_once_have_the_vectors_of_one_at_a_time(network: Network) -> None:
    alone = [network.run([ids])[0] for ids in IDS]
    counted: list[int] = []
    many = network.run(IDS * MANY, counted.append)
    np.testing.assert_array_equal(many, alone * MANY)
    assert sum(counted) == len(many)


def test_what_waits_is_run_together(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread runs, eight others wait; the next that is free runs all of theirs in one go."""
    runs: list[int] = []
    begun, go_on = threading.Event(), threading.Event()
    plain_run = network._run

    def slow_run(texts: list) -> None:
        runs.append(len(texts))
        if len(runs) == 1:
            begun.set()
            go_on.wait(10)
        plain_run(texts)

    monkeypatch.setattr(network, "_run", slow_run)
    results: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda n=n: results.update({n: network.run([IDS[n % len(IDS)]])[0]})) for n in range(9)
    ]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(network._waiting) < 8:
        assert all(thread.is_alive() for thread in threads)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert runs == [1, 8]
    for n, vector in results.items():
        np.testing.assert_array_equal(vector, network.run([IDS[n % len(IDS)]])[0])


def test_a_failure_reaches_everybody_who_asked(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(network, "_padded", failing)
    with pytest.raises(EncoderError, match="no memory"):
        network.run(IDS)
    monkeypatch.undo()
    assert len(network.run(IDS)) == len(IDS)


def test_an_error_of_any_kind_reaches_all_who_wait(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one thread runs for another fails for both; none is left without a vector and without an error."""
    begun, go_on = threading.Event(), threading.Event()

    def fail(text: object) -> None:
        begun.set()
        go_on.wait(10)
        raise MemoryError("no room")

    monkeypatch.setattr(network, "_padded", fail)
    errors: list[str] = []

    def ask() -> None:
        try:
            network.run([IDS[0]])
        except EncoderError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(errors) == 4
    assert all("no room" in each for each in errors)
