import { waysIn } from './ways-in';

describe('the ways in', () => {
  it('name the whole address and the protocol to OpenTelemetry, for programs send metrics and speak gRPC otherwise', () => {
    const ways = waysIn({ origin: 'https://ships.example', package: '/sdk', key: 'ringside_abc', session: 's' });
    expect(ways.find(({ id }) => id === 'opentelemetry')?.steps[0]?.lines.split('\n')).toEqual([
      'export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://ships.example/v1/traces',
      'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
      'export OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20ringside_abc',
      'export OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none',
    ]);
  });
});
