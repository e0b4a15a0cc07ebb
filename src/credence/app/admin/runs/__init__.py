"""Runs of the planner, one person's or everybody's."""

from credence.app.admin.runs.routes import router

__all__ = ["router"]
