import { TestBed } from '@angular/core/testing';
import { Title } from '@angular/platform-browser';

import { PageTitle } from './page-title.service';

describe('the title of the tab', () => {
  it('begins with how many wait for whoever looks', () => {
    const title = TestBed.inject(PageTitle);
    title.set('Winter berths · Ringside');
    TestBed.tick();
    expect(TestBed.inject(Title).getTitle()).toBe('Winter berths · Ringside');
    title.setWaiting(2);
    TestBed.tick();
    expect(TestBed.inject(Title).getTitle()).toBe('(2) Winter berths · Ringside');
  });
});
