"""A development server that speaks OpenAI's chat API. It is no language model: its answers come
from the built-in extractor, synthesizer, policy and encoder, which read the prompt's data."""
