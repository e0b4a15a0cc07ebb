"""How the system is: what is wrong first, then the facts."""

from credence.app.admin.system.routes import router

__all__ = ["router"]
