// glibc shows these to programs that define _GNU_SOURCE or include malloc.h, which Swift's module of it does not. No
// header of glibc is included, since what it declares would count as this module's; so the pointers have no types.
int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
int pipe2(int ends[2], int flags);
int malloc_trim(unsigned long kept);
int memfd_create(const char *name, unsigned int flags);
int renameat2(int old_folder, const char *old_path, int new_folder, const char *new_path, unsigned int flags);
char *strptime(const char *text, const char *format, void *result);
