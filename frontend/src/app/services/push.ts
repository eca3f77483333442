import { InjectionToken } from '@angular/core';

import { Push, browserPush } from '../live/push';

export const PUSH = new InjectionToken<Push>('PUSH', { providedIn: 'root', factory: browserPush });
