"""The hands of :func:`idp.app.create_app`: what builds each room's objects from what the provider is given.

Owns: constructor calls, and the order in which they need one another. Never: a decision, a default, a request.
Neighbours: ``idp.app`` calls these; ``idp.given`` names what they are given. Nothing else builds objects.
"""
