import { TestBed } from '@angular/core/testing';

import { Approval } from '../../models/models';
import { Inbox } from '../../services/inbox.service';
import { ServerReach } from '../../services/server-reach.service';
import { approval } from '../../../testing/approvals';
import { refusal } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { ApprovalComponent } from './approval.component';

const APPROVAL = approval();
const DECISION = '/api/approvals/approval-1/decision';

describe('an approval', () => {
  let page: PageHarness;

  const over = (): readonly string[] => [...TestBed.inject(Inbox).over()];

  async function show(approval: Partial<Approval> = {}): Promise<void> {
    page = new PageHarness();
    await page.open(ApprovalComponent, { approval: { ...APPROVAL, ...approval } });
  }

  it('is decided by one press', async () => {
    await show();
    await page.press('Reject');
    expect(await page.answer('POST', DECISION, {})).toEqual({ choice: 'reject' });
    expect(over()).toEqual(['approval-1']);
  });

  it('offers nothing to who may not decide', async () => {
    await show({ may_decide: false, waits_for: [{ id: 'user-2', name: 'Mara' }] });
    expect(words(page.element)).toContain('Waits for Mara.');
    expect(page.element.querySelector('button')).toBeNull();
  });

  it('keeps the words of who was first until it is closed, and offers no choice any more', async () => {
    await show();
    await page.press('Approve');
    page.http.expectOne(DECISION).flush(...refusal(409, 'already_decided', 'Mara chose “Reject” at 09:26.'));
    await page.settle();
    expect(page.alert()).toBe('Mara chose “Reject” at 09:26.');
    expect(over()).toEqual([]);
    await page.press('Close');
    expect(over()).toEqual(['approval-1']);
  });

  it('can be decided again when the server was away', async () => {
    await show();
    await page.press('Approve');
    page.http.expectOne(DECISION).flush(...refusal(503, 'database_lost', 'The database does not answer.'));
    await page.settle();
    await page.press('Approve');
    await page.answer('POST', DECISION, {});
    expect(over()).toEqual(['approval-1']);
  });

  it('fills in nothing where a choice needs no form', async () => {
    await show({ form: { type: 'object', required: ['subject'], properties: { subject: { type: 'string' } } } });
    await page.press('Reject');
    expect(await page.answer('POST', DECISION, {})).toEqual({ choice: 'reject' });
  });

  it('sends what was filled in, as its schema says', async () => {
    await show({
      form: {
        type: 'object',
        required: ['subject'],
        properties: {
          subject: { type: 'string', title: 'Subject' },
          batch: { type: 'integer', title: 'Batch', default: 50 },
        },
      },
    });
    await page.type('input[type=text]', 'Your berth');
    await page.press('Approve');
    expect(await page.answer('POST', DECISION, {})).toEqual({
      choice: 'approve',
      values: { subject: 'Your berth', batch: 50 },
    });
  });

  it('keeps what is typed and chosen when the list it is in is asked for again', async () => {
    const form = {
      type: 'object',
      properties: {
        subject: { type: 'string', title: 'Subject' },
        quay: { type: 'string', enum: ['north', 'south'] },
      },
    };
    await show({ form });
    await page.press('Add a comment');
    await page.type('input[type=text]', 'Your berth is');
    const [quay, comment] = ['select', 'textarea'].map((one) => page.element.querySelector<HTMLInputElement>(one));
    if (quay) quay.value = 'south';
    quay?.dispatchEvent(new Event('change'));
    if (comment) comment.value = 'Only until May';
    comment?.dispatchEvent(new Event('input'));
    await page.give({ approval: structuredClone({ ...APPROVAL, form }) });
    await page.press('Approve');
    expect(await page.answer('POST', DECISION, {})).toEqual({
      choice: 'approve',
      comment: 'Only until May',
      values: { subject: 'Your berth is', quay: 'south' },
    });
  });

  it('gives the focus to the comment that is to be written', async () => {
    await show();
    await page.press('Add a comment');
    expect(document.activeElement).toBe(page.element.querySelector('textarea'));
  });

  it('cannot be decided while the server is away, and can when it is back', async () => {
    await show();
    const reach = TestBed.inject(ServerReach);
    reach.missed();
    await page.settle();
    expect(words(page.element)).toContain('You can decide when the server answers again.');
    await page.press('Approve');
    page.http.expectNone(DECISION);
    reach.heard();
    await page.settle();
    expect(words(page.element)).not.toContain('when the server answers again');
    await page.press('Approve');
    await page.answer('POST', DECISION, {});
  });

  it('is filled in anew where another one takes its place', async () => {
    const form = { type: 'object', properties: { subject: { type: 'string', title: 'Subject' } } };
    await show({ form });
    await page.type('input[type=text]', 'Your berth is');
    await page.give({ approval: { ...APPROVAL, id: 'approval-2', form } });
    expect(page.element.querySelector<HTMLInputElement>('input[type=text]')?.value).toBe('');
  });

  it('can be put off in the inbox, which decides nothing', async () => {
    Object.assign(HTMLElement.prototype, { hidePopover: () => undefined });
    page = new PageHarness();
    await page.open(ApprovalComponent, { approval: APPROVAL, snoozable: true });
    const snoozed = page.told('snoozed');
    await page.press('In an hour');
    const request = page.http.expectOne({ method: 'PUT', url: '/api/approvals/approval-1/snooze' });
    const { until } = request.request.body as { until: string };
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(59 * 60_000);
    request.flush(null);
    await page.settle();
    expect(snoozed).toHaveLength(1);
    expect(over()).toEqual([]);
  });

  it('says when it asks again, and can ask at once', async () => {
    page = new PageHarness();
    await page.open(ApprovalComponent, {
      approval: { ...APPROVAL, snoozed_until: '2126-03-14T09:00:00Z' },
      snoozable: true,
    });
    expect(words(page.element)).toContain('You are asked again');
    const snoozed = page.told('snoozed');
    await page.press('Ask me now');
    page.http.expectOne({ method: 'DELETE', url: '/api/approvals/approval-1/snooze' }).flush(null);
    await page.settle();
    expect(snoozed).toEqual([null]);
  });
});
