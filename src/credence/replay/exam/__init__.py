"""Frozen exams: who is asked, in front of which candidates, in which order."""
