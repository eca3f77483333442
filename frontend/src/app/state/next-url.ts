/** Where to go on after signing in: an address of this application and of no other, which links could try to name. */
export function nextUrl(wanted: string | null | undefined): string {
  return wanted && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith('/sign-in') ? wanted : '/';
}
