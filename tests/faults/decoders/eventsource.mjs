// The events of a stream as the npm package `eventsource` decodes them: node eventsource.mjs URL COUNT HEADERS
// prints one JSON array of [type, lastEventId, data].
import { EventSource } from 'eventsource';

const [url, count, headers] = process.argv.slice(2);
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...JSON.parse(headers) } }),
});
const seen = [];

function take(event) {
  if (event.data === undefined) return; // an error of the connection, not an event of the log
  seen.push([event.type, event.lastEventId, event.data]);
  if (seen.length < Number(count)) return;
  source.close();
  process.stdout.write(JSON.stringify(seen));
}

for (const type of ['agentActivity', 'agentStatusUpdate', 'agentMessage', 'runUpdate', 'error']) {
  source.addEventListener(type, take);
}
