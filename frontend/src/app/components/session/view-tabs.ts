import { View } from '../../state/session-address';
import { Tab } from '../shared/tab-list.component';

/** The views of a session's activity. On a phone the documents have a place of their own. */
export function viewTabs(phone: boolean): Tab<View>[] {
  return [
    { id: 'timeline', label: 'Timeline' },
    { id: 'feed', label: 'Feed' },
    { id: 'graph', label: 'Graph' },
    { id: 'words', label: 'In words' },
    { id: 'documents', label: 'Documents', hidden: phone },
  ];
}

/** Whether it shows one run, and not all of the session. */
export function isOfOneRun(view: View): boolean {
  return view === 'timeline' || view === 'words' || view === 'graph';
}
