/* Many readers of server-sent events in one process: opens N streams, checks every frame, measures latency.
 *
 *   clients PORT STREAMS SESSIONS PATH     a %d in PATH becomes the number of the stream modulo SESSIONS
 *
 * Prints one JSON object per line. The first, when every stream has its first frame: {"connected":N}. Then it
 * reads commands from standard input:
 *
 *   wait EVENTS SECONDS    until so many events have come since the last report; prints a report and starts anew
 *
 * and ends at the end of the input. An event is a frame whose data begins with its seq: those of a stream must be 1
 * apart. Asks by HTTP/1.0, so that no server divides the stream into chunks.
 * Latency: the sender writes its CLOCK_MONOTONIC, in nanoseconds, at the beginning of "details"; all
 * processes of one machine share that clock. Times in a report are microseconds, moments are CLOCK_MONOTONIC
 * seconds. Anything unexpected ends the process with {"error":"..."}. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OPENING_AT_ONCE = 200, READ_BYTES = 1 << 20, CARRY_BYTES = 1 << 16, INPUT = -1 };

struct stream {
    int fd;
    enum { HEAD, FIRST_FRAME, OPEN } state;
    int64_t id;      /* of the last event; -1 before the first */
    char *carry;     /* the beginning of a frame that was cut */
    size_t carried;
};

static struct stream *streams;
static int total, opened, opening, connected;
static char *path_format;
static char *authorization; /* what our server wants of every request; the others take no notice */
static int port, sessions;

static struct {
    int64_t events, bytes, out_of_order;
    double first, last;
    uint32_t *latencies;
    size_t measured, room;
} seen;
static double began;

static void fail(const char *format, ...)
{
    va_list arguments;
    char words[500];
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    printf("{\"error\":\"%s\"}\n", words);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void open_next(int epoll)
{
    struct stream *stream = &streams[opened];
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct linger at_once = {1, 0}; /* leave no port behind in TIME_WAIT for the next run */
    char path[300], request[900];

    *stream = (struct stream){.fd = socket(AF_INET, SOCK_STREAM, 0), .id = -1};
    if (stream->fd < 0 || connect(stream->fd, (struct sockaddr *)&server, sizeof server))
        fail("stream %d: %s", opened, strerror(errno));
    setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    snprintf(path, sizeof path, path_format, opened % sessions);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAuthorization: %s\r\n\r\n",
                          path, authorization);
    if (send(stream->fd, request, length, 0) != length)
        fail("stream %d: the request was not sent: %s", opened, strerror(errno));
    fcntl(stream->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = opened};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, stream->fd, &interest))
        fail("epoll: %s", strerror(errno));
    opened++;
    opening++;
}

static void measure(const char *frame, size_t size, int64_t now)
{
    const char *sent = memmem(frame, size, "\"details\":\"", 11);
    if (!sent || sent[11] < '0' || sent[11] > '9')
        return;
    if (seen.measured == seen.room) {
        seen.room = seen.room ? seen.room * 2 : 1 << 16;
        seen.latencies = realloc(seen.latencies, seen.room * sizeof *seen.latencies);
        if (!seen.latencies)
            fail("out of memory");
    }
    seen.latencies[seen.measured++] = (now - strtoll(sent + 11, NULL, 10)) / 1000;
}

static void take_frame(struct stream *stream, const char *frame, size_t size, int64_t now)
{
    if (stream->state == FIRST_FRAME) {
        stream->state = OPEN;
        opening--;
        connected++;
    }
    const char *data = memmem(frame, size, "{\"seq\":", 7);
    if (!data)
        return;
    int64_t id = strtoll(data + 7, NULL, 10);
    if (stream->id >= 0 && id != stream->id + 1)
        seen.out_of_order++;
    stream->id = id;
    seen.last = now / 1e9;
    if (!seen.events++)
        seen.first = seen.last;
    seen.bytes += size;
    measure(frame, size, now);
}

/* Takes what is whole and returns how much that was. */
static size_t take(struct stream *stream, const char *data, size_t size, int64_t now)
{
    const char *at = data, *end = data + size, *stop;
    if (stream->state == HEAD) {
        if (!(stop = memmem(at, end - at, "\r\n\r\n", 4)))
            return 0;
        if (end - at < 12 || memcmp(at, "HTTP/1.", 7) || memcmp(at + 8, " 200", 4))
            fail("stream %d was refused: %.12s", (int)(stream - streams), at);
        stream->state = FIRST_FRAME;
        at = stop + 4;
    }
    while ((stop = memmem(at, end - at, "\n\n", 2))) {
        take_frame(stream, at, stop + 2 - at, now);
        at = stop + 2;
    }
    return at - data;
}

static void receive(struct stream *stream)
{
    static char buffer[CARRY_BYTES + READ_BYTES];
    memcpy(buffer, stream->carry, stream->carried);
    ssize_t got = recv(stream->fd, buffer + stream->carried, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        fail("stream %d ended: %s", (int)(stream - streams), got ? strerror(errno) : "closed by the server");
    size_t size = stream->carried + got, taken = take(stream, buffer, size, now_ns());
    stream->carried = size - taken;
    if (stream->carried > CARRY_BYTES)
        fail("stream %d: a frame is longer than %d bytes", (int)(stream - streams), CARRY_BYTES);
    if (stream->carried) {
        if (!stream->carry && !(stream->carry = malloc(CARRY_BYTES)))
            fail("out of memory");
        memcpy(stream->carry, buffer + taken, stream->carried);
    }
}

static void turn(int epoll, int timeout_ms)
{
    struct epoll_event happened[512];
    int count = epoll_wait(epoll, happened, 512, timeout_ms);
    for (int i = 0; i < count; i++)
        if (happened[i].data.fd != INPUT)
            receive(&streams[happened[i].data.fd]);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(void)
{
    size_t n = seen.measured;
    qsort(seen.latencies, n, sizeof *seen.latencies, ascending);
#define SHARE(q) (n ? seen.latencies[(size_t)((n - 1) * (q))] : 0)
    printf("{\"events\":%lld,\"bytes\":%lld,\"out_of_order\":%lld,\"began\":%.6f,\"first\":%.6f,\"last\":%.6f,"
           "\"p50\":%u,\"p99\":%u,\"max\":%u}\n",
           (long long)seen.events, (long long)seen.bytes, (long long)seen.out_of_order, began, seen.first, seen.last,
           SHARE(0.5), SHARE(0.99), SHARE(1.0));
    seen.events = seen.bytes = seen.out_of_order = 0;
    seen.measured = 0;
}

static void obey(int epoll)
{
    char line[100];
    long long events;
    double seconds;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "wait %lld %lf", &events, &seconds) != 2)
            fail("unknown command");
        int64_t until = now_ns() + (int64_t)(seconds * 1e9);
        while (seen.events < events) {
            int64_t left = (until - now_ns()) / 1000000;
            if (left <= 0)
                fail("only %lld of %lld events came within %.0f s", (long long)seen.events, events, seconds);
            turn(epoll, left);
        }
        report();
        /* Until the next command, go on reading: a report between two rounds must not hold up the server. */
        struct epoll_event input = {.events = EPOLLIN, .data.fd = INPUT}, happened[512];
        epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
        for (int asked = 0; !asked;) {
            int count = epoll_wait(epoll, happened, 512, -1);
            for (int i = 0; i < count; i++)
                if (happened[i].data.fd == INPUT)
                    asked = 1;
                else
                    receive(&streams[happened[i].data.fd]);
        }
        epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    }
}

int main(int count, char **words)
{
    struct rlimit files;
    if (count != 6)
        fail("usage: clients PORT STREAMS SESSIONS PATH AUTHORIZATION");
    port = atoi(words[1]);
    total = atoi(words[2]);
    sessions = atoi(words[3]);
    path_format = words[4];
    authorization = words[5];
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0); /* or a command could hide in the buffer, unseen by epoll */
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (!(streams = calloc(total, sizeof *streams)))
        fail("out of memory");
    int epoll = epoll_create1(0);
    began = now_ns() / 1e9;
    while (connected < total) {
        while (opened < total && opening < OPENING_AT_ONCE)
            open_next(epoll);
        turn(epoll, 1000);
    }
    printf("{\"connected\":%d}\n", connected);
    obey(epoll);
    return 0;
}
