"""The decoder of server-sent events, wherever the bytes are cut."""

from ringside.watching.sse import SentEvent, SseDecoder

WIRE = (
    'retry: 250\n\nevent: heartbeat\ndata: {}\n\nid: 1\nevent: agentActivity\ndata: {"é":1}\n\n: a comment\n'
    "id: 2\r\ndata: first\r\ndata: second\r\n\r\nid: 3\rdata:no space\r\rdata: without its end"
).encode()
EVENTS = [
    SentEvent("heartbeat", "{}", ""), SentEvent("agentActivity", '{"é":1}', "1"),
    SentEvent("message", "first\nsecond", "2"), SentEvent("message", "no space", "3"),
]  # fmt: skip


def test_whole_and_cut_anywhere_the_events_are_the_same() -> None:
    for cut in range(len(WIRE) + 1):
        decoder = SseDecoder()
        assert decoder.feed(WIRE[:cut]) + decoder.feed(WIRE[cut:]) == EVENTS, cut
        assert decoder.retry == 250
        assert decoder.last_id == "3"


def test_byte_by_byte() -> None:
    decoder = SseDecoder()
    assert [event for byte in WIRE for event in decoder.feed(bytes([byte]))] == EVENTS
