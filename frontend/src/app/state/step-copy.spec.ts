import { step } from '../../testing/events';
import { fold } from './fold';
import { Activity, emptyState } from './session-state';
import { stepCurl, stepJson, stepMarkdown } from './step-copy';

const state = fold(emptyState(), [
  step(1, 0, { activity_id: 'other' }),
  step(2, 100, { activity_id: "it's", parent_id: 'other', kind: 'tool', input: { query: 'a ``` b' } }),
  step(3, 200, { activity_id: "it's", run_id: 'elsewhere' }),
  step(4, 600, { activity_id: "it's", parent_id: 'other', status: 'failed', details: 'Nobody\nis there.' }),
]);
const [, activity] = state.activities.toArray() as [Activity, Activity];

describe('a copied step', () => {
  it('has the names of the API as JSON, and no field without a value', () => {
    expect(JSON.parse(stepJson(activity, 'harbour'))).toEqual({
      session_id: 'harbour',
      run_id: 'r',
      activity_id: "it's",
      parent_id: 'other',
      agent_name: 'Research Agent',
      action: "it's",
      kind: 'tool',
      status: 'failed',
      details: 'Nobody\nis there.',
      error: 'Nobody\nis there.',
      started_at: '2026-03-14T09:00:00.100Z',
      ended_at: '2026-03-14T09:00:00.600Z',
      duration_ms: 500,
      input: { query: 'a ``` b' },
    });
  });

  it('stays one block of Markdown whatever is in it', () => {
    const text = stepMarkdown(activity, 'https://ringside.example/sessions/harbour?step=a');
    expect(text).toContain("### it's\n");
    expect(text).toContain('0.5 s');
    expect(text).toContain('> Nobody\n> is there.');
    expect(text).toContain('````json\n');
    expect(text.match(/^````/gm)).toHaveLength(2);
  });

  it('is the request that reads its events as cURL, which no shell reads otherwise', () => {
    expect(stepCurl(activity, 'harbour', state.log, 'https://ringside.example')).toBe(
      [
        "curl -H 'Authorization: Bearer ringside_…' \\",
        "  'https://ringside.example/api/sessions/harbour/activity?after=1&limit=3' \\",
        `  | jq --arg id 'it'\\''s' '.events[] | select(.activity_id == $id)'`,
      ].join('\n'),
    );
  });
});
