/** What the timeline says of itself. */
export const WORDS = {
  filtered: $localize`No steps of this run match these filters.`,
  noneYet: $localize`No steps yet.`,
  none: $localize`This run has no steps.`,
  expand: $localize`:steps|:Expand all`,
  collapse: $localize`:steps|:Collapse all`,
};
