import { placeOf } from './place';

describe('the place of a link', () => {
  it('is a web page with the name of its host', () => {
    expect(placeOf('https://n8n.example.org:5678/workflow/7/executions/12')).toEqual({
      href: 'https://n8n.example.org:5678/workflow/7/executions/12',
      host: 'n8n.example.org:5678',
    });
  });

  it.each([null, '', 'javascript:alert(1)', 'data:text/html,hello', '/relative', 'https://'])(
    'is none for %o',
    (link) => {
      expect(placeOf(link)).toBeNull();
    },
  );
});
