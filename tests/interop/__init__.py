"""Relying parties that are not ours, against the provider as it runs: real processes, real sockets, real time.

Owns: the provider's process and its clients (:mod:`house`), the citizen at plain HTTP (:mod:`citizen`), `openid-client`
on Node (``node/``, :mod:`node_home`, :mod:`scenario`), and the programs of docs/integration.md, run as they stand there
(:mod:`guide`). Never: the provider's own objects; what is asserted was heard over HTTP.
"""
