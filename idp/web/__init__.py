"""HTTP: one file per page or endpoint, one table that mounts them, one module for every way out.

``entry``      the WSGI door: protocol endpoints are answered here without entering Flask, the rest falls through to it
``endpoints``  the table of protocol endpoints
``responses``  every way out: status codes, redirects with ``iss`` and ``state``, JSON errors, headers
``form_post``  the page that posts an answer to a client; ``pushed_requests`` where a client leaves a request before
``pages``      what people see: Flask views and templates, mounted by ``pages.mount``
``authorize``, ``authorize_page``, ``end_session``  the two endpoints where a browser comes by itself
``logout_notices``  what ended sessions mean for relying parties; ``event_delivery`` and ``couriers`` tell them
``context``    the services that pages and endpoints are given

Never: a rule about people or assurance, Redis, SQL, a cipher. Neighbours: ``oidc``, ``journey`` and ``people`` below,
:mod:`idp.app` above.
"""
