/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * record.h: what the probe puts into the ring, and the descriptors that tell it what to read of a call. Package
 * capture/live has the same layout in record.go. Everything is little-endian.
 *
 *   struct block | records, each: struct rec | u64 args[nargs] | sections, each: u16 len, u8 op, u8 status, bytes, padded to 8
 *
 * op is the index of the operation in the call's descriptor; operations that yield several sections yield always the
 * same number in the same order.
 */
#ifndef SCAPLS_RECORD_H
#define SCAPLS_RECORD_H

enum kind {
	K_ENTER = 1,    /* a call begins (its exit comes in a record of its own) */
	K_EXIT = 2,     /* a call ends; with enter_ts both halves are in this record */
	K_SWITCH = 3,   /* args: next tid, maj_flt, min_flt, vm size, rss, swap */
	K_PROCEXIT = 4, /* args: exit code, reaper, children */
	K_SIGNAL = 5,   /* args: sender, signal */
	K_FAULT = 6,    /* args: address, ip, error */
	K_FORK = 7,     /* the child's half of clone where the kernel has no sys_exit for it */
	K_EXEC = 8,     /* the end of a successful execve where the kernel has no sys_exit for it */
};

/* Records go into the ring in blocks of one processor. Those of the block that is not full yet can be read where they
 * are made: the bytes up to len are whole while gen stays the same. The block with this gen follows in the ring, and
 * has them too. */
struct block {
	u64 gen; /* counts the blocks of the processor */
	u32 len; /* bytes of the records */
	u16 cpu;
	u16 pad;
};

struct rec {
	u64 ts;       /* ns since boot */
	u64 enter_ts; /* of the enter half, 0: not in this record */
	s64 ret;
	u32 tid;
	u32 lost; /* records lost on this cpu directly before this one */
	u16 len;  /* of the record with all that follows, in units of 8 bytes */
	u16 nr; /* native number of the call */
	u8 kind;
	u8 nargs;
	u8 flags;
	u8 pad;
};

#define RF_COMPAT 1 /* a 32-bit call: nr counts in another table */

/* What a descriptor's operations read. a, b, c are as the comment says; a source of a number is an argument's index,
 * SRC_RET or SRC_NONE. */
enum op_kind {
	OP_END = 0,
	OP_STR,     /* string at arg a */
	OP_DATA,    /* bytes at arg a, as many as source b, at most the snaplen; c: the descriptor's source */
	OP_MEM,     /* b bytes at arg a */
	OP_ARRAY,   /* arg b elements of c bytes at arg a */
	OP_MEMLEN,  /* bytes at arg a, their number in a u32 at arg b (c=1: number is arg b itself), at most 64 */
	OP_SADDR,   /* socket address at arg a, length arg b (c=1: length in a u32 at arg b) */
	OP_SOCK,    /* the socket behind descriptor source a: struct sockinfo */
	OP_IOV,     /* iovec at arg a, arg b entries; c: limit source. Sections: u64 total; bytes */
	OP_MSG,     /* msghdr at arg a; b: limit source; c=1: with control data. Sections: u64 total; bytes; address; control */
	OP_MMSG,    /* mmsghdr array at arg a, as many as the result; b, c as OP_MSG. Per message: u32 length, then as OP_MSG */
	OP_FILE,    /* the file behind descriptor source a: struct fileinfo */
	OP_VM,      /* struct vminfo */
	OP_PAIR,    /* two descriptors at arg a: int[2], inode of the first, both socks: struct pairinfo */
	OP_PRCTL,   /* what prctl's arg 1 points to, by option */
	OP_CLONE,   /* Sections: struct procinfo; arguments; 5 cgroups, as names from the deepest up */
	OP_EXEC,    /* as OP_CLONE, then environment; path of the executable, as names from the last up */
	OP_ARGV,    /* strings of the pointer array at arg a, when the call failed */
	OP_CLONE3,  /* u64 flags of clone3's argument at arg a */
};

#define SRC_RET 6
#define SRC_NONE 7
#define SRC_SENT 8 /* + n: the result when it is positive, else argument n; + SRC_NONE: else no limit */

#define OPW_ENTER 1 /* read for an enter record */
#define OPW_EXIT 2  /* read for an exit record */
#define OPW_FAIL 4  /* only when the call failed */
#define OPW_OK 8    /* only when the call did not fail */

struct op {
	u8 kind, a, b, c, when;
};

#define MAX_OPS 5

#define D_ON 1    /* record this call */
#define D_EAGER 2 /* write the enter record at once: what it points to is gone at the exit */

/* Most calls that are made often read nothing or one piece of data. They take a short way. */
#define SHORT_NONE 1
#define SHORT_DATA 2 /* ops[0] is OP_DATA, and the only one */

struct desc {
	u8 flags;
	u8 nargs;
	u8 shortcut;
	struct op ops[MAX_OPS];
	u8 pad[4];
};

#define S_OK 0
#define S_FAULT 1 /* could not be read */
#define S_NONE 2  /* null pointer, no such descriptor */
#define S_CUT 4   /* longer than what is here */

struct sockinfo {
	u64 sk, peer; /* unix sockets */
	u16 family, type, protocol, state;
	u16 lport, rport; /* host order */
	u32 backlog, max_backlog;
	u8 laddr[16], raddr[16];
	u16 pathlen, peerlen; /* of path: own name, then the peer's */
	u8 path[2 * 108 + 4];
};

struct fileinfo {
	u64 ino;
	u32 dev;
	u32 mode;
	u32 f_mode;
	u32 layer; /* 1 overlayfs upper, 2 lower */
};

struct vminfo {
	u32 size, rss, swap, pad;
};

struct pairinfo {
	s32 fd[2];
	u64 ino;
	u64 sk, peer;
};

struct procinfo {
	u64 fdlimit, majflt, minflt, pidns_ts;
	u64 cap_inheritable, cap_permitted, cap_effective;
	u64 exe_ino, exe_ctime, exe_mtime;
	u32 vm_size, vm_rss, vm_swap;
	u32 pid, ptid, vtid, vpid;
	u32 uid, gid, tty, loginuid, pgid, vpgid;
	u32 exe_flags, exe_mode, exe_uid, exe_gid, ns_level, child_ns_level, task_flags;
	char comm[16];
};

#endif
