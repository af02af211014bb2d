#include <spawn.h>
#include <time.h>

// glibc shows these to programs that define _GNU_SOURCE, which Swift's module of it does not.
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int pipe2(int ends[2], int flags);
int memfd_create(const char *name, unsigned int flags);
char *strptime(const char *text, const char *format, struct tm *result);
