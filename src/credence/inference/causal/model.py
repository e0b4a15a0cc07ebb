"""A Hugging Face causal language model as a step model over token ids."""

from __future__ import annotations

from transformers import PreTrainedModel

from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.forward import Forward, Tokens
from credence.inference.causal.reading import CausalReading
from credence.inference.causal.recorded import Recorder


class CausalModel:
    """One causal LM, or one LoRA adapter on a base that several share."""

    def __init__(
        self,
        module: PreTrainedModel,
        *,
        labels: int | None = None,
        most: int | None = None,
        shared: SharedBase | None = None,
        adapter: str | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """`labels` cuts a padded vocabulary to the tokens it has; `adapter` is one of `shared`.
        A row may have `most` tokens, or as many as the model has positions if that is fewer.

        With a recorder, passes over one token of each row are recorded and repeated.

        Raises UnsupportedModel where the model cannot be read on row by row.
        """
        config = module.config.get_text_config()
        self.labels: int = labels or config.vocab_size
        self.width: int = config.hidden_size  # of the hidden states in its steps
        self.module = module
        self.shares_its_base = shared is not None
        module.train(False)
        self._forward = Forward(module, self.labels, shared, adapter, recorder, most=most)

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
