"""Systems sitting an exam: resumable, a line a person, the same for any number of workers."""
