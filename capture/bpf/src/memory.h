/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* memory.h: what the arguments of a call point to. Every function appends sections at off and returns the new end. */
#ifndef SCAPLS_MEMORY_H
#define SCAPLS_MEMORY_H

__noinline int op_str(u32 off, u64 ptr, u32 op)
{
	struct scratch *s = scratch();
	long got;

	if (!s)
		return off;
	if (!ptr)
		return put_head(s, off, 0, op, S_NONE);
	if (room(off) < 4096)
		return put_head(s, off, 0, op, S_CUT);
	got = bpf_probe_read_user_str(body(s, off), 4096, (void *)ptr);
	if (got < 0)
		return put_head(s, off, 0, op, S_FAULT);
	return put_head(s, off, got, op, S_OK);
}

/* len bytes, of which at most limit are kept. */
__noinline int op_bytes(u32 off, u64 ptr, u64 len, u32 limit, u32 op)
{
	struct scratch *s = scratch();
	u8 status = S_OK;

	if (!s)
		return off;
	if (!ptr)
		return put_head(s, off, 0, op, S_NONE);
	if (len > limit) {
		len = limit;
		status = S_CUT;
	}
	if (len > room(off)) {
		len = room(off);
		status = S_CUT;
	}
	if (len == 0)
		return put_head(s, off, 0, op, status);
	len = bound(len, MASK);
	if (bpf_probe_read_user(body(s, off), len, (void *)ptr))
		return put_head(s, off, 0, op, S_FAULT);
	return put_head(s, off, len, op, status);
}

struct user_iovec {
	u64 base, len;
};

#define MAX_IOV 64

__noinline int iov_step(u32 at, u64 ptr)
{
	struct scratch *s = scratch();
	struct user_iovec v;
	u64 len;
	u32 n;

	if (!s)
		return 1;
	if (bpf_probe_read_user(&v, sizeof(v), (void *)ptr)) {
		s->walk.status = S_FAULT;
		return 1;
	}
	s->walk.total += v.len;
	n = s->walk.n;
	if (n >= s->walk.keep)
		return 0;
	len = v.len;
	if (len > s->walk.keep - n)
		len = s->walk.keep - n;
	if (!len)
		return 0;
	len = bound(len, MASK);
	if (bpf_probe_read_user(body(s, at + n), len, (void *)v.base)) {
		s->walk.status = S_FAULT;
		return 1;
	}
	s->walk.n = n + len;
	return 0;
}

/* The bytes of an iovec array, at most limit of them. Sections: u64 sum of the lengths; bytes. */
__noinline int op_iov(u32 off, u64 ptr, u32 count, u64 limit, u32 op)
{
	struct scratch *s = scratch();
	u32 n;

	if (!s)
		return off;
	if (room(off) < 64) {
		off = put_head(s, off, 0, op, S_CUT);
		return put_head(s, off, 0, op, S_CUT);
	}
	s->walk.keep = limit > room(off) - 32 ? room(off) - 32 : limit;
	s->walk.status = S_OK;
	s->walk.total = 0;
	s->walk.n = 0;
	if (count > MAX_IOV) {
		count = MAX_IOV;
		s->walk.status = S_CUT;
	}
	for (u32 i = 0; i < MAX_IOV; i++) {
		if (i >= count || iov_step(off + 16, ptr + i * sizeof(struct user_iovec)))
			break;
	}
	n = s->walk.n;
	*(u64 *)body(s, off) = s->walk.total;
	put_head(s, off, 8, op, s->walk.status);
	return put_head(s, off + 16, n, op, s->walk.total > n ? S_CUT : S_OK);
}

struct user_msghdr {
	u64 name;
	u32 namelen, pad;
	u64 iov, iovlen;
	u64 control, controllen;
	u64 flags;
};

/* A msghdr: sections as op_iov, then the address and the control data. */
__noinline int op_msg(u32 off, u64 ptr, u64 limit, u32 keep_control, u32 op)
{
	struct scratch *s = scratch();
	struct user_msghdr m;

	if (!s)
		return off;
	if (bpf_probe_read_user(&m, sizeof(m), (void *)ptr)) {
		off = put_head(s, off, 0, op, S_FAULT);
		off = put_head(s, off, 0, op, S_FAULT);
		off = put_head(s, off, 0, op, S_FAULT);
		return put_head(s, off, 0, op, S_FAULT);
	}
	off = op_iov(off, m.iov, m.iovlen > MAX_IOV ? MAX_IOV : m.iovlen, limit, op);
	off = op_bytes(off, m.name, m.namelen, 128, op);
	return op_bytes(off, m.control, keep_control ? m.controllen : 0, snaplen, op);
}

#define MAX_MSGS 8

/* The messages of sendmmsg and recvmmsg. how: number of messages, 1<<16 sent rather than received, 1<<17 with control data. */
__noinline int op_mmsg(u32 off, u64 ptr, u32 how, u32 limit, u32 op)
{
	struct scratch *s = scratch();
	u32 count = how & 0xffff;

	if (!s)
		return off;
	for (u32 i = 0; i < MAX_MSGS; i++) {
		u64 at = ptr + i * (sizeof(struct user_msghdr) + 8);
		u32 len = 0;

		if (i >= count || room(off) < 512)
			break;
		bpf_probe_read_user(&len, sizeof(len), (void *)(at + sizeof(struct user_msghdr)));
		*(u32 *)body(s, off) = len;
		off = put_head(s, off, 4, op, S_OK);
		if (len > limit || (how & 1 << 16 && len == 0))
			len = limit;
		off = op_msg(off, at, len, how >> 17 & 1, op);
	}
	return off;
}

__noinline int argv_step(u32 off, u64 ptr)
{
	struct scratch *s = scratch();
	u64 p = 0;
	long got;

	if (!s)
		return 1;
	if (bpf_probe_read_user(&p, sizeof(p), (void *)ptr) || !p)
		return 1;
	if (s->walk.n >= 4095) {
		s->walk.status = S_CUT;
		return 1;
	}
	got = bpf_probe_read_user_str(body(s, off + s->walk.n), 4096, (void *)p);
	if (got > 0)
		s->walk.n += got;
	return 0;
}

/* The strings of a pointer array, at most 4 KiB. */
__noinline int op_argv(u32 off, u64 ptr, u32 op)
{
	struct scratch *s = scratch();
	u32 n;

	if (!s)
		return off;
	if (room(off) < 8192)
		return put_head(s, off, 0, op, S_CUT);
	s->walk.n = 0;
	s->walk.status = S_OK;
	for (int i = 0; i < 256; i++)
		if (argv_step(off, ptr + i * 8))
			break;
	n = s->walk.n;
	return put_head(s, off, n > 4095 ? 4095 : n, op, n > 4095 ? S_CUT : s->walk.status);
}

#define PR_SET_NAME 15
#define PR_GET_NAME 16
#define PR_GET_CHILD_SUBREAPER 37

__noinline int op_prctl(u32 off, u32 option, u64 ptr, u32 op)
{
	if (option == PR_SET_NAME || option == PR_GET_NAME)
		return op_str(off, ptr, op);
	return op_bytes(off, option == PR_GET_CHILD_SUBREAPER ? ptr : 0, 4, 4, op);
}

#endif
