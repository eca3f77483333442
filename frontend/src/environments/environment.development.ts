/** `ng serve` hands /api and /sse on to a server on port 8000 (proxy.conf.json). */
export const environment = {
  production: false,
  serverUrl: '',
};
