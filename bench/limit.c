/* The least a server of event streams can do: one send() for each event and reader, and nothing else.
 *
 *   limit PORT STREAMS SESSIONS
 *
 * Prints "listening", accepts so many readers, which watch the sessions in turn, then obeys commands from standard input:
 * "COUNT RATE SIZE" sends COUNT events of SIZE bytes, RATE a second, to the sessions in turn and prints "done". Ends at the end of the input. What a
 * product must do beside this (accept at any time, survive a full socket, store, resume) is missing on purpose. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int accept_reader(int listener)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                               "retry: 1000\n\n";
    char request[2000];
    int on = 1, fd = accept(listener, NULL, NULL);
    if (fd < 0)
        fail("accept");
    for (size_t got = 0; !got || !memmem(request, got, "\r\n\r\n", 4);) {
        ssize_t more = recv(fd, request + got, sizeof request - got, 0);
        if (more <= 0)
            fail("request");
        got += more;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (send(fd, head, sizeof head - 1, 0) != sizeof head - 1)
        fail("head");
    return fd;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static size_t write_event(char *frame, size_t size, int64_t id)
{
    static const char end[] = "\"}\n\n";
    int written = sprintf(frame,
                          "id: %lld\nevent: agentActivity\ndata: {\"seq\":%lld,\"session_id\":\"bench-0\","
                          "\"type\":\"agentActivity\",\"details\":\"%lld ",
                          (long long)id, (long long)id, (long long)now_ns());
    memset(frame + written, '.', size - written - strlen(end));
    memcpy(frame + size - strlen(end), end, strlen(end));
    return size;
}

int main(int count, char **words)
{
    static int64_t sent;
    char line[100], frame[4096];
    if (count != 4)
        fail("usage: limit PORT STREAMS SESSIONS");
    int on = 1, readers = atoi(words[2]), sessions = atoi(words[3]), listener = socket(AF_INET, SOCK_STREAM, 0);
    int *fds = calloc(readers, sizeof *fds);
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096))
        fail("listen");
    printf("listening\n");
    fflush(stdout);
    for (int i = 0; i < readers; i++)
        fds[i] = accept_reader(listener);
    while (fgets(line, sizeof line, stdin)) {
        long events, size;
        double rate;
        if (sscanf(line, "%ld %lf %ld", &events, &rate, &size) != 3 || size < 200 || size > (long)sizeof frame)
            fail("unknown command");
        int64_t start = now_ns();
        for (long i = 0; i < events; i++) {
            int64_t at = start + (int64_t)(i * 1e9 / rate);
            struct timespec when = {at / 1000000000, at % 1000000000};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
            ssize_t length = write_event(frame, size, sent / sessions + 1);
            for (int r = sent++ % sessions; r < readers; r += sessions)
                if (send(fds[r], frame, length, MSG_DONTWAIT | MSG_NOSIGNAL) != length)
                    fail("send");
        }
        printf("done\n");
        fflush(stdout);
    }
    return 0;
}
