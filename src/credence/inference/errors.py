"""What can be wrong with the models named in the settings, found at start wherever possible."""

from __future__ import annotations


class ModelError(Exception):
    """A model cannot be used as asked; the message says what is wrong, how much, and the fix."""


class BadModelSettings(ModelError):
    """The settings contradict each other or name what this machine has not."""


class ModelMissing(ModelError):
    """No model lies where the settings say."""


class DamagedModelFile(ModelError):
    """A file of weights cannot be read, or holds something else than its name says."""


class UnsupportedModel(ModelError):
    """The model's attention or adapter is of a kind that cannot be read step by step here."""


class VocabularyMismatch(ModelError):
    """Two models do not mean the same by the same token id."""


class LabelNotOneToken(ModelError):
    """A label is several tokens, or two labels are the same one."""


class HeadMismatch(ModelError):
    """A head was made for another width, another number of experts or another vocabulary."""


class NotEnoughMemory(ModelError):
    """The models are larger than what the device has free."""


class ContextTooLong(ModelError):
    """A context is longer than the positions that the model has, or than the room made for it."""


class NoAnswer(ModelError):
    """The models gave no number for any label, or something that is none."""
