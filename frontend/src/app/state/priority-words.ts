import { Session } from '../models/models';

export type Priority = Session['priority'];

export const PRIORITIES: readonly { readonly id: Priority; readonly label: string }[] = [
  { id: 'urgent', label: $localize`Urgent` },
  { id: 'high', label: $localize`High priority` },
  { id: 'normal', label: $localize`Normal priority` },
  { id: 'low', label: $localize`Low priority` },
];

const MARKS: Readonly<Record<Priority, string>> = {
  urgent: $localize`Urgent`,
  high: $localize`:priority|:High`,
  normal: '',
  low: $localize`:priority|:Low`,
};

/** How a priority is written where there is little room; '' for the normal one, which needs no word. */
export function priorityMark(priority: Priority): string {
  return MARKS[priority];
}

/** The colour of its mark. */
export function priorityLook(priority: Priority): string {
  return priority === 'urgent' ? 'bad' : priority === 'high' ? 'warn' : '';
}
