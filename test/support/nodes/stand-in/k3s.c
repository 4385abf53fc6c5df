/*
 * A stand-in for K3s on test nodes: one static program, as K3s is. It carries a shell script that knows K3s' commands,
 * files and words (k3s.sh), and it is the service's main process: it starts a real etcd and a real TLS server, tells
 * systemd when they are up, and ends when etcd ends, because in K3s they are one process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whoever reads the file finds the version as in the real one. */
static const volatile char version[] = "\0k3s version " K3S_VERSION "\0";

__asm__(".section .rodata\nscript:\n.incbin \"" SCRIPT "\"\n.byte 0\n.previous");
extern const char script[];

/* Runs the script with this verb before the program's own arguments; never comes back. */
static void become(const char *verb, char **argv) {
  int n = 0;
  while (argv[n]) n++;
  /* In a file of its own, or every list of processes would show all of it. */
  int fd = memfd_create("k3s", 0);
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (fd < 0 || write(fd, script, strlen(script)) < 0) _exit(126);
  char **args = calloc(n + 5, sizeof *args);
  int at = 0;
  args[at++] = "sh";
  args[at++] = path;
  if (verb) args[at++] = (char *)verb;
  for (int i = 1; i < n; i++) args[at++] = argv[i];
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length > 0) {
    self[length] = 0;
    setenv("K3S_STAND_IN", self, 1);
  }
  setenv("K3S_STAND_IN_VERSION", (const char *)version + sizeof "\0k3s version " - 1, 1);
  execv("/bin/sh", args);
  fprintf(stderr, "cannot run /bin/sh: %s\n", strerror(errno));
  _exit(126);
}

static pid_t start(const char *verb, char **argv) {
  pid_t parent = getpid(), pid = fork();
  if (pid != 0) return pid;
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  /* Only this program speaks for the service; etcd would too. */
  unsetenv("NOTIFY_SOCKET");
  /* A killed K3s takes its etcd with it. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  become(verb, argv);
  return -1;
}

static int ended(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void tell_systemd(const char *text) {
  const char *path = getenv("NOTIFY_SOCKET");
  if (!path) return;
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path, path, sizeof to.sun_path - 1);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(path);
  if (to.sun_path[0] == '@') to.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  (void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, length);
  close(fd);
}

static volatile sig_atomic_t stopping;
static void stop(int signal_number) {
  (void)signal_number;
  stopping = 1;
}

static int serve(char **argv) {
  /* As K3s calls itself while it serves. */
  prctl(PR_SET_NAME, "k3s-server");
  struct sigaction on = {.sa_handler = stop};
  sigaction(SIGTERM, &on, NULL);
  sigaction(SIGINT, &on, NULL);
  int prepared = ended(start("@prepare", argv));
  if (prepared != 0 || stopping) return stopping ? 0 : 1;
  pid_t etcd = start("@etcd", argv), api = start("@api", argv), ready = start("@ready", argv), watch = -1;
  int status = 0;
  while (!stopping) {
    int how;
    pid_t pid = wait(&how);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) break;
    int code = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    if (pid == etcd) {
      status = code ? code : 1;
      etcd = -1;
      break;
    }
    if (pid == ready) {
      ready = -1;
      if (code != 0) {
        status = 1;
        break;
      }
      watch = start("@watch", argv);
      tell_systemd("READY=1");
    } else if (pid == api) {
      usleep(50 * 1000);
      api = start("@api", argv);
    }
  }
  pid_t all[] = {ready, watch, api, etcd};
  for (int i = 0; i < 4; i++)
    if (all[i] > 0) {
      kill(all[i], SIGTERM);
      ended(all[i]);
    }
  if (stopping) ended(start("@stopped", argv));
  return stopping ? 0 : status;
}

/* ── what OpenSSL's command line lacks: hex to bytes, and the tag of AES-GCM ── */

typedef unsigned __int128 block;

static int unhex(void) {
  for (unsigned one; scanf("%2x", &one) == 1;) putchar((int)one);
  return 0;
}

static block block_of(const unsigned char *bytes) {
  block all = 0;
  for (int i = 0; i < 16; i++) all = all << 8 | bytes[i];
  return all;
}

static block read_block(const char *hex) {
  unsigned char bytes[16] = {0};
  for (int i = 0; i < 16; i++) {
    unsigned one = 0;
    sscanf(hex + 2 * i, "%2x", &one);
    bytes[i] = (unsigned char)one;
  }
  return block_of(bytes);
}

/* Multiplication in GF(2^128), bits in GCM's order. */
static block times(block a, block b) {
  block sum = 0;
  for (int i = 127; i >= 0; i--) {
    if (a >> i & 1) sum ^= b;
    b = b >> 1 ^ (b & 1 ? (block)0xe1 << 120 : 0);
  }
  return sum;
}

/* Over standard input; `h` is the sealed zero block, `mask` the sealed first counter, both as hex. */
static int tag(const char *h, const char *mask) {
  block key = read_block(h), sum = 0;
  unsigned char bytes[16];
  unsigned long long all = 0;
  for (size_t n; (n = fread(bytes, 1, 16, stdin)) > 0; all += n) {
    memset(bytes + n, 0, 16 - n);
    sum = times(sum ^ block_of(bytes), key);
  }
  sum = times(sum ^ (block)all * 8, key) ^ read_block(mask);
  for (int i = 120; i >= 0; i -= 8) printf("%02x", (unsigned)(sum >> i) & 255);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "@unhex")) return unhex();
  if (argc > 3 && !strcmp(argv[1], "@tag")) return tag(argv[2], argv[3]);
  if (argc > 1 && !strcmp(argv[1], "server")) {
    int reset = 0;
    for (int i = 2; i < argc; i++) reset |= !strncmp(argv[i], "--cluster-reset", 15);
    if (!reset) return serve(argv);
  }
  /* As K3s, it is kubectl, crictl and ctr by those names. */
  char *name = strrchr(argv[0], '/');
  name = name ? name + 1 : argv[0];
  if (!strcmp(name, "kubectl") || !strcmp(name, "crictl") || !strcmp(name, "ctr")) become(name, argv);
  become(NULL, argv);
}
