/** The teams that the server names when several know an address: 'Name one of them: Harbour, Lighthouse.' */
export function teamNames(message: string): readonly string[] {
  const names = /: (.+)\.$/s.exec(message)?.[1];
  return names === undefined ? [] : names.split(', ');
}
