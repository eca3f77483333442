/** Whether a key is meant as a shortcut: alone, and not while something is written or chosen. */
export function isShortcut(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return !(event.target instanceof Element && event.target.matches('input, textarea, select'));
}
