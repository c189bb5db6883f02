/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* process.h: what clone and execve tell of a process. */
#ifndef SCAPLS_PROCESS_H
#define SCAPLS_PROCESS_H

enum { FILEPAGES, ANONPAGES, SWAPENTS, SHMEMPAGES };

/* A macro, because only a constant index is adjusted to the kernel's size of an element. */
#define rss_of(mm, which)                                                                               \
	({                                                                                              \
		s64 _n;                                                                                 \
		if (bpf_core_type_exists(struct mm_rss_stat))                                           \
			_n = BPF_CORE_READ((struct mm_struct___old *)mm, rss_stat.count[which].counter); \
		else                                                                                    \
			_n = BPF_CORE_READ(mm, rss_stat[which].count);                                  \
		_n > 0 ? (u64)_n : 0;                                                                   \
	})

static __always_inline void vm_of(struct mm_struct *mm, u32 *size, u32 *rss, u32 *swap)
{
	u32 shift = page_shift - 10;

	*size = *rss = *swap = 0;
	if (!mm)
		return;
	*size = BPF_CORE_READ(mm, total_vm) << shift;
	*rss = (rss_of(mm, FILEPAGES) + rss_of(mm, ANONPAGES) + rss_of(mm, SHMEMPAGES)) << shift;
	*swap = rss_of(mm, SWAPENTS) << shift;
}

__noinline int op_vm(u32 off, u32 op)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct scratch *s = scratch();
	struct vminfo *i;

	if (!s)
		return off;
	if (room(off) < sizeof(*i))
		return put_head(s, off, 0, op, S_CUT);
	i = body(s, off);
	vm_of(BPF_CORE_READ(task, mm), &i->size, &i->rss, &i->swap);
	i->pad = 0;
	return put_head(s, off, sizeof(*i), op, S_OK);
}

/* The number of a pid in its own namespace. */
static __always_inline u32 nr_of(struct pid *pid)
{
	unsigned int level;
	struct upid upid = {};

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level) & 31;
	bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid));
	return upid.nr;
}

/* The number of a pid in the first namespace. */
static __always_inline u32 global_nr(struct pid *pid)
{
	return pid ? BPF_CORE_READ(pid, numbers[0].nr) : 0;
}

enum { PID, TGID, PGID, SID };

static __always_inline u64 time_of(s64 sec, u64 nsec)
{
	return (u64)sec * 1000000000ULL + nsec;
}

static __always_inline void exe_times(struct inode *inode, struct procinfo *i)
{
	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		i->exe_ctime = time_of(BPF_CORE_READ(inode, i_ctime_sec), BPF_CORE_READ(inode, i_ctime_nsec));
		i->exe_mtime = time_of(BPF_CORE_READ(inode, i_mtime_sec), BPF_CORE_READ(inode, i_mtime_nsec));
		return;
	}
	struct inode___66 *newer = (void *)inode;
	struct inode___old *old = (void *)inode;
	if (bpf_core_field_exists(newer->__i_ctime))
		i->exe_ctime = time_of(BPF_CORE_READ(newer, __i_ctime.tv_sec), BPF_CORE_READ(newer, __i_ctime.tv_nsec));
	else if (bpf_core_field_exists(old->i_ctime))
		i->exe_ctime = time_of(BPF_CORE_READ(old, i_ctime.tv_sec), BPF_CORE_READ(old, i_ctime.tv_nsec));
	if (bpf_core_field_exists(newer->__i_mtime))
		i->exe_mtime = time_of(BPF_CORE_READ(newer, __i_mtime.tv_sec), BPF_CORE_READ(newer, __i_mtime.tv_nsec));
	else if (bpf_core_field_exists(old->i_mtime))
		i->exe_mtime = time_of(BPF_CORE_READ(old, i_mtime.tv_sec), BPF_CORE_READ(old, i_mtime.tv_nsec));
}

/* The memory between two addresses of the thread's own process: arguments, environment. */
__noinline int put_user_range(u32 off, u64 start, u64 end, u32 op)
{
	struct scratch *s = scratch();
	u64 len = end - start;

	if (!s)
		return off;
	if (start == 0 || end <= start)
		return put_head(s, off, 0, op, S_NONE);
	if (room(off) < 4096)
		return put_head(s, off, 0, op, S_CUT);
	if (len > 4095)
		len = 4095;
	len = bound(len, 0xfff);
	if (bpf_probe_read_user(body(s, off), len, (void *)start))
		return put_head(s, off, 0, op, S_FAULT);
	return put_head(s, off, len, op, len < end - start ? S_CUT : S_OK);
}

__noinline int cgroup_step(u32 off)
{
	struct scratch *s = scratch();
	struct kernfs_node *kn, *up;
	const char *name;
	long got;

	if (!s)
		return 1;
	kn = (void *)s->walk.a;
	if (!kn || s->walk.n > 3800)
		return 1;
	if (bpf_core_field_exists(kn->__parent))
		up = BPF_CORE_READ(kn, __parent);
	else
		up = BPF_CORE_READ((struct kernfs_node___old *)kn, parent);
	if (!up) /* the root has no name */
		return 1;
	name = BPF_CORE_READ(kn, name);
	got = bpf_probe_read_kernel_str(body(s, off + s->walk.n), 256, name);
	if (got > 0)
		s->walk.n += got;
	s->walk.a = (u64)up;
	return 0;
}

/* The names on the way up from a cgroup's node, the deepest first, each with its NUL. */
__noinline int put_cgroup(u32 off, u64 node, u32 op)
{
	struct scratch *s = scratch();

	if (!s)
		return off;
	if (room(off) < 4096)
		return put_head(s, off, 0, op, S_CUT);
	s->walk.a = node;
	s->walk.n = 0;
	for (int i = 0; i < 12; i++)
		if (cgroup_step(off))
			break;
	return put_head(s, off, s->walk.n & 0xfff, op, S_OK);
}

static __always_inline int put_cgroups(u32 off, struct task_struct *task, u32 op)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct scratch *s = scratch();
	u64 last = 0;
	int ids[5];

	if (!s)
		return off;
	ids[0] = bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuset_cgrp_id) ? bpf_core_enum_value(enum cgroup_subsys_id, cpuset_cgrp_id) : -1;
	ids[1] = bpf_core_enum_value_exists(enum cgroup_subsys_id, cpu_cgrp_id) ? bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id) : -1;
	ids[2] = bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuacct_cgrp_id) ? bpf_core_enum_value(enum cgroup_subsys_id, cpuacct_cgrp_id) : -1;
	ids[3] = bpf_core_enum_value_exists(enum cgroup_subsys_id, io_cgrp_id) ? bpf_core_enum_value(enum cgroup_subsys_id, io_cgrp_id) : -1;
	ids[4] = bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id) ? bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) : -1;
#pragma unroll
	for (int i = 0; i < 5; i++) {
		struct cgroup_subsys_state *css = NULL;
		u64 kn;

		if (ids[i] < 0 || ids[i] > 31) {
			off = put_head(s, off, 0, op, S_NONE);
			continue;
		}
		bpf_probe_read_kernel(&css, sizeof(css), (void *)set + bpf_core_field_offset(struct css_set, subsys) + ids[i] * sizeof(void *));
		kn = css ? (u64)BPF_CORE_READ(css, cgroup, kn) : 0;
		if (!kn) {
			off = put_head(s, off, 0, op, S_NONE);
		} else if (kn == last) { /* as the one before */
			off = put_head(s, off, 0, op, S_CUT);
		} else {
			off = put_cgroup(off, kn, op);
			last = kn;
		}
	}
	return off;
}

__noinline int path_step(u32 off)
{
	struct scratch *s = scratch();
	struct dentry *dentry, *parent, *root;
	const unsigned char *name;
	struct mount *mnt, *up;
	long got;

	if (!s)
		return 1;
	if (s->walk.n > 7600) {
		s->walk.status = S_CUT;
		return 1;
	}
	dentry = (void *)s->walk.a;
	mnt = (void *)s->walk.b;
	parent = BPF_CORE_READ(dentry, d_parent);
	root = BPF_CORE_READ(mnt, mnt.mnt_root);
	if (dentry == root || dentry == parent) {
		up = BPF_CORE_READ(mnt, mnt_parent);
		if (dentry == root && up == mnt)
			return 1;
		if (dentry != root) { /* a file without a folder: memfd */
			name = BPF_CORE_READ(dentry, d_name.name);
			got = bpf_probe_read_kernel_str(body(s, off + s->walk.n), 256, name);
			if (got > 0)
				s->walk.n += got;
			return 1;
		}
		s->walk.a = (u64)BPF_CORE_READ(mnt, mnt_mountpoint);
		s->walk.b = (u64)up;
		return 0;
	}
	name = BPF_CORE_READ(dentry, d_name.name);
	got = bpf_probe_read_kernel_str(body(s, off + s->walk.n), 256, name);
	if (got > 0)
		s->walk.n += got;
	s->walk.a = (u64)parent;
	return 0;
}

/* The names on the way up from a file, the deepest first, each with its NUL. */
__noinline int put_path(u32 off, u64 f, u32 op)
{
	struct scratch *s = scratch();
	struct file *file = (void *)f;
	struct vfsmount *vfs;
	int i;

	if (!s)
		return off;
	if (!file)
		return put_head(s, off, 0, op, S_NONE);
	if (room(off) < 8192)
		return put_head(s, off, 0, op, S_CUT);
	s->walk.a = (u64)BPF_CORE_READ(file, f_path.dentry);
	vfs = BPF_CORE_READ(file, f_path.mnt);
	s->walk.b = (u64)((void *)vfs - bpf_core_field_offset(struct mount, mnt));
	s->walk.n = 0;
	s->walk.status = S_OK;
	for (i = 0; i < 40; i++)
		if (path_step(off))
			break;
	return put_head(s, off, s->walk.n & 0x1fff, op, i < 40 ? s->walk.status : S_CUT);
}

#define PF_KTHREAD 0x00200000

__noinline int put_procinfo(u32 off, u64 t, u32 op)
{
	struct task_struct *task = (void *)t;
	struct scratch *s = scratch();
	struct pid_namespace *ns;
	struct signal_struct *sig;
	const struct cred *cred;
	struct tty_struct *tty;
	struct procinfo *i;
	struct mm_struct *mm;
	struct pid *pid;

	if (!s)
		return off;
	if (room(off) < sizeof(*i))
		return put_head(s, off, 0, op, S_CUT);
	i = body(s, off);
	__builtin_memset(i, 0, sizeof(*i));
	sig = BPF_CORE_READ(task, signal);
	cred = BPF_CORE_READ(task, cred);
	mm = BPF_CORE_READ(task, mm);
	pid = BPF_CORE_READ(task, thread_pid);
	i->fdlimit = BPF_CORE_READ(sig, rlim[7].rlim_cur);
	i->majflt = BPF_CORE_READ(task, maj_flt);
	i->minflt = BPF_CORE_READ(task, min_flt);
	bpf_core_read(&i->cap_inheritable, sizeof(u64), &cred->cap_inheritable);
	bpf_core_read(&i->cap_permitted, sizeof(u64), &cred->cap_permitted);
	bpf_core_read(&i->cap_effective, sizeof(u64), &cred->cap_effective);
	vm_of(mm, &i->vm_size, &i->vm_rss, &i->vm_swap);
	i->pid = BPF_CORE_READ(task, tgid);
	i->ptid = BPF_CORE_READ(task, real_parent, pid);
	i->vtid = nr_of(pid);
	i->vpid = nr_of(BPF_CORE_READ(task, group_leader, thread_pid));
	i->uid = BPF_CORE_READ(cred, euid.val);
	i->gid = BPF_CORE_READ(cred, egid.val);
	i->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : (u32)-1;
	tty = BPF_CORE_READ(sig, tty);
	if (tty) {
		u32 index = BPF_CORE_READ(tty, index);
		u32 major = BPF_CORE_READ(tty, driver, major), minor = BPF_CORE_READ(tty, driver, minor_start);
		index += minor;
		i->tty = (index & 0xff) | major << 8 | (index & ~0xffU) << 12;
	}
	i->pgid = global_nr(BPF_CORE_READ(sig, pids[PGID]));
	i->vpgid = nr_of(BPF_CORE_READ(sig, pids[PGID]));
	i->ns_level = BPF_CORE_READ(pid, level);
	ns = BPF_CORE_READ(task, nsproxy, pid_ns_for_children);
	if (ns) {
		i->child_ns_level = BPF_CORE_READ(ns, level);
		i->pidns_ts = BPF_CORE_READ(ns, child_reaper, start_boottime);
	}
	i->task_flags = BPF_CORE_READ(task, flags);
	BPF_CORE_READ_STR_INTO(&i->comm, task, comm);
	return put_head(s, off, sizeof(*i), op, S_OK);
}

/* Fills in what is known of the executable; the section of put_procinfo is at off. */
__noinline int put_exe(u32 off, u64 f)
{
	struct scratch *s = scratch();
	struct file *file = (void *)f;
	struct procinfo *i;
	struct inode *inode;

	if (!s || !file)
		return 0;
	i = body(s, off);
	inode = BPF_CORE_READ(file, f_inode);
	i->exe_ino = BPF_CORE_READ(inode, i_ino);
	i->exe_mode = BPF_CORE_READ(inode, i_mode);
	i->exe_uid = BPF_CORE_READ(inode, i_uid.val);
	i->exe_gid = BPF_CORE_READ(inode, i_gid.val);
	i->exe_flags = layer_of(BPF_CORE_READ(file, f_path.dentry, d_inode), BPF_CORE_READ(inode, i_sb));
	exe_times(inode, i);
	return 0;
}

#define PROC_EXEC 0x100 /* in op: the sections of execve too */

__noinline int op_proc(u32 off, u64 t, u32 how)
{
	struct task_struct *task = (void *)t;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u32 at = off, op = how & 0xff;

	off = put_procinfo(off, t, op);
	off = put_user_range(off, mm ? BPF_CORE_READ(mm, arg_start) : 0, mm ? BPF_CORE_READ(mm, arg_end) : 0, op);
	off = put_cgroups(off, task, op);
	if (how & PROC_EXEC) {
		struct file *file = mm ? BPF_CORE_READ(mm, exe_file) : NULL;

		put_exe(at, (u64)file);
		off = put_user_range(off, mm ? BPF_CORE_READ(mm, env_start) : 0, mm ? BPF_CORE_READ(mm, env_end) : 0, op);
		off = put_path(off, (u64)file, op);
	}
	return off;
}

#endif
