"""A stand-in for Microsoft's side of sign-in, over TLS, for azure-identity as it is."""
