import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { find, words } from '../../../testing/dom';
import { FakeBrowser } from '../../../testing/fake-browser';
import { session } from '../../../testing/sessions';
import { Session } from '../../models/models';
import { AgentActivityService } from '../../services/agent-activity.service';
import { BROWSER } from '../../services/browser';
import { Notices } from '../../services/notices.service';
import { SessionMenuComponent } from './session-menu.component';
import { SessionTagsComponent } from './session-tags.component';

describe('the menu of a session', () => {
  let http: HttpTestingController;

  beforeEach(() => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: new FakeBrowser() },
      ],
    });
    Object.assign(HTMLElement.prototype, { showPopover: () => undefined, hidePopover: () => undefined });
    Object.assign(HTMLDialogElement.prototype, {
      showModal: () => undefined,
      close(this: HTMLDialogElement) {
        this.dispatchEvent(new Event('close'));
      },
    });
    http = TestBed.inject(HttpTestingController);
  });

  async function menu(readOnly = false, fields: Partial<Session> = {}): Promise<HTMLElement> {
    const fixture = TestBed.createComponent(SessionMenuComponent);
    fixture.componentRef.setInput('session', session('a', { priority: 'high', ...fields }));
    fixture.componentRef.setInput('readOnly', readOnly);
    await fixture.whenStable();
    return fixture.nativeElement as HTMLElement;
  }
  const items = (element: HTMLElement): HTMLElement[] => [...element.querySelectorAll<HTMLElement>('.menu button')];
  const choose = (element: HTMLElement, name: string): void =>
    items(element)
      .find((one) => words(one) === name)
      ?.click();

  it('offers files to all, and the rest to who may change it', async () => {
    const files = ['Export all as JSON', 'Export conversation as Markdown', 'Export activities as CSV'];
    expect(items(await menu(true)).map(words)).toEqual(files);
    const all = items(await menu());
    expect(all.map(words)).toEqual(['Tags…', 'Urgent', 'High priority', 'Normal priority', 'Low priority', ...files]);
    expect(
      all.filter((one) => one.ariaChecked === 'true' || one.getAttribute('aria-checked') === 'true').map(words),
    ).toEqual(['High priority']);
  });

  it('sets another priority, and says why that failed', async () => {
    const describe_ = vi
      .spyOn(TestBed.inject(AgentActivityService), 'describe')
      .mockRejectedValueOnce(new Error('It is gone.'));
    const element = await menu();
    choose(element, 'High priority');
    expect(describe_).not.toHaveBeenCalled();
    choose(element, 'Urgent');
    expect(describe_).toHaveBeenCalledWith({ priority: 'urgent' });
    await vi.waitFor(() =>
      expect(
        TestBed.inject(Notices)
          .all()
          .map(({ text }) => text),
      ).toEqual(['It is gone.']),
    );
  });

  it('says when the session is removed, and keeps it', async () => {
    const describe_ = vi.spyOn(TestBed.inject(AgentActivityService), 'describe').mockResolvedValue();
    const goes = await menu(false, { removed_at: '2027-05-03T12:00:00Z' });
    const keep = items(goes).find((one) => words(one).startsWith('Keep (else removed on '));
    expect(words(keep)).toContain('2027');
    keep?.click();
    expect(describe_).toHaveBeenCalledWith({ kept: true });
    const stays = await menu(false, { kept: true });
    choose(stays, 'Kept for good');
    expect(describe_).toHaveBeenCalledWith({ kept: false });
  });

  it('lets the browser download a file once it is sure that there is one', async () => {
    const clicked: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      clicked.push(`${this.getAttribute('href')} ${this.hasAttribute('download')}`);
    });
    choose(await menu(), 'Export activities as CSV');
    http.expectOne('/api/sessions/a').flush(session('a'));
    await vi.waitFor(() => http.expectOne({ method: 'HEAD', url: '/api/sessions/a/export?format=csv' }).flush(null));
    await vi.waitFor(() => expect(clicked).toEqual(['/api/sessions/a/export?format=csv true']));
  });

  it('says in words why there is no file', async () => {
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
    click.mockClear();
    const told = (): string[] =>
      TestBed.inject(Notices)
        .all()
        .map(({ text }) => text);
    choose(await menu(), 'Export all as JSON');
    http
      .expectOne('/api/sessions/a')
      .flush({ error: { code: 'not_found', message: 'It is gone.' } }, { status: 404, statusText: 'Not Found' });
    await vi.waitFor(() => expect(told()).toEqual(['It is gone.']));
    choose(await menu(), 'Export all as JSON');
    http.expectOne('/api/sessions/a').flush(session('a'));
    await vi.waitFor(() => http.expectOne({ method: 'HEAD' }).flush(null, { status: 503, statusText: 'Busy' }));
    await vi.waitFor(() => expect(told().at(-1)).toBe('Too many exports run at the same time. Try again in a moment.'));
    expect(click).not.toHaveBeenCalled();
  });

  describe('the tags', () => {
    let fixture: ComponentFixture<SessionTagsComponent>;
    let element: HTMLElement;
    let field: HTMLInputElement;
    const save = vi.fn<(tags: string[]) => Promise<void>>();

    beforeEach(async () => {
      save.mockReset().mockResolvedValue();
      fixture = TestBed.createComponent(SessionTagsComponent);
      fixture.componentRef.setInput('tags', ['boats']);
      fixture.componentRef.setInput('save', save);
      await fixture.whenStable();
      http.expectOne('/api/tags').flush({ tags: ['boats', 'ice', 'icebreakers'].map((tag) => ({ tag, sessions: 1 })) });
      element = fixture.nativeElement as HTMLElement;
      await vi.waitFor(() => expect(element.querySelector('.offers')).not.toBeNull());
      field = find(element, 'input', HTMLInputElement);
    });

    const shown = (): string[] => [...element.querySelectorAll('.tag-field li')].map(words);
    const offered = (): string[] => [...element.querySelectorAll('.offers button')].map(words);
    const type = async (text: string): Promise<void> => {
      field.value = text;
      field.dispatchEvent(new Event('input'));
      await fixture.whenStable();
    };
    const press = async (key: string): Promise<void> => {
      field.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
      await fixture.whenStable();
    };
    const enter = async (): Promise<void> => {
      find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
      await fixture.whenStable();
    };

    it('are typed, suggested and taken off with the keyboard', async () => {
      expect(offered()).toEqual(['ice', 'icebreakers']);
      await type(' Engine  ROOM');
      expect(offered()).toEqual([]);
      await enter();
      expect(shown()).toEqual(['boats', 'engine room']);
      expect(field.value).toBe('');
      await type('boats');
      await press(',');
      expect(shown()).toEqual(['boats', 'engine room']);
      await type('brea');
      find(element, '.offers button', HTMLButtonElement).click();
      await fixture.whenStable();
      expect(shown()).toEqual(['boats', 'engine room', 'icebreakers']);
      await press('Backspace');
      find(element, '[aria-label="Remove boats"]', HTMLButtonElement).click();
      await fixture.whenStable();
      expect(shown()).toEqual(['engine room']);
    });

    it('are saved as a whole, with what is typed but not entered', async () => {
      const closed = vi.fn();
      fixture.componentInstance.closed.subscribe(closed);
      await type('ice');
      find(element, '.button.primary', HTMLButtonElement).click();
      await fixture.whenStable();
      expect(save).toHaveBeenCalledWith(['boats', 'ice']);
      expect(closed).toHaveBeenCalledOnce();
    });

    it('stay open and say why they could not be saved', async () => {
      const closed = vi.fn();
      fixture.componentInstance.closed.subscribe(closed);
      save.mockRejectedValueOnce(new Error('It is gone.'));
      await enter();
      await fixture.whenStable();
      expect(words(element.querySelector('.form-error'))).toBe('It is gone.');
      expect(closed).not.toHaveBeenCalled();
    });

    it('are ten at most', async () => {
      for (let n = 0; n < 12; n++) {
        await type(`tag ${n}`);
        await enter();
      }
      expect(shown()).toHaveLength(10);
      expect(field.readOnly).toBe(true);
      expect(element.querySelector('.offers')).toBeNull();
    });
  });
});
