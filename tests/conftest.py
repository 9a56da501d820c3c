"""Settings of hypothesis: the same examples at every run, so that a landing is never refused by chance.

``pytest --hypothesis-profile=explore`` draws new examples.
"""

from hypothesis import settings

settings.register_profile("landing", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("landing")
