"""The modules of the OpenID Foundation's conformance suite, each as a test of the same name."""
