import { View } from '../../state/session-address';
import { Tab } from '../shared/tab-list.component';

/** The views of a session's activity. On a phone the documents have a place of their own. */
export function viewTabs(phone: boolean): Tab<View>[] {
  return [
    { id: 'timeline', label: $localize`Timeline` },
    { id: 'feed', label: $localize`Feed` },
    { id: 'graph', label: $localize`Graph` },
    { id: 'words', label: $localize`In words` },
    { id: 'documents', label: $localize`Documents`, hidden: phone },
  ];
}

/** Whether it shows one run, and not all of the session. */
export function isOfOneRun(view: View): boolean {
  return view === 'timeline' || view === 'words' || view === 'graph';
}
