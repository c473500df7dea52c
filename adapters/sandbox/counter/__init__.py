"""The desk system of a service hall: the provider's two calls, the officers' pages, a card reader and its bridge.

Owns: appointments and their cases, who may vouch, the signed verdicts, the SAM frames of a simulated reader. Signing in
of officers and their second factor are not played: an officer is chosen on the first page.

Neighbours: :mod:`adapters.sandbox.house` gives clock, faults and log; :mod:`adapters.sandbox.app` mounts it.
"""
