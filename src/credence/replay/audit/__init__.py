"""The audit: eleven mistakes of public harnesses, each looked for in data, exam and run."""
