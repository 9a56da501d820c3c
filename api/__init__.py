"""The FastAPI service and its pages: the matcher's answers over HTTP, on the network's own machine.

``api.app.create_app`` makes it; one file of ``api.routes`` for each group of addresses.
"""
