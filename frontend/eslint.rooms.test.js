import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ESLint } from 'eslint';

import rooms from './eslint.rooms.js';

const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [{ files: ['**/*.ts'] }, ...rooms] });

async function refused(file, from) {
  const [result] = await eslint.lintText(`import { one } from '${from}';\none();\n`, { filePath: `src/app/${file}` });
  return result.messages.map(({ ruleId }) => ruleId);
}

for (const [file, from] of [
  ['state/fold.ts', '@angular/core'],
  ['state/fold.ts', 'rxjs'],
  ['state/fold.ts', '../services/clock.service'],
  ['state/fold.ts', '../live/connection'],
  ['live/joined-session.ts', '@angular/core'],
  ['live/joined-session.ts', '../services/browser'],
  ['services/account.service.ts', '../components/shared/submission'],
  ['components/session/timeline.component.ts', '../team/users.component'],
  ['components/sessions/home.component.ts', '../session/timeline.component'],
  ['components/team/team.component.ts', '../shell.component'],
  ['components/shared/menu.component.ts', '../session/answer.component'],
]) {
  test(`${file} may not import ${from}`, async () => {
    assert.deepEqual(await refused(file, from), ['no-restricted-imports']);
  });
}

for (const [file, from] of [
  ['state/fold.ts', './vector'],
  ['state/fold.ts', '../models/models'],
  ['live/joined-session.ts', '@angular/common/http'],
  ['services/account.service.ts', '../live/api-error'],
  ['components/session/timeline.component.ts', '../shared/icon.component'],
  ['components/session/timeline.component.ts', '../../services/clock.service'],
  ['components/shell.component.ts', './account/account-menu.component'],
]) {
  test(`${file} may import ${from}`, async () => {
    assert.deepEqual(await refused(file, from), []);
  });
}
