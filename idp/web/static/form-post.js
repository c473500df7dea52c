// The answer to a portal goes there by itself (OAuth 2.0 Form Post Response Mode 1.0). Without this a person presses the button.
document.forms[0].submit();
