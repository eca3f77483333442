/** How long a link works, to choose from. */
export const VALIDITIES: readonly { readonly hours: number; readonly label: string }[] = [
  { hours: 1, label: 'One hour' },
  { hours: 24, label: 'One day' },
  { hours: 72, label: 'Three days' },
  { hours: 24 * 7, label: 'One week' },
  { hours: 24 * 30, label: '30 days' },
];
