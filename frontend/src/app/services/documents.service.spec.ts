import { HttpEventType, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { Document } from '../models/models';
import { DocumentsService } from './documents.service';
import { ServerInfo } from './server-info.service';

const DOCUMENT: Document = {
  id: 'd1',
  name: 'log.pdf',
  media_type: 'application/pdf',
  size: 5,
  status: 'uploaded',
  error: null,
  pages: null,
  rows: null,
  notes: [],
  created_at: '2026-03-14T09:00:00Z',
};
const URL = '/api/sessions/s/documents';

describe('DocumentsService', () => {
  let http: HttpTestingController;
  let documents: DocumentsService;

  beforeEach(async () => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
    http = TestBed.inject(HttpTestingController);
    documents = TestBed.inject(DocumentsService);
    const known = TestBed.inject(ServerInfo).load();
    http
      .expectOne('/api/info')
      .flush({ mode: 'built-in', max_document_bytes: 10, document_types: ['.pdf', '.csv'], heartbeat_seconds: 30 });
    await known;
    const opened = documents.open('s');
    http.expectOne(URL).flush({ documents: [] });
    await opened;
  });

  afterEach(() => http.verify());

  it('sends each file by itself and tells how far it is', () => {
    documents.add([new File(['12345'], 'log.pdf'), new File(['1'], 'more.csv')]);
    const [first] = http.match(URL);
    first?.event({ type: HttpEventType.UploadProgress, loaded: 2, total: 5 });
    expect(documents.uploads().map(({ name, progress }) => [name, progress])).toEqual([
      ['log.pdf', 0.4],
      ['more.csv', 0],
    ]);
    first?.flush({ documents: [DOCUMENT] }, { status: 201, statusText: 'Created' });
    expect(documents.documents()).toEqual([DOCUMENT]);
    expect(documents.uploads().map(({ name }) => name)).toEqual(['more.csv']);
  });

  it('finds out soon whether a document that was added can be read', () => {
    vi.useFakeTimers();
    documents.add([new File(['12345'], 'log.pdf')]);
    http.expectOne(URL).flush({ documents: [DOCUMENT] }, { status: 201, statusText: 'Created' });
    for (const after of [1000, 2000, 5000]) {
      vi.advanceTimersByTime(after);
      http.expectOne(URL).flush({ documents: [{ ...DOCUMENT, status: 'failed', error: 'It is damaged.' }] });
    }
    vi.advanceTimersByTime(60_000);
    http.expectNone(URL);
    vi.useRealTimers();
  });

  it("shows the server's words at the file they are about", () => {
    documents.add([new File(['12345'], 'log.pdf')]);
    const error = { error: { code: 'encrypted', message: 'log.pdf is encrypted. Remove its password.' } };
    http.expectOne(URL).flush(error, { status: 415, statusText: 'Unsupported' });
    expect(documents.uploads()).toMatchObject([
      { name: 'log.pdf', error: 'log.pdf is encrypted. Remove its password.' },
    ]);
    expect(documents.uploading()).toBe(false);
  });

  it.each([
    [new File([], 'log.pdf'), /empty/],
    [new File(['x'.repeat(11)], 'log.pdf'), /limit is 10 B/],
    [new File(['x'], 'program.exe'), /\.pdf, \.csv/],
  ])('refuses what the server would refuse before it travels', (file, words) => {
    documents.add([file]);
    expect(documents.uploads()[0]?.error).toMatch(words);
  });

  it('sends three files at a time, the next when one has arrived, failed or been dismissed', () => {
    documents.add(['1', '2', '3', '4', '5', '6'].map((name) => new File(['x'], `${name}.csv`)));
    const names = (): string[] =>
      http.match(({ url }) => url === URL).map(({ request }) => ((request.body as FormData).get('files') as File).name);
    const [first, second] = http.match(URL);
    expect(names()).toEqual([]);
    first?.flush({ documents: [DOCUMENT] }, { status: 201, statusText: 'Created' });
    expect(names()).toEqual(['4.csv']);
    second?.flush(null, { status: 500, statusText: 'Broken' });
    expect(names()).toEqual(['5.csv']);
    documents.dismiss(documents.uploads().find(({ name }) => name === '3.csv')?.id ?? -1);
    expect(names()).toEqual(['6.csv']);
    expect(documents.uploads().map(({ name }) => name)).toEqual(['2.csv', '4.csv', '5.csv', '6.csv']);
  });

  it('tries again quietly while the server is crowded, and says so when it stays crowded', () => {
    vi.useFakeTimers();
    try {
      const crowded = { error: { code: 'crowded', message: 'Too many uploads arrive at the same time.' } };
      const refuse = (): void => http.expectOne(URL).flush(crowded, { status: 503, statusText: 'Crowded' });
      documents.add([new File(['12345'], 'log.pdf')]);
      for (let times = 0; times < 5; times++) {
        refuse();
        expect(documents.uploads()[0]?.error).toBeNull();
        vi.advanceTimersByTime(10_000);
      }
      refuse();
      expect(documents.uploads()[0]?.error).toBe('Too many uploads arrive at the same time.');
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not try again when the server is not there for another reason', () => {
    documents.add([new File(['12345'], 'log.pdf')]);
    http
      .expectOne(URL)
      .flush({ error: { code: 'full', message: 'The disk is full.' } }, { status: 503, statusText: 'Full' });
    expect(documents.uploads()[0]?.error).toBe('The disk is full.');
  });

  it('stops an upload that is dismissed', () => {
    documents.add([new File(['12345'], 'log.pdf')]);
    const upload = http.expectOne(URL);
    documents.dismiss(documents.uploads()[0]?.id ?? -1);
    expect(upload.cancelled).toBe(true);
    expect(documents.uploads()).toEqual([]);
  });
});
