/** Where the server is. Empty means: where this page came from (under `ng serve`, what proxy.conf.json names). */
export const environment = {
  serverUrl: '',
};
