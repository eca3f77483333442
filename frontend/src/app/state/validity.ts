/** How long a link works, to choose from. */
export const VALIDITIES: readonly { readonly hours: number; readonly label: string }[] = [
  { hours: 1, label: $localize`One hour` },
  { hours: 24, label: $localize`One day` },
  { hours: 72, label: $localize`Three days` },
  { hours: 24 * 7, label: $localize`One week` },
  { hours: 24 * 30, label: $localize`30 days` },
];
