import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import CacheError
from matcher.vector_cache import CHUNK, CachedEncoder, Side, VectorCache
from models.encoder import Encoder, Progress, Vectors
from tests.encoders import HashingEncoder

TEXTS = [f"Texte numéro {number}" for number in range(3 * CHUNK)]


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache(tmp_path / "workspace" / "vectors.sqlite")


def test_a_cached_encoder_is_an_encoder(cache: VectorCache) -> None:
    encoder = CachedEncoder(HashingEncoder(), cache)
    assert isinstance(encoder, Encoder)
    assert (encoder.name, encoder.fingerprint, encoder.dimension) == ("hashing", "hashing-1", 32)


def test_vectors_are_the_same_to_the_bit_from_the_cache(cache: VectorCache) -> None:
    plain = HashingEncoder().encode_solutions(TEXTS)
    encoder = CachedEncoder(HashingEncoder(), cache)
    for _ in range(2):
        vectors = encoder.encode_solutions(TEXTS)
        assert vectors.dtype == np.float32
        assert np.array_equal(vectors, plain)
    assert encoder.encoded == len(TEXTS)
    assert np.array_equal(CachedEncoder(HashingEncoder(), VectorCache(cache.path)).encode_solutions(TEXTS), plain)


def test_nothing_is_encoded_twice(cache: VectorCache) -> None:
    inner = HashingEncoder()
    encoder = CachedEncoder(inner, cache)
    vectors = encoder.encode_solutions(["eau", "feu", "eau"])
    assert sorted(inner.encoded) == ["eau", "feu"]
    assert np.array_equal(vectors[0], vectors[2])
    encoder.encode_solutions(["feu", "sol"])
    assert sorted(inner.encoded) == ["eau", "feu", "sol"]


def test_sides_and_fingerprints_do_not_mix(cache: VectorCache) -> None:
    first, second = HashingEncoder(), HashingEncoder(fingerprint="hashing-2")
    CachedEncoder(first, cache).encode_solutions(["eau"])
    CachedEncoder(first, cache).encode_challenges(["eau"])
    CachedEncoder(second, cache).encode_solutions(["eau"])
    assert first.encoded == ["eau", "eau"]
    assert second.encoded == ["eau"]
    assert (cache.count(), cache.count("hashing-1"), cache.count("hashing-3")) == (3, 2, 0)


def test_vectors_may_be_changed_by_who_asked(cache: VectorCache) -> None:
    encoder = CachedEncoder(HashingEncoder(), cache)
    encoder.encode_solutions(["eau"])[0] = 0
    assert np.linalg.norm(encoder.encode_solutions(["eau"])[0]) == pytest.approx(1)


def test_no_texts_give_no_vectors(cache: VectorCache) -> None:
    assert CachedEncoder(HashingEncoder(), cache).encode_challenges([]).shape == (0, 32)


@pytest.mark.parametrize("text", ["", "\x00", "é" * 100_000, "\ud800", "'; DROP TABLE vectors; --"])
def test_any_text_is_a_key(cache: VectorCache, text: str) -> None:
    encoder = CachedEncoder(HashingEncoder(), cache)
    assert np.array_equal(encoder.encode_solutions([text]), encoder.encode_solutions([text]))
    assert encoder.encoded == 1


def test_progress_counts_every_text_once(cache: VectorCache) -> None:
    encoder = CachedEncoder(HashingEncoder(), cache)
    encoder.encode_solutions(TEXTS[:100])
    for texts in (TEXTS, [*TEXTS, *TEXTS], TEXTS[:1], []):
        done: list[int] = []
        encoder.encode_solutions(texts, done.append)
        assert sum(done) == len(texts)


class Killed(HashingEncoder):
    """Ends its own process, as a machine that loses power, when it is asked for a third chunk."""

    def encode_solutions(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if len(self.encoded) >= 2 * CHUNK:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode_solutions(texts, progress)


def _encode(path: Path, killed: bool) -> None:
    encoder = Killed() if killed else HashingEncoder()
    CachedEncoder(encoder, VectorCache(path)).encode_solutions(TEXTS)


@pytest.mark.slow
def test_a_killed_run_keeps_what_it_has_encoded(cache: VectorCache) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_encode, args=(cache.path, True))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    encoder = CachedEncoder(HashingEncoder(), cache)
    encoder.encode_solutions(TEXTS)
    assert encoder.encoded == CHUNK


@pytest.mark.slow
def test_processes_and_threads_share_a_cache(cache: VectorCache) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_encode, args=(cache.path, False))
    process.start()
    threads = [threading.Thread(target=_encode, args=(cache.path, False)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process.join()
    assert process.exitcode == 0
    assert cache.count() == len(TEXTS)


def test_a_file_that_is_no_cache_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    path.write_text("Ceci n'est pas une base." * 100, encoding="utf-8")
    with pytest.raises(CacheError, match="may be deleted"):
        VectorCache(path)


@pytest.mark.parametrize("side", ["challenge", "solution"])
def test_passing_texts_of_one_side_are_encoded_once_and_not_kept(cache: VectorCache, side: Side) -> None:
    inner = HashingEncoder()
    passing = CachedEncoder(inner, cache).passing(side)
    assert isinstance(passing, Encoder)
    mine, other = passing.encode_challenges, passing.encode_solutions
    if side == "solution":
        mine, other = other, mine
    first = mine(["a b", "c", "a b"])
    assert inner.encoded == ["a b", "c"]
    assert (mine(["c", "a b"]) == first[[1, 0]]).all()
    assert mine([]).shape == (0, 32)
    assert cache.count() == 0
    other(["d"])
    assert cache.count() == 1
    assert inner.encoded == ["a b", "c", "d"]
