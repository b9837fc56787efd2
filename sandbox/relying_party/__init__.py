"""The demonstration's portal: an OpenID Connect relying party that knows Cognito, and no SAML at all."""
