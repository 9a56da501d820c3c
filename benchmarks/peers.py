"""Other engines on the same vectors and terms, each asked for the ``k`` nearest of every query.

Each peer is a function of a corpus that builds its index and returns a function of queries; what is not installed
(``pip install matcher[benchmarks]``) is left out.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Final, TypeAlias

import numpy as np

from benchmarks.made_corpus import MadeCorpus
from matcher.queries import Query
from models.encoder import Vectors

K: Final = 50

Search: TypeAlias = Callable[[Sequence[Query]], object]
Peer: TypeAlias = Callable[[MadeCorpus], Search]


def faiss_flat(corpus: MadeCorpus) -> Search:
    """Bare FAISS: exact inner products, all queries in one call."""
    import faiss

    index = faiss.IndexFlatIP(corpus.vectors.shape[1])
    index.add(corpus.vectors)
    return lambda queries: index.search(_vectors(queries), K)


def bm25s_bare(corpus: MadeCorpus) -> Search:
    """Bare bm25s, Lucene's variant, numpy backend."""
    import bm25s

    index = bm25s.BM25(method="lucene")
    index.index([list(terms) for terms in corpus.terms], show_progress=False)
    return lambda queries: index.retrieve([list(query.terms) for query in queries], k=K, show_progress=False)


def numpy_flat(corpus: MadeCorpus) -> Search:
    """A matrix product and a partition, 64 queries at a time."""

    def search(queries: Sequence[Query]) -> None:
        """Multiply, 64 queries at a time, and part off the best."""
        vectors = _vectors(queries)
        for start in range(0, len(vectors), 64):
            np.argpartition(-(vectors[start : start + 64] @ corpus.vectors.T), K, axis=1)

    return search


def sklearn_neighbours(corpus: MadeCorpus) -> Search:
    """scikit-learn's NearestNeighbors, what a script would use: brute force, cosine distance."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=K, metric="cosine", algorithm="brute").fit(corpus.vectors)
    return lambda queries: index.kneighbors(_vectors(queries))


def hnswlib_graph(corpus: MadeCorpus) -> Search:
    """hnswlib: M 16, construction 200, search 200; approximate."""
    import hnswlib

    index = hnswlib.Index("ip", corpus.vectors.shape[1])
    index.init_index(corpus.size, M=16, ef_construction=200)
    index.add_items(corpus.vectors)
    index.set_ef(200)
    return lambda queries: index.knn_query(_vectors(queries), K)


def usearch_graph(corpus: MadeCorpus) -> Search:
    """Usearch with its defaults; approximate."""
    from usearch.index import Index

    index = Index(ndim=corpus.vectors.shape[1], metric="ip")
    index.add(np.arange(corpus.size), corpus.vectors)
    return lambda queries: index.search(_vectors(queries), K)


def txtai_hybrid(corpus: MadeCorpus) -> Search:
    """txtai, a whole embedded engine: vectors by FAISS and its own BM25, mixed; a query at a time."""
    from txtai import Embeddings

    vectors: dict[str, Any] = {" ".join(terms): row for row, terms in enumerate(corpus.terms)}
    asked: dict[str, Vectors] = {}

    def transform(texts: Sequence[str]) -> Vectors:
        """The vectors at hand, so that no encoder is timed."""
        return np.stack([asked[text] if text in asked else corpus.vectors[vectors[text]] for text in texts])

    index = Embeddings({"method": "external", "transform": transform, "hybrid": True})
    index.index(" ".join(terms) for terms in corpus.terms)

    def search(queries: Sequence[Query]) -> None:
        """Search for one query after the other."""
        for query in queries:
            asked[" ".join(query.terms)] = query.vector
            index.search(" ".join(query.terms), K)

    return search


BARE: Final[dict[str, Peer]] = {"faiss flat": faiss_flat, "bm25s": bm25s_bare}
"""The two searches that a hybrid engine cannot do without."""

OTHERS: Final[dict[str, tuple[str, Peer]]] = {
    "numpy": ("numpy", numpy_flat),
    "scikit-learn": ("sklearn", sklearn_neighbours),
    "hnswlib": ("hnswlib", hnswlib_graph),
    "usearch": ("usearch", usearch_graph),
    "txtai": ("txtai", txtai_hybrid),
}
"""By name: the module that must be there, and the peer."""


def others() -> dict[str, Peer]:
    """The peers that are installed."""
    return {name: peer for name, (module, peer) in OTHERS.items() if find_spec(module)}


def _vectors(queries: Sequence[Query]) -> Vectors:
    return np.stack([query.vector for query in queries])
