/** What is shown to people stands in the languages of the dashboard: in templates with i18n, elsewhere with $localize. */

// Words that follow each other, or one that begins as a sentence or a label does.
const PROSE = /\p{L}{2,}[,;:.]? \p{L}|^\p{Lu}\p{Ll}+[.…:?]?$/u;
// Names of keys, of HTTP headers and methods, and of fonts.
const NAMES =
  /^(Arrow\w+|Enter|Escape|Tab|Home|End|Page\w+|Backspace|Delete|Shift|Control|Meta|Alt|Accept|Authorization|Content-.*|X-.*)$/;
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
    if (parent.type === 'NewExpression' && parent.callee.name === 'Error') return false; // for whoever mends the code
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
      if (PROSE.test(text) && !NAMES.test(text) && isShown(node))
        context.report({ node, messageId: 'text', data: { text: text.slice(0, 60) } });
    };
    return {
      Literal: (node) => typeof node.value === 'string' && check(node, node.value),
      TemplateElement: (node) => check(node, node.value.cooked ?? ''),
    };
  },
};
