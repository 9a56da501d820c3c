"""What changes a fingerprint, and what does not."""

import json
import shutil
from pathlib import Path

import pytest

from models.fingerprint import folder_fingerprint


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_equal_folders_have_equal_fingerprints(tiny_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_folder, tmp_path / "elsewhere")
    assert folder_fingerprint(tmp_path / "elsewhere") == folder_fingerprint(tiny_folder)


def test_one_changed_weight(tiny_folder: Path) -> None:
    before = folder_fingerprint(tiny_folder)
    content = bytearray((tiny_folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (tiny_folder / "model.safetensors").write_bytes(content)
    assert folder_fingerprint(tiny_folder) != before


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("config_sentence_transformers.json", {"prompts": {"query": "", "document": "passage: "}}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}),
        ("sentence_bert_config.json", {"max_seq_length": 16}),
        ("config.json", {"num_attention_heads": 2}),
        ("tokenizer.json", {"normalizer": None}),
    ],
)
def test_a_changed_setting(tiny_folder: Path, file: str, changes: dict[str, object]) -> None:
    before = folder_fingerprint(tiny_folder)
    edit(tiny_folder / file, **changes)
    assert folder_fingerprint(tiny_folder) != before


def test_a_changed_text_preparation(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder_fingerprint(tiny_folder)
    monkeypatch.setattr("models.fingerprint.TEXT_PREPARATION", 99)
    assert folder_fingerprint(tiny_folder) != before


def test_what_no_vector_depends_on_does_not_count(tiny_folder: Path) -> None:
    before = folder_fingerprint(tiny_folder)
    edit(tiny_folder / "config.json", transformers_version="9.9")
    (tiny_folder / "README.md").write_text("about", encoding="utf-8")
    (tiny_folder / "checksums.json").write_text("{}", encoding="utf-8")
    (tiny_folder / "onnx").mkdir()
    (tiny_folder / "onnx" / "model.bin").write_text("", encoding="utf-8")
    (tiny_folder / "pytorch_model.bin").write_text("not read beside safetensors", encoding="utf-8")
    assert folder_fingerprint(tiny_folder) == before


def test_the_layout_of_a_configuration_does_not_count(tiny_folder: Path) -> None:
    before = folder_fingerprint(tiny_folder)
    edit(tiny_folder / "1_Pooling" / "config.json")
    assert folder_fingerprint(tiny_folder) == before
