import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { Citation } from '../../state/events';
import { PassageComponent } from './passage.component';

const CITATION: Citation = {
  number: 1,
  document_id: 'd',
  document_name: 'harbour-log.pdf',
  passage_id: 12,
  reference: 'page 12',
  quote: 'at most 412 passengers',
};
const URL = '/api/sessions/harbour/passages/12';

describe('PassageComponent', () => {
  let fixture: ComponentFixture<PassageComponent>;
  let element: HTMLElement;
  let http: HttpTestingController;

  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
    // jsdom knows no modal dialogs; that it opens is for a real browser to show.
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    http = TestBed.inject(HttpTestingController);
    fixture = TestBed.createComponent(PassageComponent);
    fixture.componentRef.setInput('sessionId', 'harbour');
    fixture.componentRef.setInput('citation', CITATION);
    element = fixture.nativeElement as HTMLElement;
    fixture.detectChanges();
  });

  it('shows the quote at once, and marks it in its passage between its neighbours when that is there', async () => {
    expect(words(element.querySelector('mark'))).toBe('at most 412 passengers');
    http.expectOne(URL).flush({
      id: 12,
      document_id: 'd',
      document_name: 'harbour-log.pdf',
      reference: 'page 12',
      text: 'The ferry carries at most\n412 passengers in winter.',
      before: 'Before.',
      after: null,
    });
    await fixture.whenStable();
    expect([...element.querySelectorAll('.passage-text p')].map(words)).toEqual([
      'Before.',
      'The ferry carries at most 412 passengers in winter.',
    ]);
    expect(words(element.querySelector('mark'))).toBe('at most 412 passengers');
    expect(words(element.querySelector('.passage-head'))).toContain('page 12');
  });

  it('says why a passage is not there, beside the quote, and asks again', async () => {
    const error = { error: { code: 'not_found', message: 'Its document was deleted.' } };
    http.expectOne(URL).flush(error, { status: 404, statusText: 'Not Found' });
    await fixture.whenStable();
    expect(words(element.querySelector('.outcome'))).toContain('Its document was deleted.');
    expect(words(element.querySelector('mark'))).toBe('at most 412 passengers');
    find(element, '.outcome button', HTMLButtonElement).click();
    fixture.detectChanges();
    http.expectOne(URL);
  });
});
