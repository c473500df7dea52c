"""What lasts, in SQL: embedded SQLite by default, PostgreSQL in production.

Owns: the tables, their migrations, and one class for each of the ports Citizens, Credentials, Consents, AccountLinks,
Merges, Guardianships, SecurityEvents, Expiries, AuditLog and KeyStore. ``holds`` decides whose a number is, in turn;
``corrections`` puts a person right; ``evidence_rows`` and ``contra_rows`` read what counts. Plain SQLAlchemy Core and
explicit transactions: every statement that is sent can be read here, and nothing is loaded, flushed or cached behind
a caller's back.

Never: seals by itself (a FieldCipher does), lets SQL, parameters or a driver's message into an exception, or branches
on the database outside :mod:`idp.stores.sql.engine` and :mod:`idp.stores.sql.migrate`.

Neighbours: ``idp.vault`` gives the cipher and keeps its wrapped keys here; ``idp.app`` opens the engine.

Personal columns hold sealed bytes whose context is ``table.column:<row id>``; what is searched has a fingerprint column
beside it, with the UNIQUE constraint that settles races. Times are seconds since the epoch, UTC, as doubles.
"""
