"""What the settings come to: which folders are loaded, and what they must share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from credence.inference.causal.folders import ModelFolder, found
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.vocabulary import Vocabulary, check_sizes
from credence.inference.errors import BadModelSettings, HeadMismatch
from credence.inference.routing.blend import FullLogitRouter
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.heads import Alpha, load_alpha, load_head


@dataclass(frozen=True, slots=True)
class Plan:
    """Folders by what they are for."""

    router: ModelFolder
    experts: tuple[ModelFolder, ...]
    reward: ModelFolder | None
    base: ModelFolder

    @property
    def asked(self) -> list[ModelFolder]:
        """Every model that runs, once each."""
        reward = () if self.reward is None else (self.reward,)
        return list(dict.fromkeys((self.router, *self.experts, *reward)))

    @property
    def on_disk(self) -> list[ModelFolder]:
        """Every folder that is loaded, the base of adapters included."""
        bases = [self.base] if any(each.is_adapter for each in self.asked) else []
        return list(dict.fromkeys((*self.asked, *bases)))

    def positions(self) -> int | None:
        """How many tokens every one of the models can read; None where none of them says so."""
        configs = [self.base_of(folder).config().get_text_config() for folder in self.asked]
        told = [getattr(config, "max_position_embeddings", None) for config in configs]
        return min((most for most in told if most is not None), default=None)

    def base_of(self, folder: ModelFolder) -> ModelFolder:
        """The full model that a folder runs on: itself, unless it is an adapter."""
        return self.base if folder.is_adapter else folder


def expert_names(plan: Plan) -> tuple[str, ...]:
    """The last part of each expert's name, or the whole of them where two would be the same."""
    whole = [expert.name for expert in plan.experts]
    short = [PurePath(name).name for name in whole]
    return tuple(short if len(set(short)) == len(short) else whole)


def planned(settings: CausalSettings) -> Plan:
    """Find every folder; raises ModelMissing or BadModelSettings."""

    def folder(name: str) -> ModelFolder:
        return found(name, local_only=settings.local_only)

    base = folder(settings.base or settings.router)
    if base.is_adapter:
        raise BadModelSettings(
            f"{base.name} is an adapter and cannot carry others; name the full model it sits on "
            "as base"
        )
    reward = None if settings.reward is None else folder(settings.reward)
    experts = tuple(map(folder, settings.experts))
    return Plan(folder(settings.router), experts, reward, base)


def agreed(plan: Plan) -> tuple[Vocabulary, int]:
    """The one vocabulary, and how many labels it has; raises VocabularyMismatch.

    Models of one family may pad the same vocabulary differently; what is beyond the tokenizer is
    never a token. A text ends by any token by which one of the models would end it.
    """
    speaks = plan.router if plan.router.has_tokenizer else plan.base
    ends = frozenset[int]().union(*(folder.ends() for folder in plan.on_disk))
    vocabulary = Vocabulary.of(speaks, ends)
    for folder in plan.on_disk:
        if folder.has_tokenizer and folder != speaks:
            vocabulary.check_same(Vocabulary.of(folder))
    full = [folder for folder in plan.on_disk if not folder.is_adapter]
    sizes = {each.name: int(each.config().get_text_config().vocab_size) for each in full}
    check_sizes(sizes, vocabulary)
    return vocabulary, vocabulary.size


def fitting_head(settings: CausalSettings, plan: Plan) -> WeightsHead | None:
    """The router's head, if there are experts; raises HeadMismatch unless it is for these."""
    if settings.head is None:
        return None
    head = load_head(settings.head)
    width = int(plan.base_of(plan.router).config().get_text_config().hidden_size)
    if head.linear.in_features != width:
        raise HeadMismatch(
            f"{settings.head} reads hidden states of width {head.linear.in_features} and the "
            f"router {settings.router} has {width}; name the head trained with this router"
        )
    if head.linear.out_features != len(settings.experts):
        raise HeadMismatch(
            f"{settings.head} weighs {head.linear.out_features} experts and "
            f"{len(settings.experts)} are configured; name those it was trained on, in their order"
        )
    return head


def fitting_alpha(settings: CausalSettings, labels: int) -> Alpha | None:
    """TARo's router, if there is a reward model; raises HeadMismatch if it reads other labels."""
    if settings.alpha is None:
        return None
    alpha = load_alpha(settings.alpha)
    if isinstance(alpha, FullLogitRouter) and alpha.labels != labels:
        raise HeadMismatch(
            f"{settings.alpha} reads {alpha.labels} logits a model and these models have {labels}; "
            "name the one trained with them, or use a top-k router, which fits any"
        )
    return alpha
