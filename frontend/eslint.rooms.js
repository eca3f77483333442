/**
 * Which folder of src/app may import from which: state < live < services < components, and of the components each room
 * only from itself and from shared. The components outside of the rooms put these together.
 */
const ROOMS = ['approvals', 'session', 'sessions', 'agents', 'team', 'account', 'usage', 'worker'];

const ANGULAR = { regex: '^@angular/', message: 'state is plain TypeScript, without Angular.' };
const ANGULAR_BUT_HTTP = {
  regex: '^@angular/(?!common/http$)',
  message: 'live knows of Angular only the errors of its HTTP client; what is injected belongs to services.',
};

function restrict(files, ...patterns) {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

function folders(names, message) {
  return { regex: `^\\.{1,2}/(?:.*/)?(?:${names})/`, message };
}

export default [
  restrict(
    ['src/app/state/**/*.ts'],
    ANGULAR,
    { regex: '^rxjs', message: 'state is plain TypeScript, without RxJS.' },
    folders('live|services|components', 'state imports only from state and the models.'),
  ),
  restrict(
    ['src/app/live/**/*.ts'],
    ANGULAR_BUT_HTTP,
    folders('services|components', 'live imports only from live, state and the models.'),
  ),
  restrict(['src/app/services/**/*.ts'], folders('components', 'services know nothing of components.')),
  ...ROOMS.map((room) =>
    restrict([`src/app/components/${room}/**/*.ts`], {
      regex: '^\\.\\./(?!\\.\\./|shared/)',
      message: `components/${room} imports of the components only its own and those of shared.`,
    }),
  ),
  restrict(['src/app/components/shared/**/*.ts'], {
    regex: '^\\.\\./(?!\\.\\./)',
    message: 'components/shared imports of the components only its own.',
  }),
];
