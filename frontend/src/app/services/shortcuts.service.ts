import { Injectable } from '@angular/core';
import { Subject } from 'rxjs';

/** Whoever has no "?" on the keyboard, or does not know of it, asks here for the list of shortcuts. */
@Injectable({ providedIn: 'root' })
export class Shortcuts {
  readonly asked = new Subject<void>();
}
