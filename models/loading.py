"""From the name of a model in the settings to an encoder."""

import logging
from pathlib import Path

from models import trained_parts
from models.encoder import Encoder
from models.errors import EncoderError
from models.folder import default_model_folder, trained_model_folder
from models.sentence_transformer import SentenceTransformerEncoder

DEFAULT = "default"
UNTRAINED = "e5-small"

_log = logging.getLogger(__name__)


def load_encoder(model: str = DEFAULT) -> Encoder:
    """Load a model.

    Args:
        model: ``default`` (with the trained parts that the project ships, if any), ``e5-small`` (the default
            weights untrained), or the name or path of a sentence-transformers model.

    Raises:
        WeightsError: the default weights are missing or damaged, or the cache cannot be written.
        EncoderError: no such model, or one that cannot be used.
    """
    if model == DEFAULT and trained_parts.DEFAULT.exists():
        return _fastest(trained_model_folder(trained_parts.DEFAULT), DEFAULT)
    if model in {DEFAULT, UNTRAINED}:
        return _fastest(default_model_folder(), UNTRAINED)
    return SentenceTransformerEncoder(model)


def _fastest(folder: Path, name: str) -> Encoder:
    try:
        from models.compiled import CompiledEncoder

        return CompiledEncoder(folder, name)
    except (ImportError, RuntimeError, EncoderError) as error:  # RuntimeError: OpenVINO's own
        _log.warning("OpenVINO cannot be used (%s): %s is encoded by torch, which is slower.", error, name)
        return SentenceTransformerEncoder(folder, name)
