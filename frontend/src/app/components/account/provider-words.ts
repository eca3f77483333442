/** Why there is no password here: one signs in with this provider, whatever it is called. */
export function passwordElsewhere(provider: string | null | undefined): string {
  return provider
    ? $localize`You sign in with ${provider}:provider:, which also keeps your password.`
    : $localize`You sign in with a provider, which also keeps your password.`;
}
