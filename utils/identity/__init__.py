"""OpenID Connect: who somebody is, as the team's own provider says it."""
