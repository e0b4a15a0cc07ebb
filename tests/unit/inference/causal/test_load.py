"""Models named in settings: what is loaded, and what is refused before anything is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file

from credence.inference.causal.load import CausalSystem, load
from credence.inference.causal.plan import agreed, planned
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.shared import SharedPolicy
from credence.inference.causal.stacked import StackedPolicy
from credence.inference.causal.way import ByContexts
from credence.inference.errors import (
    BadModelSettings,
    DamagedModelFile,
    HeadMismatch,
    LabelNotOneToken,
    ModelMissing,
    NotEnoughMemory,
    UnsupportedModel,
    VocabularyMismatch,
)
from credence.inference.routing.blend import FixedAlpha, FullLogitRouter, TopKRouter
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.heads import load_alpha, save_alpha, save_head
from credence.inference.routing.labels import Question, Windows, rank
from credence.inference.routing.routed import RoutedPolicy
from tests.unit.inference.causal.models import (
    VOCABULARY,
    a_head,
    a_tokenizer,
    change_json,
    save_adapter,
    save_model,
    tiny,
)
from tests.unit.inference.causal.obvious import Obvious


@pytest.fixture
def settings(tmp_path: Path) -> CausalSettings:
    """A router, an expert that is a full model and one that is an adapter, and a reward model."""
    save_model(tiny(), tmp_path / "router")
    save_model(tiny("qwen3", 1), tmp_path / "full")
    save_adapter(tiny(), tmp_path / "lora", seed=2)
    save_model(tiny("gpt2", 3), tmp_path / "reward")
    save_head(a_head(2), tmp_path / "head.safetensors")
    torch.manual_seed(4)
    save_alpha(TopKRouter(4), tmp_path / "alpha.safetensors")
    return CausalSettings(
        router=str(tmp_path / "router"),
        head=tmp_path / "head.safetensors",
        experts=(str(tmp_path / "full"), str(tmp_path / "lora")),
        reward=str(tmp_path / "reward"),
        alpha=tmp_path / "alpha.safetensors",
        dtype="fp32",
        device="cpu",
        longest=64,
    )


def _prompts(system: CausalSystem) -> list[list[int]]:
    return [system.vocabulary.first(text) for text in ("<s> w4 w9 w30", "<s> w5")]


def test_what_is_loaded_decides_like_the_models_themselves(
    settings: CausalSettings, tmp_path: Path
) -> None:
    system = load(settings)
    prompts = _prompts(system)
    texts = decode(system.policy.open(prompts), Sampling(longest=8))

    adapted = tiny()
    PeftModel.from_pretrained(adapted, tmp_path / "lora")
    alpha = load_alpha(tmp_path / "alpha.safetensors").requires_grad_(False)
    experts = [tiny("qwen3", 1), adapted]
    obvious = Obvious(tiny(), a_head(2), experts, tiny("gpt2", 3), alpha)
    assert {route for text in texts for route in text.routes} == {0, 1}
    for key, (prompt, text) in enumerate(zip(prompts, texts, strict=True)):
        expected = obvious.decode(prompt, Sampling(longest=8), key)
        assert (text.labels, text.routes) == (expected.labels, expected.routes)
        assert text.alphas == pytest.approx(expected.alphas, abs=1e-5)


def test_small_models_of_one_shape_are_stacked(settings: CausalSettings, tmp_path: Path) -> None:
    experts = tuple(str(save_model(tiny(seed=seed), tmp_path / f"expert{seed}")) for seed in (5, 6))
    alike = replace(settings, experts=experts, reward=None, alpha=None)
    system, prompts = load(alike), [[1, 8, 13], [1, 9]]
    obvious = Obvious(tiny(), a_head(2), [tiny(seed=5), tiny(seed=6)])

    assert isinstance(system.policy, ByContexts)
    assert isinstance(system.policy.several, StackedPolicy)
    texts = decode(system.policy.open(prompts), Sampling(longest=8))

    assert {route for text in texts for route in text.routes} == {0, 1}
    for key, (prompt, text) in enumerate(zip(prompts, texts, strict=True)):
        expected = obvious.decode(prompt, Sampling(longest=8), key)
        assert (text.labels, text.routes) == (expected.labels, expected.routes)


def test_one_model_alone_needs_no_head(settings: CausalSettings) -> None:
    system = load(CausalSettings(router=settings.router, dtype="fp32", device="cpu"))
    (text,) = decode(system.policy.open(_prompts(system)[:1]), Sampling(longest=3))
    assert (len(text.labels), text.routes) == (3, [])


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_two_bytes_a_number_come_close(settings: CausalSettings, dtype: str) -> None:
    exact = load(settings)
    rough = load(replace(settings, dtype=dtype))  # type: ignore[arg-type]
    alike = [
        system.policy.open(_prompts(system)).after([0, 1], [[], []]).logits.softmax(-1)
        for system in (exact, rough)
    ]
    assert alike[1].dtype == torch.float32
    assert torch.allclose(alike[0], alike[1], atol=0.05)


def test_candidates_are_ranked_by_labels_after_a_shared_prefix(settings: CausalSettings) -> None:
    system = load(settings)
    speaks = system.vocabulary
    labels = speaks.labels([f"w{at}" for at in range(40, 48)])

    def question() -> Question[list[list[int]]]:
        return Question(
            labels=labels,
            ask=lambda orders: [speaks.further(" ".join(["w7", *order])) for order in orders],
        )

    names = [f"w{at}" for at in range(10, 22)]
    windows = Windows(size=8, permutations=2)
    person = speaks.first("<s> w33 w34 w35 w36 w37 w38")
    shared = system.policy.open([person])
    made = rank(shared, names, question(), windows)
    again = rank(shared, names[::-1], question(), windows)
    alone = rank(system.policy.open([person]), names, question(), replace(windows, together=1))

    assert made == again
    assert sorted(made.scores) == sorted(names)
    assert {answer.route for answer in made.answers} == {0, 1}
    assert list(alone.scores) == list(made.scores)
    assert list(alone.scores.values()) == pytest.approx(list(made.scores.values()), abs=1e-4)


def test_a_vocabulary_padded_differently_is_cut_to_what_is_shared(
    settings: CausalSettings, tmp_path: Path
) -> None:
    save_model(tiny("qwen3", 1, vocab_size=VOCABULARY + 7), tmp_path / "full")
    system = load(settings)
    assert system.policy.labels == VOCABULARY
    assert system.policy.open([[1, 5]]).after([0], [[]]).logits.shape == (1, VOCABULARY)


def test_what_no_token_stands_for_is_cut_off_though_every_model_has_it(
    settings: CausalSettings, tmp_path: Path
) -> None:
    padded = VOCABULARY + 7
    module = tiny(vocab_size=padded)
    with torch.no_grad():
        module.get_output_embeddings().weight[VOCABULARY:] *= 50  # type: ignore[no-untyped-call]
    save_model(module, tmp_path / "router")
    system = load(CausalSettings(router=settings.router, dtype="fp32", device="cpu"))
    assert system.policy.labels == VOCABULARY
    (text,) = decode(system.policy.open([[1, 5]]), Sampling(longest=20))
    assert max(text.labels) < VOCABULARY


@pytest.mark.parametrize(("said", "ends"), [([2, 9], {2, 9}), (9, {2, 9}), (None, {2})])
def test_a_text_ends_by_every_token_that_ends_it_for_a_model(
    settings: CausalSettings, tmp_path: Path, said: list[int] | int | None, ends: set[int]
) -> None:
    change_json(tmp_path / "full" / "generation_config.json", eos_token_id=said)
    assert agreed(planned(settings))[0].ends == ends
    (tmp_path / "full" / "generation_config.json").unlink()
    assert agreed(planned(settings))[0].ends == {2}


def test_ends_that_are_no_tokens_are_named(settings: CausalSettings, tmp_path: Path) -> None:
    change_json(tmp_path / "full" / "generation_config.json", eos_token_id="</s>")
    with pytest.raises(DamagedModelFile, match=r"eos_token_id is '</s>', no ids of tokens"):
        load(settings)


def test_too_little_memory_is_said_with_figures_before_loading(
    settings: CausalSettings, tmp_path: Path
) -> None:
    for folder in ("router", "full", "reward"):  # headers alone are read
        assert (tmp_path / folder / "model.safetensors").stat().st_size > 1000
    numbers = sum(
        weights.numel()
        for module in (tiny(), tiny("qwen3", 1), tiny("gpt2", 3))
        for name, weights in module.named_parameters()
        if name != "lm_head.weight" or module.config.model_type != "gpt2"
    )
    with pytest.raises(NotEnoughMemory, match="LoRA experts on one base") as refused:
        load(settings, free=lambda _: 1000)
    adapter = 4 * 2 * ((32 + 32) + (32 + 16) + (32 + 48))
    assert f"({(numbers + adapter) * 4:,} bytes) for weights" in str(refused.value)
    assert "cpu has 0.00 GiB (1,000 bytes) free" in str(refused.value)


def test_a_missing_model_is_named(settings: CausalSettings, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="there is no folder /no/such"):
        load(replace(settings, reward="/no/such"))
    with pytest.raises(ModelMissing, match="hf download nobody/nothing"):
        load(replace(settings, reward="nobody/nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelMissing, match=r"neither config.json nor adapter_config.json"):
        load(replace(settings, reward=str(tmp_path / "empty")))
    (tmp_path / "reward" / "model.safetensors").unlink()
    with pytest.raises(ModelMissing, match=r"holds no .safetensors weights"):
        load(settings)


def test_a_damaged_model_is_named(settings: CausalSettings, tmp_path: Path) -> None:
    path = tmp_path / "full" / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-50])
    with pytest.raises(DamagedModelFile, match="full cannot be loaded"):
        load(settings)
    path.write_bytes(whole[:20])
    with pytest.raises(DamagedModelFile, match="cut short"):
        load(settings)
    path.write_bytes(whole)
    weights = load_file(path)
    del weights["model.norm.weight"]
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(DamagedModelFile, match=r"lacks 1 of its weights, model\.norm\.weight"):
        load(settings)


def test_other_words_are_refused(settings: CausalSettings, tmp_path: Path) -> None:
    def tokenizer(words: list[str], size: int = VOCABULARY) -> None:
        a_tokenizer(words, size).save_pretrained(tmp_path / "full")

    tokenizer([], 50)
    with pytest.raises(VocabularyMismatch, match="vocabularies of 61 and 50 tokens"):
        load(settings)
    tokenizer(["other"])
    with pytest.raises(VocabularyMismatch, match=r"57 tokens .* different ids: 'w0' is 4 and 5"):
        load(settings)
    tokenizer([])
    change_json(tmp_path / "full" / "tokenizer_config.json", eos_token="w9")
    with pytest.raises(VocabularyMismatch, match="eos_token is '</s>' and 'w9'"):
        load(settings)
    save_model(tiny("qwen3", 1, vocab_size=60), tmp_path / "full")
    with pytest.raises(VocabularyMismatch, match=r"full tells 60 tokens apart .* has 61"):
        load(settings)


def test_labels_must_be_one_token_each(settings: CausalSettings) -> None:
    speaks = load(CausalSettings(router=settings.router, dtype="fp32", device="cpu")).vocabulary
    assert speaks.labels(["w3", "w4"]) == [7, 8]
    with pytest.raises(LabelNotOneToken, match=r"1 of 2 labels .* 'w3 w4' is 2 tokens"):
        speaks.labels(["w1", "w3 w4"])
    with pytest.raises(LabelNotOneToken, match="2 labels are only 1 different tokens"):
        speaks.labels(["w1", "w1"])
    with pytest.raises(LabelNotOneToken, match="'nobody' is not a token"):
        speaks.labels(["w1", "nobody"])


def test_heads_of_another_router_are_refused(settings: CausalSettings, tmp_path: Path) -> None:
    assert settings.head is not None
    save_head(WeightsHead(48, 2), settings.head)
    with pytest.raises(HeadMismatch, match=r"width 48 and the router .* has 32"):
        load(settings)
    save_head(a_head(3), settings.head)
    with pytest.raises(HeadMismatch, match="weighs 3 experts and 2 are configured"):
        load(settings)
    save_head(a_head(2), settings.head)
    save_alpha(FullLogitRouter(99), tmp_path / "alpha.safetensors")
    with pytest.raises(HeadMismatch, match="reads 99 logits a model and these models have 61"):
        load(settings)
    save_alpha(FixedAlpha(0.5), tmp_path / "alpha.safetensors")
    assert load(settings).policy.labels == VOCABULARY


def test_settings_that_contradict_themselves_are_refused(
    settings: CausalSettings, tmp_path: Path
) -> None:
    with pytest.raises(BadModelSettings, match="2 experts and no weights head"):
        replace(settings, head=None)
    with pytest.raises(BadModelSettings, match="alpha router is not configured"):
        replace(settings, alpha=None)
    with pytest.raises(BadModelSettings, match="lora is an adapter and cannot carry others"):
        load(replace(settings, router=str(tmp_path / "lora")))
    if not torch.cuda.is_available():
        with pytest.raises(BadModelSettings, match="this machine has no cuda"):
            load(replace(settings, device="cuda"))


def test_one_folder_by_two_names_is_one_model(settings: CausalSettings, tmp_path: Path) -> None:
    again = str(tmp_path / "lora" / ".." / "router")
    needed = []
    for experts in ((settings.router, settings.router), (again, again)):
        with pytest.raises(NotEnoughMemory) as refused:
            load(replace(settings, experts=experts), free=lambda _: 0)
        needed.append(str(refused.value))
    assert needed[0] == needed[1]
    system = load(replace(settings, experts=(settings.router, again)))
    assert len(decode(system.policy.open([[1, 6]]), Sampling(longest=4))[0].routes) == 4


def test_an_adapter_is_tried_before_it_serves(settings: CausalSettings, tmp_path: Path) -> None:
    file = tmp_path / "lora" / "adapter_model.safetensors"
    save_file({name: torch.full_like(of, torch.nan) for name, of in load_file(file).items()}, file)
    with pytest.raises(UnsupportedModel, match="lora"):
        load(settings)


def test_adapters_of_one_base_share_passes_where_texts_are_written(
    settings: CausalSettings, tmp_path: Path
) -> None:
    save_adapter(tiny(), tmp_path / "other", seed=5)
    experts = (settings.experts[1], str(tmp_path / "other"))
    adapted = replace(settings, experts=experts, reward=None, alpha=None)

    together, alone = load(adapted), load(replace(adapted, decoding=False))

    assert isinstance(together.policy, SharedPolicy)
    assert isinstance(alone.policy, RoutedPolicy)
    said = [
        decode(one.policy.open(_prompts(one)), Sampling(longest=6)) for one in (together, alone)
    ]
    assert [text.labels for text in said[0]] == [text.labels for text in said[1]]


def test_the_router_may_be_an_adapter_too(settings: CausalSettings, tmp_path: Path) -> None:
    save_adapter(tiny(), tmp_path / "routes", seed=9)
    system = load(replace(settings, router=str(tmp_path / "routes"), base=str(tmp_path / "router")))
    assert len(decode(system.policy.open([[1, 6]]), Sampling(longest=4))[0].routes) == 4
