"""Settings of hypothesis for the matcher's tests."""

from hypothesis import settings

settings.register_profile("matcher", deadline=None)  # a busy machine is no failure
settings.load_profile("matcher")
