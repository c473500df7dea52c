"""Errors of the decoupled flows (RFC 8628 section 3.5, CIBA sections 11 and 13). Descriptions are constant ASCII."""

from authlib.oauth2 import OAuth2Error


class AuthorizationPendingError(OAuth2Error):
    """RFC 8628 section 3.5, CIBA section 11: nobody has answered yet."""

    error = "authorization_pending"

    def __init__(self) -> None:
        super().__init__(description="The citizen has not answered yet.")


class SlowDownError(OAuth2Error):
    """RFC 8628 section 3.5, CIBA section 11: the pause between polls is five seconds longer from now on."""

    error = "slow_down"

    def __init__(self) -> None:
        super().__init__(description="Polled too soon: wait 5 seconds longer between polls from now on.")


class ExpiredTokenError(OAuth2Error):
    """RFC 8628 section 3.5, CIBA section 11."""

    error = "expired_token"

    def __init__(self) -> None:
        super().__init__(description="The request has expired: begin a new one.")


class InvalidBindingMessageError(OAuth2Error):
    """CIBA section 13."""

    error = "invalid_binding_message"

    def __init__(self) -> None:
        super().__init__(description="binding_message must be one line of plain text, at most 80 characters.")
