"""A Hugging Face causal language model as a step model over token ids."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial

from torch import Tensor
from transformers import PreTrainedModel

from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.forward import Forward, Tokens
from credence.inference.causal.reading import CausalReading
from credence.inference.causal.recorded import Recorder
from credence.inference.causal.sharing import Sharing


class CausalModel:
    """One causal LM, or a base that several share: under one LoRA adapter, or under all."""

    def __init__(
        self,
        module: PreTrainedModel,
        *,
        labels: int | None = None,
        most: int | None = None,
        shared: SharedBase | None = None,
        adapter: str | None = None,
        sharing: Sharing | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """`labels` cuts a padded vocabulary to the tokens it has; `adapter` is one of `shared`.
        With `sharing`, whose module it is then, the rows are of several models. A row may have
        `most` tokens, or as many as the model has positions if that is fewer.

        With a recorder, passes over one token of each row are recorded and repeated.

        Raises UnsupportedModel where the model cannot be read on row by row.
        """
        config = module.config.get_text_config()
        self.labels: int = labels or config.vocab_size
        self.width: int = config.hidden_size  # of the hidden states in its steps
        self.module = module
        self.shared, self.adapter = shared, adapter
        module.train(False)
        self._forward = Forward(
            module,
            self.labels,
            partial(_in_force, shared, adapter) if sharing is None else sharing.over,
            recorder,
            most=most,
            models=1 if sharing is None else sharing.models,
        )

    @property
    def recorder(self) -> Recorder | None:
        """What records its passes, unless it has failed to."""
        return self._forward.recorder

    @property
    def most(self) -> int | None:
        """Tokens of a row for which there is room; None: any number."""
        return self._forward.most

    def forget_moved(self) -> None:
        """Let go what was recorded of weights that have been moved since."""
        self._forward.forget_moved()

    def open(self, contexts: Tokens) -> CausalReading:
        """Start on these token ids; the model must not change while they are read."""
        return CausalReading(self._forward, contexts)


def _in_force(
    shared: SharedBase | None, adapter: str | None, rows: Tensor, of: int
) -> AbstractContextManager[None]:
    """The same weights for all rows."""
    return nullcontext() if shared is None else shared.under(adapter)
