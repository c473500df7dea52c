"""The demonstration's own machinery: which ports, which processes, which people. Nothing here is for production.

Files: :mod:`~examples.demo.settings` reads ``DEMO_*``; :mod:`~examples.demo.ports` says who is in the way;
:mod:`~examples.demo.material` makes what a first start needs under ``var/``; :mod:`~examples.demo.children` starts,
watches and stops processes; :mod:`~examples.demo.people` prints who one can be.
"""
