#include <spawn.h>

// glibc's spawn.h shows this to programs that define _GNU_SOURCE, which Swift's module of it does not.
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
