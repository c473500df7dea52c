"""A portal: a relying party of an afternoon's work. The two demo portals differ by a table of facts only.

Owns: sign-in by authorization code with PKCE, a local session, sign-out here and everywhere, the back-channel logout
endpoint, and pages in Chinese and English that work on a phone, without script and with a keyboard.

Files: :mod:`~examples.portal.facts` what differs; :mod:`~examples.portal.relying_party` the protocol, by idpyoidc plus
the checks that library leaves to its caller; :mod:`~examples.portal.logout_token` who may end a session from outside;
:mod:`~examples.portal.security_events` what the provider says about an account;
:mod:`~examples.portal.sessions` who is signed in; :mod:`~examples.portal.texts` every word;
:mod:`~examples.portal.pages` the Flask application.
"""
