/* SPDX-License-Identifier: GPL-2.0-only */
/* See confine.h. Rows: a kind of worker with its capabilities and its system calls. */
#include "host/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "util/rights.h"

#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

/* libseccomp's own SCMP_A0() and the like leave a field out, which is a warning here */
#define ARG(n, op, ...) ((struct scmp_arg_cmp){n, op, ARG_(__VA_ARGS__, 0)})
#define ARG_(a, b, ...) a, b

static const struct {
	uint64_t caps;
	bool files, bpf, raw;
	bool more;  /* lives on, prints, and may give up more later */
	bool alone; /* no sockets at all */
	bool guards; /* starts a process that takes away what would stay */
} kinds[] = {
	[HOST_NETLINK] = {.caps = RIGHT(CAP_NET_ADMIN)},
	[HOST_FILES] = {.caps = RIGHT(CAP_NET_ADMIN), .files = true},
	[HOST_RAW] = {.caps = RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_NET_RAW),
		      .files = true,
		      .raw = true},
	[HOST_PROCESSES] = {.caps = RIGHT(CAP_SYS_PTRACE) | RIGHT(CAP_DAC_READ_SEARCH),
			    .files = true},
	[HOST_PROGRAMS] = {.caps = RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_BPF) | RIGHT(CAP_SYS_ADMIN) |
				   RIGHT(CAP_DAC_READ_SEARCH),
			   .files = true,
			   .bpf = true},
	/* another program by its id is CAP_SYS_ADMIN's */
	[HOST_SENDER] = {.caps = RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_BPF) | RIGHT(CAP_PERFMON) |
				 RIGHT(CAP_SYS_ADMIN),
			 .files = true,
			 .bpf = true,
			 .guards = true,
			 .more = true},
	[HOST_READER] = {.files = true, .more = true, .alone = true},
};

/* What any of them needs to compute, to write its answer and to end. */
static const int common[] = {
	SCMP_SYS(read),		 SCMP_SYS(write),
	SCMP_SYS(writev),	 SCMP_SYS(close),
	SCMP_SYS(fstat),	 SCMP_SYS(newfstatat),
	SCMP_SYS(lseek),	 SCMP_SYS(mmap),
	SCMP_SYS(munmap),	 SCMP_SYS(mremap),
	SCMP_SYS(mprotect),	 SCMP_SYS(madvise),
	SCMP_SYS(brk),		 SCMP_SYS(futex),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(time),		 SCMP_SYS(getpid),
	SCMP_SYS(gettid),	 SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigaction),	 SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(getrandom),	 SCMP_SYS(exit),
	SCMP_SYS(exit_group),	 SCMP_SYS(poll),
	SCMP_SYS(ppoll),	 SCMP_SYS(select),
	SCMP_SYS(pselect6),	 SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),	 SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),	 SCMP_SYS(bind),
	SCMP_SYS(getsockname),	 SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt),	 SCMP_SYS(fcntl),
	SCMP_SYS(uname),	 SCMP_SYS(restart_syscall),
	SCMP_SYS(setitimer),
};
static const int files[] = {
	SCMP_SYS(getdents64), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(stat),
	SCMP_SYS(lstat),      SCMP_SYS(access),	  SCMP_SYS(faccessat),	SCMP_SYS(faccessat2),
	SCMP_SYS(pread64),    SCMP_SYS(statfs),	  SCMP_SYS(fstatfs),	SCMP_SYS(fchdir),
	SCMP_SYS(getcwd),
};
static const int more[] = {
	SCMP_SYS(prctl),
	SCMP_SYS(seccomp),
	SCMP_SYS(capget),
	SCMP_SYS(capset),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(prlimit64),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),
	SCMP_SYS(pwrite64),
	SCMP_SYS(memfd_create),
	SCMP_SYS(wait4),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(clock_nanosleep),
};
static const int guards[] = {
	SCMP_SYS(pipe2),
	SCMP_SYS(setsid),
	SCMP_SYS(close_range),
	SCMP_SYS(setns), /* where it guards, as far as it has the rights */
};

static int allow(scmp_filter_ctx c, const int *calls, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, calls[i], 0);
	return r;
}

/* Netlink, and what only carries an ioctl. */
static int allow_sockets(scmp_filter_ctx c)
{
	int r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				 ARG(0, SCMP_CMP_EQ, AF_NETLINK));

	if (!r)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				     ARG(0, SCMP_CMP_EQ, AF_INET),
				     ARG(1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_DGRAM));
	if (!r)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     ARG(1, SCMP_CMP_MASKED_EQ, 0xff00, 0x8900));
	return r;
}

/* Files: for reading only. */
static int allow_kind(scmp_filter_ctx c, enum host_rights k)
{
	const scmp_datum_t writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
	int r = kinds[k].alone ? 0 : allow_sockets(c);

	if (!r && kinds[k].files)
		r = allow(c, files, sizeof(files) / sizeof(files[0]));
	if (!r && kinds[k].files)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				     ARG(2, SCMP_CMP_MASKED_EQ, writes, 0));
	if (!r && kinds[k].bpf)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 0);
	if (!r && kinds[k].more)
		r = allow(c, more, sizeof(more) / sizeof(more[0]));
	if (!r && kinds[k].guards)
		r = allow(c, guards, sizeof(guards) / sizeof(guards[0]));
	if (!r && kinds[k].guards)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				     ARG(0, SCMP_CMP_MASKED_EQ, NEW_NAMESPACES, 0));
	for (int i = 0; !r && kinds[k].more && i < 2; i++) /* is it a terminal, how wide? */
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     ARG(1, SCMP_CMP_EQ, i ? TIOCGWINSZ : TCGETS));
	for (int family = AF_INET; !r && kinds[k].raw && family;
	     family = family == AF_INET ? AF_INET6 : 0)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				     ARG(0, SCMP_CMP_EQ, (scmp_datum_t)family),
				     ARG(1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW));
	return r;
}

int host_confine_tool(void)
{
	return rights_keep(RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_NET_RAW));
}

int host_confine(enum host_rights rights)
{
	scmp_filter_ctx c;
	int r = rights_keep(kinds[rights].caps);

	if (r)
		return r;
	c = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!c)
		return -ENOMEM;
	r = allow(c, common, sizeof(common) / sizeof(common[0]));
	if (!r)
		r = allow_kind(c, rights);
	if (!r)
		r = seccomp_load(c);
	seccomp_release(c);
	return r;
}

static int refuse(scmp_filter_ctx c, const int *calls, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
	return r;
}

int host_confine_injecting(void)
{
	/* BPF_PROG_TEST_RUN alone: what puts a packet in is loaded */
	const scmp_datum_t run = BPF_PROG_TEST_RUN;
	static const int files_again[] = {
		SCMP_SYS(openat), SCMP_SYS(memfd_create), SCMP_SYS(dup),
		SCMP_SYS(dup2),	  SCMP_SYS(dup3),	  SCMP_SYS(clone),
		SCMP_SYS(setns),
	};
	scmp_filter_ctx c;
	int r = rights_keep(RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_BPF));

	if (r)
		return r;
	c = seccomp_init(SCMP_ACT_ALLOW);
	if (!c)
		return -ENOMEM;
	r = refuse(c, files_again, sizeof(files_again) / sizeof(files_again[0]));
	if (!r)
		r = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(bpf), 1,
				     ARG(0, SCMP_CMP_NE, run));
	if (!r)
		r = seccomp_load(c);
	seccomp_release(c);
	return r;
}

/* What no process of a tracer that runs has any business with. */
static const int foreign[] = {
	SCMP_SYS(ptrace),
	SCMP_SYS(unshare),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(sethostname),
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(iopl),
	SCMP_SYS(mknod),
	SCMP_SYS(mknodat),
	SCMP_SYS(pidfd_getfd),
};
/* What the broker does for the main process. */
static const int brokers[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(setns), SCMP_SYS(perf_event_open),
	SCMP_SYS(capset), SCMP_SYS(fork),     SCMP_SYS(vfork),
};

static int refuse_foreign(bool threads, bool also_brokers)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!c)
		return -ENOMEM;
	if (threads)
		seccomp_attr_set(c, SCMP_FLTATR_CTL_TSYNC, 1);
	r = refuse(c, foreign, sizeof(foreign) / sizeof(foreign[0]));
	if (!r && also_brokers)
		r = refuse(c, brokers, sizeof(brokers) / sizeof(brokers[0]));
	if (!r)
		r = seccomp_load(c);
	seccomp_release(c);
	return r;
}

int host_confine_main(uint64_t keep)
{
	int r = rights_keep(keep);

	return r ? r : refuse_foreign(true, true);
}

#define BROKERS_CAPS                                                                               \
	(RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_NET_RAW) | RIGHT(CAP_SYS_ADMIN) | RIGHT(CAP_BPF) |       \
	 RIGHT(CAP_PERFMON) | RIGHT(CAP_SYS_PTRACE) | RIGHT(CAP_DAC_READ_SEARCH) |                 \
	 RIGHT(CAP_DAC_OVERRIDE) | RIGHT(CAP_SYSLOG) | RIGHT(CAP_SYS_RESOURCE) |                   \
	 RIGHT(CAP_IPC_LOCK) | RIGHT(CAP_SETPCAP))

int host_confine_broker(void)
{
	int r = rights_keep(BROKERS_CAPS);

	return r ? r : refuse_foreign(false, false);
}
