"""The FastAPI service and its pages."""
