/**
 * Whether a key belongs to an input method, which composes a word of Japanese, Chinese or Korean: Enter takes the word,
 * Escape drops it. Safari ends the composition before it tells of the key, whose code alone gives it away.
 */
export function isComposing(event: Event): boolean {
  // TypeScript advises against `keyCode`; nothing else says it.
  const { isComposing, keyCode } = event as unknown as { readonly isComposing: boolean; readonly keyCode: number };
  return isComposing || keyCode === 229;
}
