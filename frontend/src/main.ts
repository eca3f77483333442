import { useLanguage } from './app/services/language';

// What is shown is put into words while its modules are loaded: the language comes before all of them.
useLanguage()
  .then(() => import('./start'))
  .catch((error: unknown) => {
    console.error(error);
  });
