import { Finding } from '../../models/models';
import { refusal } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { finding } from '../../../testing/findings';
import { PageHarness } from '../../../testing/page-harness';
import { FindingComponent } from './finding.component';

describe('a finding', () => {
  let page: PageHarness;

  async function show(given: Partial<Finding> = {}): Promise<void> {
    page = new PageHarness();
    await page.open(FindingComponent, { finding: finding(given) });
  }

  it('says what shows it, and leads to the step', async () => {
    await show();
    expect(words(page.element)).toContain('Called search(“tide”) 3 times with the same answer.');
    expect(words(page.element)).toContain('Event 7 search(“tide”) → “high”');
    expect(page.element.querySelector('a')?.getAttribute('href')).toBe('/sessions/s?run=run-1&step=a');
  });

  it('is fine by one press', async () => {
    await show();
    await page.press('It is fine');
    await page.answer('POST', '/api/findings/finding-1/dismiss', finding());
    expect(page.alert()).toBe('');
  });

  it('lets its run be stopped', async () => {
    await show();
    await page.press('Stop the run');
    await page.answer('POST', '/api/runs/run-1/cancel', {});
    expect(words(page.element)).toContain('Asked to stop');
  });

  it('says why it could not be dismissed', async () => {
    await show();
    await page.press('It is fine');
    page.http
      .expectOne('/api/findings/finding-1/dismiss')
      .flush(...refusal(503, 'database_lost', 'The database does not answer.'));
    await page.settle();
    expect(page.alert()).toContain('The database does not answer.');
  });

  it('offers nothing to who may only watch', async () => {
    await show({ may_dismiss: false });
    expect(page.element.querySelector('button')).toBeNull();
  });

  it('offers no stop where there is no run', async () => {
    await show({ stoppable: false, run_id: null });
    expect(words(page.element)).not.toContain('Stop the run');
    expect(words(page.element)).toContain('It is fine');
  });
});
