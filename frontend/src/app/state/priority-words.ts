import { Session } from '../models/models';

export type Priority = Session['priority'];

export const PRIORITIES: readonly { readonly id: Priority; readonly label: string }[] = [
  { id: 'urgent', label: 'Urgent' },
  { id: 'high', label: 'High priority' },
  { id: 'normal', label: 'Normal priority' },
  { id: 'low', label: 'Low priority' },
];

/** How a priority is written where there is little room; '' for the normal one, which needs no word. */
export function priorityMark(priority: Priority): string {
  return priority === 'normal' ? '' : priority.charAt(0).toUpperCase() + priority.slice(1);
}

/** The colour of its mark. */
export function priorityLook(priority: Priority): string {
  return priority === 'urgent' ? 'bad' : priority === 'high' ? 'warn' : '';
}
