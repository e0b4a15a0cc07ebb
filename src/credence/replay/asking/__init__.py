"""Systems that ask a language model, all through the application's gateway."""
