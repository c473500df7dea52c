"""What a citizen's account can do: enrol, sign in, prove who one is, win a number or join two accounts, disconnect.

Owns: the rules of sign-in names, of passwords and codes in use, budgets of tries, attempts at channels and what their
results change for this account and for others. Never: pages, HTTP, OAuth, the next step of a journey, Redis, SQL,
ciphers and hashes (:mod:`idp.people.ports` says what it wants of the vault).

The map::

    contact  enrol  sign_in                                  names, opening an account, the first factors
    prove  exchange  attempts  attempt_trail  form_fields    an attempt, from its first page to evidence
    proved_person  proof_results  proof_tries  ways          whom it proved, how it ended, what it cost, what leads on
    captures  capture_records                                runs at our own camera, between two requests
    consequences  disputing  merging                         a number that two accounts have proved
    handover                                                 a check by camera taken to a phone
    guarding                                                 children and their guardians
    factor_setups  second_factor  texted_codes               an authenticator app: set up, removed
    face_consent  face_factor  second_ways                   the face: agreed to, opted in to, signed in by or not
    operators                                                an account explained, corrected, closed, opened
    upstream_sign_in  link_proofs  linking                   accounts at Alipay and WeChat
    account  announcements  expiry                           the account page; what relying parties hear
    limits  bounded_sms  channel_health                      budgets, and which channels answer
    origin  stamp  calendar_day  ports                       who asked, when; what is wanted of the vault

Neighbours: ``web`` shows the forms and calls these services; ``journey`` decides what comes next; channels are handed
in.
"""
