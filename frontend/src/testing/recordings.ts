import agUi from '../../../tests/fixtures/recordings/ag-ui.json';
import coding from '../../../tests/fixtures/recordings/coding.json';
import documents from '../../../tests/fixtures/recordings/documents.json';
import failing from '../../../tests/fixtures/recordings/failing.json';
import modelled from '../../../tests/fixtures/recordings/modelled.json';
import reported from '../../../tests/fixtures/recordings/reported.json';
import traced from '../../../tests/fixtures/recordings/traced.json';
import { LoggedEvent } from '../app/state/events';

/** Logs of real sessions of every kind, as `python -m tests.e2e.recordings` takes them. */
export const recordings = { agUi, coding, documents, failing, modelled, reported, traced } as unknown as Readonly<
  Record<'agUi' | 'coding' | 'documents' | 'failing' | 'modelled' | 'reported' | 'traced', readonly LoggedEvent[]>
>;
