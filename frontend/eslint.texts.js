/** What is shown to people stands in the languages of the dashboard: in templates with i18n, elsewhere with $localize. */

/** Attributes whose values are for the browser or the program, beside those that the rule knows itself. */
export const NO_TEXTS = [
  ...['accept', 'autocapitalize', 'd', 'download', 'enterkeyhint', 'inputmode', 'maxlength', 'method', 'pattern'],
  ...['popover', 'rel', 'rows', 'scope', 'spellcheck', 'step', 'wrap'],
  ...['labelledby', 'describedby', 'controls', 'haspopup', 'live', 'autocomplete', 'hidden', 'modal', 'current'].map(
    (name) => `aria-${name}`,
  ),
  ...['preserveAspectRatio', 'view', 'background', 'position'],
  ...['aria-orientation', 'aria-relevant', 'aria-valuemin', 'aria-valuemax'],
  // Angular's, and inputs of our own components that choose among looks.
  ...['ariaCurrentWhenActive', 'queryParamsHandling', 'look', 'panel', 'asked', 'what'],
];
/** What stands in these is for a program. */
export const CODE = ['code', 'pre', 'kbd'];

// Words that follow each other, or one that begins as a sentence or a label does.
const PROSE = /\p{L}{2,}[,;:.]? \p{L}|^\p{Lu}\p{Ll}+[.…:?]?$/u;
// Names that are the same in every language: of keys, headers and media types, of products, and of what only the code reads.
const NAMES = new RegExp(
  `^(${[
    ...['Arrow\\w+', 'Enter', 'Escape', 'Tab', 'Home', 'End', 'Page\\w+', 'Backspace', 'Delete', 'Shift', 'Control'],
    ...[
      'Meta',
      'Alt',
      'Accept',
      'Authorization.*',
      'Content-.*',
      'X-.*',
      'Notification',
      'Files',
      'noopener noreferrer',
      'failed resting',
    ],
    ...['Ringside', 'Python', 'Codex', 'Claude Code', 'OpenAI Agents', 'Edge', 'Opera', 'Firefox', 'Chrome', 'Safari'],
    ...['Android', 'Windows', 'Linux', 'English', 'Deutsch', 'Français'],
    ...['This session', 'Go to', 'Document Agent', 'Use a tool', 'Please correct the request: '],
  ].join('|')})$`,
);
// Selectors, class names with a hyphen, and commands.
const PROGRAM = /^[a-z]+(, [a-z]+)+$|^[a-z]+( [a-z]+(-[a-z]+)+)+$|^curl /;
// What takes a selector or a media query.
const FINDS = new Set(['querySelector', 'querySelectorAll', 'closest', 'matches', 'matchMedia', 'viewChild']);
// Where a text is a name for the program itself.
const INSIDE = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'ImportExpression',
  'TSLiteralType',
]);

function isShown(node) {
  for (let child = node, parent = node.parent; parent; [child, parent] = [parent, parent.parent]) {
    if (INSIDE.has(parent.type)) return child === parent.declaration;
    if (parent.type === 'TaggedTemplateExpression') return parent.tag.name !== '$localize';
    if (parent.type === 'Property' && parent.key === child && !parent.computed) return false;
    if (parent.type === 'Decorator') return false; // selectors, styles, and templates, which have a rule of their own
    if (parent.type === 'NewExpression' && parent.callee.name === 'RangeError') return false; // for who mends the code
    if (parent.type === 'CallExpression' && FINDS.has(parent.callee.property?.name ?? parent.callee.name)) return false;
  }
  return true;
}

export const noText = {
  meta: {
    type: 'problem',
    messages: { text: '“{{text}}” is shown in English only: write it with $localize.' },
    schema: [],
  },
  create(context) {
    const check = (node, text) => {
      if (PROSE.test(text) && !NAMES.test(text) && !PROGRAM.test(text) && isShown(node))
        context.report({ node, messageId: 'text', data: { text: text.slice(0, 60) } });
    };
    return {
      Literal: (node) => typeof node.value === 'string' && check(node, node.value),
      TemplateElement: (node) => check(node, node.value.cooked ?? ''),
    };
  },
};
