import { HttpErrorResponse } from '@angular/common/http';
import { ComponentFixture, TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { Assignment } from '../../models/models';
import { AgentRegistry } from '../../services/agent-registry';
import { WorkApi } from '../../services/work-api';
import { WorkerChoice } from '../../services/worker-choice.service';
import { WorkerComponent } from './worker.component';

function question(runId: string): Assignment {
  return {
    agent: { id: 'a', name: 'Ada' },
    attempt: 1,
    earlier: null,
    from_step: null,
    history: [],
    instructions: '',
    lease_seconds: 150,
    metadata: {},
    question: `What is ${runId}?`,
    run_id: runId,
    session_id: 's',
    state: null,
  };
}

describe('the worker page', () => {
  const api = { claim: vi.fn(), beat: vi.fn(), tell: vi.fn(), end: vi.fn(), release: vi.fn() };
  const released = vi.fn();
  let arrive: (next: Assignment) => void;
  let fixture: ComponentFixture<WorkerComponent>;

  const answerField = () => find(fixture.nativeElement as HTMLElement, '#answer', HTMLTextAreaElement);

  async function type(text: string): Promise<void> {
    answerField().value = text;
    answerField().dispatchEvent(new Event('input'));
    await fixture.whenStable();
  }

  async function ask(runId: string): Promise<void> {
    arrive(question(runId));
    await vi.waitFor(() => {
      fixture.detectChanges();
      expect(words((fixture.nativeElement as HTMLElement).querySelector('.asked'))).toBe(`What is ${runId}?`);
    });
  }

  async function send(): Promise<void> {
    find(fixture.nativeElement as HTMLElement, 'form', HTMLFormElement).dispatchEvent(
      new Event('submit', { cancelable: true }),
    );
    await fixture.whenStable();
  }

  async function open(): Promise<void> {
    TestBed.configureTestingModule({
      providers: [
        { provide: WorkApi, useValue: { ...api, releaseFromClosingPage: released } },
        { provide: AgentRegistry, useValue: { agents: () => [], load: () => Promise.resolve() } },
      ],
    });
    TestBed.inject(WorkerChoice).source.set('person');
    fixture = TestBed.createComponent(WorkerComponent);
    await fixture.whenStable();
    find(fixture.nativeElement as HTMLElement, '.state button', HTMLButtonElement).click();
  }

  beforeEach(async () => {
    sessionStorage.clear();
    // jsdom knows no modal dialogs.
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    for (const one of Object.values(api)) one.mockReset();
    api.claim.mockImplementation(() => new Promise((resolve) => (arrive = resolve)));
    api.beat.mockResolvedValue(false);
    api.release.mockResolvedValue(undefined);
    await open();
  });

  afterEach(() => {
    vi.useRealTimers();
    localStorage.clear();
  });

  it('shows what is typed under its own question alone, and again when that one comes back', async () => {
    await ask('one');
    await type('Half an ans');
    api.beat.mockRejectedValue(new HttpErrorResponse({ status: 409 }));
    await vi.waitFor(() => expect(api.claim).toHaveBeenCalledTimes(2), 5000);
    api.beat.mockResolvedValue(false);
    await ask('two');
    expect(answerField().value).toBe('');
    api.end.mockRejectedValueOnce(new HttpErrorResponse({ status: 409 }));
    await send();
    await vi.waitFor(() => expect(api.claim).toHaveBeenCalledTimes(3));
    await ask('one');
    expect(answerField().value).toBe('Half an ans');
  });

  it('asks before a typed answer is lost, and has it again for the same question after a reload', async () => {
    const unload = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    await ask('one');
    expect([fixture.componentInstance.mayLeave(), unload()]).toEqual([true, false]);
    await type('Half an ans');
    expect(unload()).toBe(true);
    const leaves = fixture.componentInstance.mayLeave();
    await fixture.whenStable();
    const dialog = find(fixture.nativeElement as HTMLElement, 'dialog', HTMLDialogElement);
    expect(words(dialog.querySelector('h2'))).toBe('Leave without sending?');
    dialog.returnValue = 'yes';
    dialog.dispatchEvent(new Event('close'));
    expect(await leaves).toBe(true);
    fixture.destroy();
    expect(released).toHaveBeenCalledWith(expect.objectContaining({ run_id: 'one' }));

    TestBed.resetTestingModule();
    await open();
    await ask('one');
    expect(answerField().value).toBe('Half an ans');
    api.end.mockResolvedValueOnce(undefined);
    await send();
    await vi.waitFor(() => expect(sessionStorage.getItem('ringside.drafts')).not.toContain('Half an ans'));
  });

  it('sends an answer again while the server is away, and keeps it meanwhile', async () => {
    await ask('one');
    await type('Whole');
    api.end.mockRejectedValueOnce(new HttpErrorResponse({ status: 503 })).mockResolvedValueOnce(undefined);
    await send();
    await vi.waitFor(() => {
      fixture.detectChanges();
      expect((fixture.nativeElement as HTMLElement).textContent).toContain('The server answered with status 503.');
    });
    expect([answerField().value, answerField().readOnly]).toEqual(['Whole', true]);
    await vi.waitFor(() => expect(api.claim).toHaveBeenCalledTimes(2), 5000);
    expect(api.end.mock.calls.map(([, how]: unknown[]) => how)).toEqual(
      Array(2).fill({ status: 'completed', answer: 'Whole' }),
    );
    expect(api.release).not.toHaveBeenCalled();
  });
});
