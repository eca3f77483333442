import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { OutputEmitterRef, Type } from '@angular/core';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { BROWSER } from '../app/services/browser';
import { find, words } from './dom';
import { FakeBrowser } from './fake-browser';

/** A component as its user meets it, with the server played by the test. */
export class PageHarness {
  readonly http: HttpTestingController;
  readonly browser = new FakeBrowser();
  private fixture: ComponentFixture<unknown> | null = null;

  constructor() {
    // jsdom opens neither dialogs nor popovers.
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    Object.assign(HTMLElement.prototype, { showPopover: () => undefined, hidePopover: () => undefined });
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: this.browser },
      ],
    });
    this.http = TestBed.inject(HttpTestingController);
  }

  get element(): HTMLElement {
    if (!this.fixture) throw new Error('No component is open.');
    return this.fixture.nativeElement as HTMLElement;
  }

  async open(component: Type<unknown>, inputs: Record<string, unknown> = {}): Promise<void> {
    this.fixture = TestBed.createComponent(component);
    await this.give(inputs);
  }

  /** Its user goes elsewhere. */
  close(): void {
    this.fixture?.destroy();
  }

  async give(inputs: Record<string, unknown>): Promise<void> {
    for (const [name, value] of Object.entries(inputs)) this.fixture?.componentRef.setInput(name, value);
    await this.settle();
  }

  /** What an output of the component tells from now on. */
  told(output: string): unknown[] {
    const told: unknown[] = [];
    const component = this.fixture?.componentInstance as Record<string, OutputEmitterRef<unknown>> | undefined;
    component?.[output]?.subscribe((one) => told.push(one));
    return told;
  }

  async type(selector: string, text: string): Promise<void> {
    const field = find(this.element, selector, HTMLInputElement);
    field.value = text;
    field.dispatchEvent(new Event('input'));
    await this.settle();
  }

  async settle(): Promise<void> {
    TestBed.tick();
    await new Promise((resolve) => setTimeout(resolve));
    TestBed.tick();
  }

  /** Answers the one request of this kind; its body. */
  async answer(method: string, url: string, body: object | null): Promise<unknown> {
    const asked = this.http.expectOne((request) => request.method === method && request.url === url);
    asked.flush(body);
    await this.settle();
    return asked.request.body;
  }

  async press(label: string): Promise<void> {
    const buttons = [...this.element.querySelectorAll<HTMLElement>('button')];
    buttons.find((button) => button.getAttribute('aria-label') === label || words(button) === label)?.click();
    await this.settle();
  }

  async submit(): Promise<void> {
    find(this.element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    await this.settle();
  }

  async confirm(): Promise<void> {
    const dialog = find(this.element, 'app-confirm dialog', HTMLDialogElement);
    dialog.returnValue = 'yes';
    dialog.dispatchEvent(new Event('close'));
    await this.settle();
  }

  /** What is shown once; null when nothing is. */
  secret(): string | null {
    return this.element.querySelector<HTMLInputElement>('.secret input')?.value ?? null;
  }

  alert(): string {
    return words(this.element.querySelector('[role=alert]'));
  }
}
