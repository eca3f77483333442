import { waysIn } from './ways-in';

describe('the ways in', () => {
  it('name the address and the protocol to OpenTelemetry, for some programs speak gRPC otherwise', () => {
    const ways = waysIn({ origin: 'https://ships.example', package: '/sdk', key: 'ringside_abc', session: 's' });
    expect(ways.find(({ id }) => id === 'opentelemetry')?.steps[0]?.lines.split('\n')).toEqual([
      'export OTEL_EXPORTER_OTLP_ENDPOINT=https://ships.example',
      'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
      'export OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20ringside_abc',
    ]);
  });
});
