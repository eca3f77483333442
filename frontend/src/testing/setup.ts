/** What browsers have and jsdom has not, as far as the components need it to be there. */
class Observer {
  observe(): void {
    return;
  }
  disconnect(): void {
    return;
  }
}

Element.prototype.scrollIntoView = () => undefined;

Element.prototype.scrollTo = function (this: Element, to?: ScrollToOptions | number): void {
  if (typeof to === 'object') this.scrollTop = to.top ?? this.scrollTop;
};

Object.assign(globalThis, {
  CSS: { supports: () => false },
  ResizeObserver: Observer,
  matchMedia: (media: string) => Object.assign(new EventTarget(), { matches: false, media }),
});
