// SPDX-License-Identifier: GPL-2.0 OR MIT
// probe.bpf.c: the tracepoint programs. They filter, read what a call's descriptor names, and put one record into the
// ring: both halves of a call in one where the thread was not switched away in between, else one for each half.
#include "kernel.h"
#include "record.h"
#include "maps.h"
#include "socket.h"
#include "process.h"
#include "memory.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#if defined(__TARGET_ARCH_x86)
#define CALL_NR(regs) ((s32)(regs)->orig_ax)
#define CALL_COMPAT(regs) ((regs)->cs == 0x23)
#else
#define CALL_NR(regs) ((regs)->syscallno)
#define CALL_COMPAT(regs) 0
#endif

#define MAX_CGROUP_DEPTH 24

/* in_cgroups: the thread's cgroup, or one that it lies in, is in the map. The root's level is 0. */
static __always_inline bool in_cgroups(void)
{
	for (int level = 0; level < MAX_CGROUP_DEPTH; level++) {
		u64 id = bpf_get_current_ancestor_cgroup_id(level);
		if (!id)
			return false;
		if (bpf_map_lookup_elem(&cgroups, &id))
			return true;
	}
	return false;
}

static __always_inline bool filtered_out(u32 tgid)
{
	if (tgid == own_tgid)
		return true;
	if (mute_on && bpf_map_lookup_elem(&mute, &tgid))
		return true;
	if (follow_on && !bpf_map_lookup_elem(&follow, &tgid))
		return true;
	if (comm_on) {
		char comm[16] = {};
		bpf_get_current_comm(comm, sizeof(comm));
		if (!bpf_map_lookup_elem(&comms, comm))
			return true;
	}
	if (cgroup_on && !in_cgroups())
		return true;
	return false;
}

static __always_inline void load_args(u64 *args, struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
#else
	args[0] = regs->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
#endif
}

/* Where the record that is made begins in the scratch memory. */
static __always_inline u64 stage_end(struct scratch *s)
{
	return STAGED ? bound((u64)s->block.len, STAGE - 8) : 0;
}

/* push gives the records of the scratch memory, len bytes, to the ring. */
static __always_inline void push(struct cpu_state *c, struct scratch *s, u64 len)
{
	u32 n = s->n, lost = s->lost;

	if (!n)
		return;
	s->block.cpu = bpf_get_smp_processor_id();
	barrier();
	s->block.len = len;
	if (bpf_ringbuf_output(&ring, &s->block, sizeof(struct block) + bound(len, MASK), BPF_RB_NO_WAKEUP)) {
		c->drop_ring += n;
		c->records -= n;
		c->lost += n + lost;
	}
	s->n = 0;
	s->lost = 0;
	s->block.len = 0;
	barrier();
	s->block.gen++; /* nothing of the block is touched before */
	barrier();
}

/* begin fills in the head of the record at the offset at. */
static __always_inline struct rec *begin(struct cpu_state *c, struct scratch *s, u64 at, u8 kind, u32 tid, u64 ts)
{
	struct rec *r = (void *)(s->data + at);

	r->ts = ts;
	r->enter_ts = 0;
	r->ret = 0;
	r->tid = tid;
	r->lost = c->lost;
	r->nr = 0;
	r->kind = kind;
	r->nargs = 0;
	r->flags = 0;
	r->pad = 0;
	return r;
}

/* finish ends the record between the offsets at and end. */
static __always_inline void finish(struct cpu_state *c, struct scratch *s, u64 at, u64 end)
{
	struct rec *r = (void *)(s->data + at);

	r->len = (end - at) / 8;
	s->n++;
	c->records++;
	if (c->lost) {
		s->lost += c->lost;
		c->lost = 0;
	}
	if (STAGED && end < STAGE) {
		barrier();
		s->block.len = end;
		return;
	}
	push(c, s, end);
}

static __always_inline u64 source(const u64 *args, s64 ret, u8 src)
{
	u64 i = src;

	if (i >= SRC_SENT) {
		if (ret > 0)
			return ret;
		i -= SRC_SENT;
	}
	if (i == SRC_RET)
		return ret;
	if (i > SRC_RET)
		return ~0ULL;
	return args[bound(i, 7)];
}

static __always_inline u32 data_limit(u8 fdsrc, u64 fd)
{
	if (large_snaplen && fdsrc != SRC_NONE && is_large(fd))
		return large_snaplen;
	return snaplen;
}

/* How many bytes of a vector are kept. */
static __always_inline u64 vector_limit(struct cpu_state *c, s64 ret, u8 src)
{
	u64 len = source(c->args, ret, src);
	u32 max = data_limit(0, c->args[0]);

	if (src == SRC_RET && ret < 0)
		return 0;
	return len < max ? len : max;
}

/* One operation of a descriptor on the call in the cpu's state. */
__noinline int run_op(u32 off, u32 nr, u32 n, s64 ret)
{
	struct cpu_state *c = cpu_state();
	struct desc *d;
	struct op *o;
	u64 ptr, len;
	u32 size;

	d = bpf_map_lookup_elem(&calls, &nr);
	if (!c || !d || n >= MAX_OPS)
		return off;
	o = &d->ops[n];
	ptr = source(c->args, ret, o->a);
	switch (o->kind) {
	case OP_STR:
		return op_str(off, ptr, n);
	case OP_DATA:
		len = source(c->args, ret, o->b);
		if (o->b == SRC_RET && ret < 0)
			len = 0;
		return op_bytes(off, ptr, len, data_limit(o->c, source(c->args, ret, o->c)), n);
	case OP_MEM:
		return op_bytes(off, ptr, o->b, o->b, n);
	case OP_ARRAY:
		len = source(c->args, ret, o->b);
		if (len > 1024)
			len = 1024;
		return op_bytes(off, ptr, len * o->c, 8192, n);
	case OP_MEMLEN:
	case OP_SADDR:
		len = source(c->args, ret, o->b);
		if (o->kind == OP_SADDR ? o->c == 1 : o->c == 0) {
			size = 0;
			bpf_probe_read_user(&size, sizeof(size), (void *)len);
			len = size;
		}
		return op_bytes(off, ptr, (u32)len, 128, n);
	case OP_SOCK:
		return op_sock(off, (s32)ptr, n);
	case OP_IOV:
		return op_iov(off, ptr, source(c->args, ret, o->b), vector_limit(c, ret, o->c), n);
	case OP_MSG:
		return op_msg(off, ptr, vector_limit(c, ret, o->b), o->c, n);
	case OP_MMSG:
		size = ret < 0 ? 1 : ret & 0xffff;
		if (o->b >= SRC_SENT)
			size |= 1 << 16;
		else if (ret < 0)
			return off;
		return op_mmsg(off, ptr, size | o->c << 17, data_limit(0, c->args[0]), n);
	case OP_FILE:
		return op_file(off, (s32)ptr, n);
	case OP_VM:
		return op_vm(off, n);
	case OP_PAIR:
		return op_pair(off, ptr, n);
	case OP_PRCTL:
		return op_prctl(off, c->args[0], c->args[1], n);
	case OP_CLONE:
		return op_proc(off, bpf_get_current_task(), n);
	case OP_EXEC:
		return op_proc(off, bpf_get_current_task(), n | PROC_EXEC);
	case OP_ARGV:
		return op_argv(off, ptr, n);
	case OP_CLONE3:
		return op_bytes(off, ptr, 8, 8, n);
	}
	return off;
}

#define BIG 16384

/* Puts the call in the cpu's state into the ring: kind K_ENTER or K_EXIT, by its descriptor. */
__noinline int put_call(u32 kind, u64 ts, u64 enter_ts, s64 ret)
{
	struct cpu_state *c = cpu_state();
	struct scratch *s;
	struct desc *d;
	struct rec *r;
	u32 off, nr;
	u64 at;
	u8 when;

	if (!c)
		return 0;
	if (c->busy) { /* the program was interrupted by itself */
		c->drop_scratch++;
		c->lost++;
		return 0;
	}
	c->busy = 1;
	s = scratch();
	nr = c->nr;
	d = bpf_map_lookup_elem(&calls, &nr);
	if (!s || !d) {
		c->busy = 0;
		return 0;
	}
	if (snaplen > BIG || large_snaplen > BIG) /* such a record wants all the room there is */
		push(c, s, stage_end(s));
	at = stage_end(s);
	r = begin(c, s, at, kind, c->tid, ts);
	r->enter_ts = enter_ts;
	r->ret = ret;
	r->nr = nr;
	off = at + sizeof(*r);
	if (c->compat) {
		r->flags = RF_COMPAT;
		finish(c, s, at, off);
		c->busy = 0;
		return 0;
	}
	r->nargs = d->nargs;
#pragma unroll
	for (int i = 0; i < 6; i++) {
		if (i < d->nargs) {
			((u64 *)(r + 1))[i] = c->args[i];
			off += 8;
		}
	}
	when = kind == K_ENTER ? OPW_ENTER : OPW_EXIT;
	for (u32 i = 0; i < MAX_OPS; i++) {
		struct op *o = &d->ops[i];

		if (!o->kind)
			break;
		if (!(o->when & when))
			continue;
		if (o->when & OPW_FAIL && ret >= 0)
			continue;
		if (o->when & OPW_OK && ret < 0)
			continue;
		off = run_op(off, nr, i, ret);
	}
	finish(c, s, at, off);
	c->busy = 0;
	return 0;
}

/* An enter half that waits for its exit goes out alone: its thread leaves the cpu, or ends. */
static __always_inline void flush(struct cpu_state *c)
{
	u64 ts = c->ts;

	if (!ts)
		return;
	c->ts = 0;
	put_call(K_ENTER, ts, 0, 0);
}

/* The short way of put_call: the same record for calls that read nothing, or one piece of data. Helpers and functions
 * cost most here, where every return is made safe against speculation, so there are as few as can be. Reading the clock
 * and reading user memory each wait until all that was begun before is done: so the one follows the other, and the rest
 * comes later. */
static __always_inline void put_short(struct cpu_state *c, struct desc *d, u64 enter_ts, s64 ret)
{
	struct scratch *s = scratch();
	u64 at, head, ptr = 0, len = 0, end, ts;
	u8 status = S_OK;
	struct rec *r;
	u64 *args;

	if (!s)
		return;
	c->busy = 1;
	if (snaplen > BIG)
		push(c, s, stage_end(s));
	at = stage_end(s);
	head = at + sizeof(*r) + bound((u64)d->nargs * 8, 63);
	end = head;
	if (d->shortcut == SHORT_DATA) {
		struct op *o = &d->ops[0];

		ptr = c->args[bound((u64)o->a, 7)];
		len = ret > 0 ? (u64)ret : o->b == SRC_RET ? 0 : source(c->args, ret, o->b);
		if (len > snaplen) {
			len = snaplen;
			status = S_CUT;
		}
		if (!ptr) {
			len = 0;
			status = S_NONE;
		}
		len = bound(len, MASK);
		ts = bpf_ktime_get_boot_ns();
		if (len && bpf_probe_read_user(s->data + head + 4, len, (void *)ptr)) {
			len = 0;
			status = S_FAULT;
		}
		*(u32 *)(s->data + head) = (u32)len | (u32)status << 24;
		end += (4 + len + 7) & ~7ULL;
	} else {
		ts = bpf_ktime_get_boot_ns();
	}
	r = (void *)(s->data + at);
	r->ts = ts;
	r->enter_ts = enter_ts;
	r->ret = ret;
	r->tid = c->tid;
	r->lost = c->lost;
	r->nr = c->nr;
	r->kind = K_EXIT;
	r->nargs = d->nargs;
	r->flags = 0;
	r->pad = 0;
	args = (u64 *)(r + 1);
#pragma unroll
	for (int i = 0; i < 6; i++)
		if (i < d->nargs)
			args[i] = c->args[i];
	finish(c, s, at, end);
	c->busy = 0;
}

/* give gives the ring what waits at this processor. */
static __always_inline void give(struct cpu_state *c)
{
	struct scratch *s;

	if (!STAGED || c->busy)
		return;
	s = scratch();
	if (s)
		push(c, s, stage_end(s));
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long id)
{
	struct cpu_state *c;
	struct desc *d;
	struct task_struct *self = bpf_get_current_task_btf();
	u32 nr = id, tid, tgid;

	if (!recording || nr >= MAX_CALLS)
		return 0;
	d = bpf_map_lookup_elem(&calls, &nr);
	if (!d || !(d->flags & D_ON))
		return 0;
	if (exit_only && !(d->flags & D_EAGER))
		return 0;
	c = cpu_state();
	if (!c)
		return 0;
	tid = self->pid;
	tgid = self->tgid;
	if (filtered_out(tgid))
		return 0;
	if (c->busy) { /* a kernel that lets programs be switched away in the middle */
		c->drop_scratch++;
		c->lost++;
		return 0;
	}
	flush(c);
	c->tid = tid;
	c->nr = nr;
	c->compat = CALL_COMPAT(regs);
	load_args(c->args, regs);
	c->ts = bpf_ktime_get_boot_ns();
	if (d->flags & D_EAGER) {
		flush(c);
		give(c); /* the exit may come from another processor, and needs to find it before it in the ring */
	}
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *self = bpf_get_current_task_btf();
	u64 enter_ts = 0;
	struct cpu_state *c;
	struct desc *d;
	u32 nr;

	if (!recording)
		return 0;
	nr = CALL_NR(regs);
	if (nr >= MAX_CALLS)
		return 0;
	d = bpf_map_lookup_elem(&calls, &nr);
	if (!d || !(d->flags & D_ON))
		return 0;
	c = cpu_state();
	if (!c)
		return 0;
	/* Not every switch is told of: whose call it is, the thread itself says. It passed the filters. */
	if (c->ts && c->nr == nr && c->tid == (u32)self->pid) {
		enter_ts = c->ts;
		c->ts = 0;
	} else {
		u64 both = bpf_get_current_pid_tgid();

		if (filtered_out(both >> 32))
			return 0;
		flush(c);
		c->tid = both;
		c->nr = nr;
		c->compat = CALL_COMPAT(regs);
		load_args(c->args, regs);
	}
	if (d->shortcut && !c->compat && !c->busy)
		put_short(c, d, enter_ts, ret);
	else
		put_call(K_EXIT, bpf_ktime_get_boot_ns(), enter_ts, ret);
	return 0;
}

/* A record that consists of numbers. */
static __always_inline void put_args(struct cpu_state *c, u8 kind, u32 tid, const u64 *args, u32 n)
{
	struct scratch *s;
	struct rec *r;
	u64 at;

	if (c->busy) {
		c->drop_scratch++;
		c->lost++;
		return;
	}
	s = scratch();
	if (!s)
		return;
	at = stage_end(s);
	r = begin(c, s, at, kind, tid, bpf_ktime_get_boot_ns());
	r->nargs = n;
#pragma unroll
	for (u32 i = 0; i < 6; i++) {
		if (i < n)
			((u64 *)(r + 1))[i] = args[i];
	}
	finish(c, s, at, at + sizeof(*r) + n * 8);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct cpu_state *c;
	u32 size, rss, swap;
	u64 args[6];

	if (!recording)
		return 0;
	c = cpu_state();
	if (!c)
		return 0;
	flush(c);
	if (!switches || prev->pid == 0 || filtered_out(prev->tgid))
		return 0;
	vm_of(prev->mm, &size, &rss, &swap);
	args[0] = next->pid;
	args[1] = prev->maj_flt;
	args[2] = prev->min_flt;
	args[3] = size;
	args[4] = rss;
	args[5] = swap;
	put_args(c, K_SWITCH, prev->pid, args, 6);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct *p)
{
	struct list_head *children;
	struct cpu_state *c;
	u32 tgid = p->tgid;
	u64 args[6] = {};
	bool out;

	if (!recording && !follow_on)
		return 0;
	out = filtered_out(tgid);
	if (follow_on && BPF_CORE_READ(p, signal, live.counter) <= 0)
		bpf_map_delete_elem(&follow, &tgid);
	c = cpu_state();
	if (!recording || !c)
		return 0;
	flush(c);
	if (out)
		return 0;
	args[0] = (u32)p->exit_code;
	children = (struct list_head *)((void *)p + bpf_core_field_offset(struct task_struct, children));
	if (BPF_CORE_READ(children, next) != children) {
		/* who gets the children: the nearest ancestor that asked for them, else the first process of the namespace */
		struct task_struct *t = p->real_parent;
		struct pid_namespace *ns = BPF_CORE_READ(p, nsproxy, pid_ns_for_children);

		if (ns)
			args[1] = BPF_CORE_READ(ns, child_reaper, pid);
		struct signal_struct *sig = p->signal;

		if (BPF_CORE_READ_BITFIELD_PROBED(sig, has_child_subreaper)) {
			for (int i = 0; i < 16 && t; i++) {
				if (BPF_CORE_READ(t, pid) <= 1)
					break;
				sig = BPF_CORE_READ(t, signal);
				if (BPF_CORE_READ_BITFIELD_PROBED(sig, is_child_subreaper)) {
					args[1] = BPF_CORE_READ(t, pid);
					break;
				}
				t = BPF_CORE_READ(t, real_parent);
			}
		}
	}
	put_args(c, K_PROCEXIT, p->pid, args, 2);
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_deliver, int sig, struct kernel_siginfo *info, void *action)
{
	u64 both = bpf_get_current_pid_tgid();
	struct cpu_state *c;
	u64 args[6] = {};

	if (!recording || filtered_out(both >> 32))
		return 0;
	c = cpu_state();
	if (!c)
		return 0;
	flush(c);
	if ((u64)info > 2) { /* SEND_SIG_NOINFO, SEND_SIG_PRIV */
		int code = BPF_CORE_READ(info, si_code);
		if (code == 0 || code == -1 || code == -6 || (sig == 17 && code > 0)) /* user, queue, tkill, child */
			args[0] = (u32)BPF_CORE_READ(info, _sifields._kill._pid);
	}
	args[1] = sig;
	put_args(c, K_SIGNAL, both, args, 2);
	return 0;
}

#if defined(__TARGET_ARCH_x86)
static __always_inline int page_fault(u64 address, u64 ip, u64 error)
{
	u64 both = bpf_get_current_pid_tgid();
	struct cpu_state *c;
	u64 args[6] = {};

	if (!recording || filtered_out(both >> 32))
		return 0;
	c = cpu_state();
	if (!c || c->busy) /* a fault of the program itself */
		return 0;
	flush(c);
	args[0] = address;
	args[1] = ip;
	args[2] = error;
	put_args(c, K_FAULT, both, args, 3);
	return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(page_fault_user, unsigned long address, struct pt_regs *regs, unsigned long error)
{
	return page_fault(address, regs->ip, error);
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(page_fault_kernel, unsigned long address, struct pt_regs *regs, unsigned long error)
{
	return page_fault(address, regs->ip, error);
}
#endif

#if defined(__TARGET_ARCH_arm64)
/* A record of a process that no exit of a call tells. */
static __always_inline void put_proc(struct cpu_state *c, u8 kind, struct task_struct *task, u32 how)
{
	struct scratch *s;
	u32 off;

	if (c->busy) {
		c->drop_scratch++;
		c->lost++;
		return;
	}
	c->busy = 1;
	s = scratch();
	if (s) {
		u64 at = stage_end(s), t = 0;

		begin(c, s, at, kind, task->pid, bpf_ktime_get_boot_ns());
		bpf_probe_read_kernel(&t, sizeof(t), &task); /* the verifier wants a number for op_proc, not a pointer */
		off = op_proc(at + sizeof(struct rec), t, how);
		finish(c, s, at, bound((u64)off, MASK));
	}
	c->busy = 0;
}
#endif

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 tgid = parent->tgid, child_tgid = child->tgid;
	u8 one = 1;

	if (follow_on) {
		if (!bpf_map_lookup_elem(&follow, &tgid))
			return 0;
		if (tgid != child_tgid)
			bpf_map_update_elem(&follow, &child_tgid, &one, BPF_ANY);
	}
#if defined(__TARGET_ARCH_arm64)
	struct cpu_state *c = cpu_state();

	if (!recording || filtered_out(child_tgid))
		return 0;
	if (c && !(child->flags & PF_KTHREAD))
		put_proc(c, K_FORK, child, 0);
#endif
	return 0;
}

#if defined(__TARGET_ARCH_arm64)
SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec, struct task_struct *p, int old_pid, void *bprm)
{
	struct cpu_state *c;

	if (!recording || filtered_out(p->tgid))
		return 0;
	c = cpu_state();
	if (c) {
		flush(c);
		put_proc(c, K_EXEC, p, PROC_EXEC);
	}
	return 0;
}
#endif
