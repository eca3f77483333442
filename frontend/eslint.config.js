import eslint from '@eslint/js';
import angular from 'angular-eslint';
import tseslint from 'typescript-eslint';

import { CODE, NO_TEXTS, noText } from './eslint.texts.js';
import rooms from './eslint.rooms.js';

export default tseslint.config(
  { ignores: ['src/app/models/**', 'dist/**'] },
  {
    files: ['**/*.ts'],
    extends: [
      eslint.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
      ...angular.configs.tsRecommended,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    processor: angular.processInlineTemplates,
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  ...rooms,
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'src/testing/**', 'src/app/state/ways-in.ts', 'src/app/state/step-copy.ts'], // programs
    plugins: { texts: { rules: { 'no-text': noText } } },
    rules: { 'texts/no-text': 'error' },
  },
  {
    files: ['**/*.html'],
    extends: [...angular.configs.templateRecommended, ...angular.configs.templateAccessibility],
  },
  {
    files: ['src/app/**/*.html'],
    rules: {
      '@angular-eslint/template/i18n': ['error', { checkId: false, ignoreAttributes: NO_TEXTS, ignoreTags: CODE }],
    },
  },
);
