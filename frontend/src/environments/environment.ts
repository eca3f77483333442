/** What differs between builds. An empty `serverUrl` means the server that sent this page. */
export const environment = {
  production: true,
  serverUrl: '',
};
